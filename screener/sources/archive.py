"""Recognises a file by its first bytes, and unpacks it; names and sizes that no source has are refused."""

import gzip
import re
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import IO, Final

from screener.readers.sheets import file_kind
from screener.sources.reading import Reading
from screener.sources.source import ShapeError
from screener.store.snapshots import StoredFile

MAX_UNPACKED: Final = 8 << 30
MAX_MEMBERS: Final = 10_000
MAX_RATIO: Final = 250
RATIO_FROM: Final = 16 << 20
_BLOCK: Final = 1 << 20
WORDS: Final = {
    "zip": "a ZIP file",
    "xml": "XML",
    "csv": "a table of text",
    "json": "JSON",
    "html": "an HTML page",
    "xlsx": "a spreadsheet",
    "gzip": "a gzip file",
    "empty": "an empty file",
    "binary": "a binary file",
    "parquet": "a binary file",
}
ACCEPTED: Final = {
    "zip": {"zip"},
    "xlsx": {"zip", "xls"},
    "xml": {"xml"},
    "csv": {"csv", "gzip", "zip"},
    "json": {"json", "gzip"},
    "html": {"html", "xml"},
}


def kind_at(path: Path) -> str:
    """The kind of a file by its first bytes."""
    with path.open("rb") as file:
        return file_kind(file.read(4096))


def stated(head: bytes, name: str) -> str | None:
    """The first value of that name at the beginning of XML or JSON, as an element or a member, or None."""
    text = head.decode("utf-8", "replace")
    found = re.search(rf"<{name}>\s*([^<]*?)\s*</{name}>", text) or re.search(rf'"{name}"\s*:\s*"?([^",}}]*)', text)
    return found[1] if found else None


def plain(reading: Reading, file: StoredFile, *endings: str) -> Path:
    """The plain file with one of those endings (`.xml`, `.csv`), however it was packed; see `unpacked`."""
    return unpacked(file.path, reading.folder, lambda name: name.lower().endswith(endings))


def unpacked(path: Path, folder: Path, choose: Callable[[str], object] = lambda name: True) -> Path:
    """The plain file inside a gzip or ZIP file, or the file itself if it is not packed.

    The plain file goes into `folder`, never under a name from the archive. `choose` selects the member of a ZIP; of
    several matches the first by name.

    Raises:
        ShapeError: broken, encrypted, without such a member, or dangerous (paths out of the archive, a bomb).
    """
    for _ in range(3):  # no source nests deeper than a .csv.gz in a ZIP
        kind = kind_at(path)
        if kind not in ("gzip", "zip"):
            return path
        try:
            path = _written(path, folder, None if kind == "gzip" else _member(path, choose))
        except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            what = "a broken gzip file" if kind == "gzip" else "a broken ZIP file"
            raise ShapeError(what, where=path.name, found=error, do="download it again") from None
    raise ShapeError("archives within archives", where=path.name, do="unpack the file and load what is inside")


def members(path: Path) -> list[zipfile.ZipInfo]:
    """The files of a ZIP by name, after a check of its names and sizes.

    Raises:
        ShapeError: as for `unpacked`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ShapeError("a broken ZIP file", where=path.name, found=error, do="download it again") from None
    if len(entries) > MAX_MEMBERS:
        raise ShapeError("too many files in the ZIP", where=path.name, found=len(entries))
    for entry in entries:
        inner = PurePosixPath(entry.filename.replace("\\", "/"))
        drive = ":" in entry.filename.split("/")[0]
        if inner.is_absolute() or ".." in inner.parts or drive or "\x00" in entry.filename:
            what, do = "the ZIP names a path outside itself", "do not use this file"
            raise ShapeError(what, where=path.name, found=entry.filename, do=do)
        if entry.flag_bits & 1:
            do = "unpack it and load what is inside"
            raise ShapeError("the ZIP is encrypted", where=path.name, found=entry.filename, do=do)
        _check_size(path, entry.file_size, entry.compress_size)
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise ShapeError("the ZIP unpacks to more than any source has", where=path.name, do="do not use this file")
    return sorted((entry for entry in entries if not entry.is_dir()), key=lambda entry: entry.filename)


def _member(path: Path, choose: Callable[[str], object]) -> zipfile.ZipInfo:
    entries = members(path)
    entry = next((one for one in entries if choose(re.split(r"[/\\]", one.filename)[-1])), None)
    if entry is None:
        names = ", ".join(one.filename for one in entries[:5]) or "nothing"
        raise ShapeError("the ZIP does not contain the expected file", where=path.name, found=names)
    return entry


def _written(path: Path, folder: Path, member: zipfile.ZipInfo | None) -> Path:
    """Unpacks a gzip file, or a member. The size that an archive states may be false: the actual bytes are counted."""
    done, packed = 0, member.compress_size if member else path.stat().st_size
    with ExitStack() as opened:
        inner: IO[bytes] | gzip.GzipFile = (
            opened.enter_context(opened.enter_context(zipfile.ZipFile(path)).open(member))
            if member
            else opened.enter_context(gzip.open(path))
        )
        out = opened.enter_context(tempfile.NamedTemporaryFile(prefix="plain.", dir=folder, delete=False))
        while block := inner.read(_BLOCK):
            done += len(block)
            _check_size(path, done, packed)
            out.write(block)
    return Path(out.name)


def _check_size(path: Path, size: int, packed: int) -> None:
    if size > MAX_UNPACKED or (size > RATIO_FROM and size > MAX_RATIO * max(packed, 1)):
        what, found = "the file unpacks to far more than it can hold", f"{size} bytes from {packed}"
        raise ShapeError(what, where=path.name, found=found, do="do not use this file")
