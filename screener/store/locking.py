"""One writer at a time: a lock of the operating system, so that a killed writer leaves it free."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import duckdb

from screener.errors import NotWritableError, ScreenerError

WAIT_SECONDS: Final = 120.0


def lock_file(store: Path) -> Path:
    """The lock file of a store, `<store>.lock`; it holds the writer's process id and goes when it is done."""
    return store.with_name(store.name + ".lock")


@contextmanager
def write_lock(store: Path, wait: float | None = None) -> Iterator[None]:
    """Holds the only right to replace the store. Readers need none: they keep the file that they opened.

    Args:
        store: path of the store file; its folder is made if it is missing.
        wait: seconds to wait for another writer; WAIT_SECONDS unless given.

    Raises:
        ScreenerError: another process still writes after that time, or the folder cannot be written.
    """
    import filelock  # takes a fiftieth of a second, and few commands write

    path = lock_file(store)
    lock = filelock.FileLock(path, timeout=WAIT_SECONDS if wait is None else wait, mode=0o644)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(poll_interval=0.05)
    except filelock.Timeout:
        raise ScreenerError(
            "another process is writing this store",
            where=str(store),
            found=f"process {_writer(path)}",
            do="wait until it is done, or end it, and run again",
        ) from None
    except OSError as error:
        raise not_writable(store, error) from error
    try:
        with suppress(OSError):  # Windows lets nobody write to a file that is locked
            path.write_text(f"{os.getpid()}\n", encoding="ascii")
        yield
    finally:
        # Removed while it is still held; whoever waits sees that the file it opened is no longer the one in the folder.
        with suppress(OSError):
            path.unlink()
        lock.release()


def not_writable(store: Path, error: BaseException) -> NotWritableError:
    """The error of a store that cannot be written."""
    do = "name another place with --store"
    return NotWritableError("the store cannot be written", where=str(store), error=error, do=do)


def _writer(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip() or "unknown"
    except OSError:
        return "unknown"


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
