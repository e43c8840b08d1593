"""A file that is written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from screener.errors import NotWritableError
from screener.files import write_bytes


def write_whole(path: Path, content: bytes, option: str = "--out ") -> None:
    """Writes a file through a temporary one in the same folder, so that a reader never sees half of it.

    `option` is what an error names before the path.

    Raises:
        NotWritableError: the place is a folder, missing or not writable, or the disk is full; nothing is left behind.
    """
    try:
        write_bytes(path, content)
    except OSError as error:
        do = "name a place that exists and is yours"
        raise NotWritableError("cannot be written", where=f"{option}{path}", error=error, do=do) from error
