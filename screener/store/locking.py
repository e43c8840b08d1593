"""One writer at a time, whose store replaces the old one whole.

The lock is one of the operating system, which frees it when a writer is killed. A write makes a temporary file next to
the store, changes it, flushes it to the disk and renames it over the store. A reader keeps the file that it opened; a
kill at any moment leaves the old store or the new one.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import duckdb

from screener.errors import NotWritableError, ScreenerError, disk_is_full
from screener.files import remove, replacing

WAIT_SECONDS: Final = 120.0


def lock_file(store: Path) -> Path:
    """The lock file of a store, `<store>.lock`; it holds the writer's process id and is removed afterwards."""
    return store.with_name(store.name + ".lock")


@contextmanager
def write_lock(store: Path, wait: float = WAIT_SECONDS) -> Iterator[None]:
    """Holds the exclusive right to replace the store. Readers need none: they keep the file that they opened.

    Args:
        store: path of the store file; its folder is created if missing.
        wait: seconds to wait for another writer.

    Raises:
        ScreenerError: another process is still writing after that time, or the folder cannot be written.
    """
    import filelock  # importing it takes 0.02 seconds, and few commands write

    path = lock_file(store)
    lock = filelock.FileLock(path, timeout=wait, mode=0o644)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(poll_interval=0.05)
    except filelock.Timeout:
        writer = ""
        with suppress(OSError):  # it has just finished
            writer = path.read_text(encoding="ascii", errors="replace").strip()
        what, do = "another process is writing this store", "wait until it is done, or end it, and run again"
        raise ScreenerError(what, where=str(store), found=f"process {writer or 'unknown'}", do=do) from None
    except OSError as error:
        raise _not_writable(store, error) from error
    try:
        with suppress(OSError):  # Windows forbids writing to a locked file
            path.write_text(f"{os.getpid()}\n", encoding="ascii")
        yield
    finally:
        # Removed while still locked: a waiting process notices that the file it opened is no longer in the folder.
        with suppress(OSError):
            path.unlink()
        lock.release()


def _not_writable(store: Path, error: BaseException) -> NotWritableError:
    do = "name another place with --store"
    return NotWritableError("the store cannot be written", where=str(store), error=error, do=do)


@contextmanager
def replaced(store: Path, *, copy: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A new store, or a copy, open for writing, that replaces the store when the block ends without an error.

    To be used within `write_lock`. Leftovers of a killed writer are removed.

    Raises:
        NotWritableError: the store cannot be written.
    """
    for stray in store.parent.glob(f"{store.name}.*.tmp*"):
        remove(stray)
    try:
        with replacing(store) as made:
            if copy:
                shutil.copyfile(store, made)
            else:
                made.unlink()  # DuckDB creates its own files
            with duckdb.connect(str(made)) as con:
                yield con
                con.execute("checkpoint")
    except (OSError, duckdb.Error) as error:
        if isinstance(error, duckdb.Error) and not disk_is_full(error):
            raise
        raise _not_writable(store, error) from error


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All changes of the block, or none."""
    con.begin()
    try:
        yield
        con.commit()
    except BaseException:
        con.rollback()
        raise
