"""The folder of the site: written whole or not at all."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from screener.errors import NotWritableError, ScreenerError
from screener.files import alone, replacing_folder

MARK: Final = "manifest.json"  # marks a folder that may be replaced


def write_folder(folder: Path, files: Iterable[tuple[str, bytes]]) -> int:
    """Writes the files below a folder and returns how many bytes. An earlier site is replaced, other folders are not.

    Raises:
        ScreenerError: `folder` is a file, holds other things, or cannot be written; nothing is left
            behind.
    """
    check_folder(folder)
    written = 0
    try:
        with alone(folder), replacing_folder(folder) as new:
            for name, content in files:
                path = new / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                written += len(content)
    except OSError as error:
        do = "name a place that exists and is yours"
        raise NotWritableError("cannot be written", where=f"--out {folder}", error=error, do=do) from error
    return written


def check_folder(folder: Path) -> None:
    """Checks, before any work is done, that a site may be written there.

    Raises:
        ScreenerError: it is a file, or a folder with other things in it.
    """
    what = None
    if folder.is_dir():
        if any(folder.iterdir()) and not ((folder / MARK).is_file() and (folder / "assets").is_dir()):
            what = "the folder holds other things than a site"
    elif folder.exists() or folder.is_symlink():
        what = "this is not a folder"
    if what:
        raise ScreenerError(what, where="--out", found=str(folder), do="name a new folder")
