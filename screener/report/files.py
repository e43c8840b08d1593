"""A file that is written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from screener.errors import NotWritableError
from screener.paths import umask


def write_whole(path: Path, content: bytes, option: str = "--out ") -> None:
    """Writes a file through a temporary one beside it, so that a reader never sees half of it.

    `option` is what an error names before the path.

    Raises:
        NotWritableError: the place is a folder, does not exist or cannot be written, or the disk is full; nothing is left behind.
    """
    name = None
    try:
        if path.is_dir():
            raise IsADirectoryError(0, "it is a folder")
        handle, name = tempfile.mkstemp(prefix=path.name[:100] + ".", suffix=".tmp", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~umask())
        os.replace(name, path)
        name = None
    except OSError as error:
        do = "name a place that exists and is yours"
        raise NotWritableError("cannot be written", where=f"{option}{path}", error=error, do=do) from error
    finally:
        if name is not None:
            Path(name).unlink(missing_ok=True)
