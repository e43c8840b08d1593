"""Large delimited tables as official sources publish them: read from disk at once, every cell as text.

For files of people, whose layout is not known, see `screener.readers.sheets`.
"""

from __future__ import annotations

import codecs
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from screener.errors import ScreenerError

_BLOCK: Final = 1 << 22
_END_OF_FILE: Final = b"\x1a"  # some tables end with it


def read_delimited(
    path: Path,
    folder: Path,
    *,
    names: Sequence[str] | None = None,
    separator: str = ",",
    null: Sequence[str] = ("",),
    skip: int = 0,
) -> pl.DataFrame:
    """A table with every cell as text, stripped, empty cells null.

    Args:
        path: plain file, UTF-8, UTF-16 or CP949.
        folder: for a recoded copy.
        names: columns of a table without a header.
        separator: between cells.
        null: what stands for nothing.
        skip: lines before the header.

    Raises:
        ScreenerError: it cannot be read as a table.
    """
    text = utf8_file(path, folder)
    with open(text, "rb") as file:
        if not file.read(4096).strip():
            return pl.DataFrame(schema=dict.fromkeys(names or ("",), pl.String))
    try:
        frame = pl.read_csv(
            text, has_header=names is None, separator=separator, infer_schema=False, skip_rows=skip,
            truncate_ragged_lines=True, encoding="utf8",
        )  # fmt: skip
    except (pl.exceptions.PolarsError, ValueError) as error:
        raise ScreenerError(
            "not a table of text", where=path.name, found=str(error).splitlines()[0], do="download it again"
        ) from None
    if names and frame.width < len(names):
        raise ScreenerError("the table has too few columns", where=path.name, found=f"{frame.width}, not {len(names)}")
    if names:
        # A column more than is known is for the caller to tell, under the number that it has.
        frame = frame.rename(dict(zip(frame.columns, names, strict=False)))
    frame = frame.rename({name: name.strip().lstrip("\ufeff") for name in frame.columns})
    frame = frame.with_columns(pl.all().str.strip_chars())
    nothing = list({*null, ""})
    return frame.with_columns(pl.when(~pl.all().is_in(nothing)).then(pl.all()).name.keep())


def utf8_file(path: Path, folder: Path) -> Path:
    """The file as UTF-8 without byte order mark and end-of-file byte; the file itself if it is so already.

    Korean files are CP949; western ones that are not UTF-8 are not read, because guessing would break names.

    Raises:
        ScreenerError: neither UTF-8 nor CP949.
    """
    with open(path, "rb") as file:
        head = file.read(4)
        file.seek(max(0, path.stat().st_size - 8))
        tail = file.read()
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _recoded(path, folder, "utf-16")
    if _reads_as(path, "utf-8"):
        plain = not head.startswith(codecs.BOM_UTF8) and not tail.rstrip(b"\r\n").endswith(_END_OF_FILE)
        return path if plain else _recoded(path, folder, "utf-8-sig")
    if _reads_as(path, "cp949"):
        return _recoded(path, folder, "cp949")
    raise ScreenerError("neither UTF-8 nor CP949", where=path.name, do="save it as UTF-8 and load it again")


def _reads_as(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with open(path, "rb") as file:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _recoded(path: Path, folder: Path, encoding: str) -> Path:
    with (
        open(path, encoding=encoding, newline="") as text,
        tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", prefix="text.", dir=folder, delete=False) as out,
    ):
        while block := text.read(_BLOCK):
            out.write(block.replace("\x1a", ""))
    return Path(out.name)
