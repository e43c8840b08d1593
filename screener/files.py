"""Files that appear whole or not at all: written beside their place, flushed to the disk, and renamed into it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(path: Path, *, step: Callable[[str], None] = lambda step: None) -> Iterator[Path]:
    """A new, empty file beside `path`: it takes its place when the block ends without an error, else it is removed.

    Args:
        path: the file to write; its folder exists. An earlier file keeps its permissions.
        step: called after the steps `flushed` and `replaced`.

    Raises:
        OSError: the folder cannot be written, the disk is full, or `path` is a folder.
    """
    if path.is_dir():
        raise IsADirectoryError(0, "it is a folder")
    # Names of files are bytes to the system, at most 255 of them: a long Korean name is cut before it gets its ending.
    start = path.name.encode()[:150].decode(errors="ignore")
    handle, name = tempfile.mkstemp(prefix=f"{start}.", suffix=".tmp", dir=path.parent)
    os.close(handle)
    made = Path(name)
    try:
        yield made
        flush(made)
        step("flushed")
        made.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~umask())
        os.replace(made, path)
        step("replaced")
        flush(path.parent)
    finally:
        remove(made)


def write_bytes(path: Path, content: bytes) -> None:
    """Writes a whole file; see `replacing` for the errors."""
    with replacing(path) as made:
        made.write_bytes(content)


def flush(path: Path) -> None:
    """Waits until a file, or the names in a folder, have reached the disk; not every system lets a folder be opened."""
    if path.is_dir():
        with suppress(OSError):
            _flushed(path, os.O_RDONLY)
    else:
        _flushed(path, os.O_RDWR)


def remove(temporary: Path) -> None:
    """Removes a temporary file, and what DuckDB may have left beside one of its own."""
    for stray in (temporary, temporary.with_name(temporary.name + ".wal")):
        with suppress(OSError):
            stray.unlink(missing_ok=True)
    shutil.rmtree(temporary.with_name(temporary.name + ".tmp"), ignore_errors=True)


def _flushed(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def umask() -> int:
    """The bits that new files of this process are made without."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
