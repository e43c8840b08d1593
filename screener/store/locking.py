"""One writer at a time: a lock file beside the store, held by the operating system so that a killed writer leaves it free."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from screener.errors import NotWritableError, ScreenerError

WAIT_SECONDS: Final = 120.0


def lock_file(store: Path) -> Path:
    """The lock file of a store, `<store>.lock`; it holds the process id of the writer and goes when the writer is done."""
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
    path = lock_file(store)
    deadline = time.monotonic() + (WAIT_SECONDS if wait is None else wait)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = _locked(path)
        while handle is None:
            if time.monotonic() >= deadline:
                raise ScreenerError(
                    "another process is writing this store",
                    where=str(store),
                    found=f"process {_writer(path)}",
                    do="wait until it is done, or end it, and run again",
                )
            time.sleep(0.05)
            handle = _locked(path)
    except OSError as error:
        do = "name another place with --store"
        raise NotWritableError("the store cannot be written", where=str(store), error=error, do=do) from error
    try:
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        yield
    finally:
        # Removed while it is still held; whoever waits sees that the file it opened is no longer the one in the folder.
        with suppress(OSError):
            path.unlink()
        os.close(handle)


def _locked(path: Path) -> int | None:
    """A handle that holds the lock on the file of that name, or none if another process holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    if _taken(handle):
        with suppress(OSError):
            mine, there = os.fstat(handle), path.stat()
            if (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino):
                return handle
    os.close(handle)
    return None


def _taken(handle: int) -> bool:
    try:
        import fcntl
    except (
        ImportError
    ):  # pragma: no cover - Windows, where a file that is open cannot be removed, has no file locks to ask for
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _writer(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip() or "unknown"
    except OSError:
        return "unknown"
