"""A folder written whole or not at all: beside its place first, then renamed over it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import filelock

from screener.errors import ScreenerError

MARK: Final = "manifest.json"  # what a folder that may be replaced holds


def write_folder(folder: Path, files: Iterable[tuple[str, bytes]]) -> int:
    """Writes the files below a folder and returns how many bytes. An earlier site is replaced, others left alone.

    Raises:
        ScreenerError: the place is a file, a folder with other things in it, or cannot be written; nothing is left
            behind.
    """
    check_folder(folder)
    beside: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name[:80]}.", suffix=".tmp", dir=folder.parent))
        written = 0
        made: set[Path] = set()
        for name, content in files:
            path = beside / name
            if path.parent not in made:
                path.parent.mkdir(parents=True, exist_ok=True)
                made.add(path.parent)
            path.write_bytes(content)
            written += len(content)
        beside.chmod(0o777 & ~_umask())
        with filelock.FileLock(folder.parent / f".{folder.name}.lock"):
            _replace(beside, folder)
        beside = None
        return written
    except OSError as error:
        raise ScreenerError(
            "cannot be written",
            where=f"--out {folder}",
            found=error.strerror,
            do="name a place that exists and is yours",
        ) from error
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)
        (folder.parent / f".{folder.name}.lock").unlink(missing_ok=True)


def check_folder(folder: Path) -> None:
    """Checks, before any work is done, that a site may be written there.

    Raises:
        ScreenerError: the place is a file, or a folder with other things in it.
    """
    if folder.is_dir():
        if any(folder.iterdir()) and not ((folder / MARK).is_file() and (folder / "assets").is_dir()):
            raise ScreenerError(
                "the folder holds other things than a site", where="--out", found=str(folder), do="name a new folder"
            )
    elif folder.exists() or folder.is_symlink():
        raise ScreenerError("this is no folder", where="--out", found=str(folder), do="name a new folder")


def _replace(new: Path, folder: Path) -> None:
    """Puts the new folder in the place of the old one, which is moved aside first and comes back if that fails."""
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name[:80]}.", suffix=".old", dir=folder.parent))
    try:
        if folder.exists():
            os.rename(folder, old / "site")
        try:
            os.rename(new, folder)
        except OSError:
            if (old / "site").exists():
                os.rename(old / "site", folder)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
