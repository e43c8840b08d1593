"""Files and folders that appear whole or not at all: written next to their place, and renamed into it."""

import hashlib
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from screener.errors import NotWritableError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new, empty file next to `path`: it takes its place when the block ends without an error, else it is removed.

    Args:
        path: the file to write; its folder exists. An earlier file keeps its permissions.

    Raises:
        OSError: the folder cannot be written, the disk is full, or `path` is a folder.
    """
    if path.is_dir():
        raise IsADirectoryError(0, "it is a folder")
    made = path.with_name(f"{_start(path)}.{secrets.token_hex(4)}.tmp")
    try:
        made.touch(0o600 if path.exists() else 0o666, exist_ok=False)
        yield made
        flush(made)
        if path.exists():
            shutil.copymode(path, made)
        os.replace(made, path)
        flush(path.parent)
    finally:
        remove(made)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keeps other processes from writing the same folder, whose parent is made if needed.

    Leftovers of a killed process next to it are removed; the folder itself is restored if the process was killed
    between the two renames of `replacing_folder`.

    Raises:
        OSError: the parent cannot be made or written.
    """
    import filelock

    folder.parent.mkdir(parents=True, exist_ok=True)
    # The lock is among the temporary files: next to the folder it would stay behind, and removed it would not guard.
    user = os.getuid() if hasattr(os, "getuid") else 0
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    with filelock.FileLock(Path(tempfile.gettempdir()) / f"screener-{user}-{digest}.lock"):
        temporary = re.compile(rf"\.{re.escape(_start(folder))}\.[a-z0-9_]{{8}}\.tmp(\.old)?")
        left = {path for path in folder.parent.iterdir() if path.is_dir() and temporary.fullmatch(path.name)}
        for old in sorted(path for path in left if path.suffix == ".old"):
            if not folder.exists():
                os.rename(old, folder)
        for path in left:
            shutil.rmtree(path, ignore_errors=True)
        yield


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """A new, empty folder next to `folder`: it takes its place if the block ends without an error, else it is removed.

    To be used within `alone`.

    Raises:
        OSError: the parent cannot be written, or the disk is full.
    """
    made = folder.with_name(f".{_start(folder)}.{secrets.token_hex(4)}.tmp")
    try:
        made.mkdir()
        yield made
        old = made.with_name(made.name + ".old")
        if folder.exists():
            os.rename(folder, old)
        try:
            os.rename(made, folder)
        except OSError:
            if old.exists():
                os.rename(old, folder)
            raise
        if old.exists():
            shutil.rmtree(old)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def sql(module: str, name: str) -> str:
    """The text of the SQL file of this name next to a module (its `__file__`)."""
    return Path(module).with_name(name).read_text(encoding="utf-8")


def write_whole(path: Path, content: bytes, option: str = "--out ") -> None:
    """Writes a file that the user named, so that a reader never sees half of it.

    `option` is what an error names before the path.

    Raises:
        NotWritableError: `path` is a folder, missing or not writable, or the disk is full; nothing is left behind.
    """
    try:
        with replacing(path) as made:
            made.write_bytes(content)
    except OSError as error:
        do = "name a place that exists and is yours"
        raise NotWritableError("cannot be written", where=f"{option}{path}", error=error, do=do) from error


def flush(path: Path) -> None:
    """Waits until a file, or the names in a folder, have reached the disk; not every system can open a folder."""
    folder = path.is_dir()
    with suppress(OSError) if folder else nullcontext():
        handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove(temporary: Path) -> None:
    """Removes a temporary file, and what DuckDB may have left next to its own."""
    for stray in (temporary, temporary.with_name(temporary.name + ".wal")):
        with suppress(OSError):
            stray.unlink(missing_ok=True)
    shutil.rmtree(temporary.with_name(temporary.name + ".tmp"), ignore_errors=True)


def _start(path: Path) -> str:
    """The beginning of the name of a temporary file or folder.

    The system allows names of 255 bytes: a long Korean one is cut before it gets its ending.
    """
    return path.name.encode()[:150].decode(errors="ignore")
