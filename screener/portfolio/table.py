"""Any table that a person may hand over, as text cells: CSV in its habits and encodings, XLSX, Parquet."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from screener.errors import ScreenerError
from screener.portfolio.headings import recognise

MAX_BYTES: Final = 512 * 1024 * 1024
_HEADER_SEARCH: Final = 30  # brokers put titles and dates above the table


@dataclass(frozen=True)
class TextTable:
    """Cells as text, empty cells null; `first_row` is the file's row number of the first record; `notes` what was assumed."""

    frame: pl.DataFrame
    first_row: int
    notes: list[str]


def read_table(path: Path, option: str = "PORTFOLIO") -> TextTable:
    """Reads CSV (UTF-8 with or without BOM, UTF-16, CP949; `,` `;` tab or `|`), XLSX or Parquet.

    Raises:
        ScreenerError: the file is missing, a folder, empty, too large, or not what its name says.
    """
    if path.is_dir() or not path.exists():
        what = "this is a folder, not a file" if path.is_dir() else "no such file"
        raise ScreenerError(what, where=option, found=str(path), do="give a CSV, XLSX or Parquet file")
    size = path.stat().st_size
    if size == 0:
        raise ScreenerError(
            "the file is empty", where=str(path), do="give a file with a header line and one line a holding"
        )
    if size > MAX_BYTES:
        raise ScreenerError(
            f"the file is larger than {MAX_BYTES >> 20} MiB", where=str(path), found=f"{size >> 20} MiB", do="split it"
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ScreenerError(
            "the file cannot be read", where=str(path), found=error.strerror, do="check its rights"
        ) from error
    if content[:4] == b"PAR1":
        return _parquet(path)
    if content[:2] == b"PK":
        return _xlsx(path)
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise ScreenerError("this is an old Excel file (.xls)", where=str(path), do="save it as .xlsx or CSV")
    return _csv(content, path)


def _parquet(path: Path) -> TextTable:
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ScreenerError(
            "not a readable Parquet file", where=str(path), found=str(error).splitlines()[0], do="write it again"
        ) from error
    return TextTable(_as_text(frame), 1, [])


def _xlsx(path: Path) -> TextTable:
    try:
        sheet = pl.read_excel(
            path,
            engine="calamine",
            has_header=False,
            infer_schema_length=0,
            drop_empty_rows=False,
            drop_empty_cols=False,
        )
    except (
        Exception
    ) as error:  # the reader raises errors of its own kind for each way in which a workbook can be broken
        raise ScreenerError(
            "not a readable Excel workbook",
            where=str(path),
            found=str(error).splitlines()[0],
            do="save it again as .xlsx or as CSV",
        ) from error
    return _with_header([list(row) for row in _as_text(sheet).iter_rows()], path, [])


def _csv(content: bytes, path: Path) -> TextTable:
    text, notes = _decoded(content, path)
    if not text.strip():
        raise ScreenerError(
            "the file is empty", where=str(path), do="give a file with a header line and one line a holding"
        )
    if "\x00" in text:
        raise ScreenerError(
            "this is not a text file", where=str(path), found="NUL bytes", do="save it as CSV, XLSX or Parquet"
        )
    delimiter = _delimiter(text)
    csv.field_size_limit(min(MAX_BYTES, 2**31 - 1))
    rows = [
        [cell.strip() or None for cell in row]
        for row in csv.reader(io.StringIO(text, newline=None), delimiter=delimiter)
    ]
    return _with_header(rows, path, notes)


def _decoded(content: bytes, path: Path) -> tuple[str, list[str]]:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace"), []
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp949"), ["read as CP949 (the file is not UTF-8)"]
    except UnicodeDecodeError as error:
        raise ScreenerError(
            "the text is neither UTF-8 nor CP949",
            where=str(path),
            found=f"byte 0x{content[error.start]:02x} at {error.start}",
            do="save it as UTF-8",
        ) from error


def _delimiter(text: str) -> str:
    # The delimiter is the one that cuts the most of the first lines into the same number of cells.
    lines = [line for line in text.splitlines()[: _HEADER_SEARCH * 2] if line.strip()]
    scores = {}
    for mark in (",", ";", "\t", "|"):
        widths = [len(row) for row in csv.reader(lines, delimiter=mark)]
        common = max(set(widths), key=lambda w: (widths.count(w), w))
        scores[mark] = widths.count(common) * (common - 1)
    return max(scores, key=lambda mark: scores[mark])


def _with_header(rows: list[list[str | None]], path: Path, notes: list[str]) -> TextTable:
    known = [sum(recognise(cell or "") is not None for cell in row) for row in rows[:_HEADER_SEARCH]]
    if not known or max(known) == 0:
        # No heading that we know: take the first line with anything in it, so that --column can name its columns.
        header = next((i for i, row in enumerate(rows) if any(row)), 0)
    else:
        header = known.index(max(known))
    if header:
        notes = [*notes, f"the table begins in row {header + 1}; the rows above it were taken for a title"]
    if not rows:
        raise ScreenerError(
            "the file is empty", where=str(path), do="give a file with a header line and one line a holding"
        )
    names: list[str] = []
    for number, cell in enumerate(rows[header], 1):
        name = cell or f"column {number}"
        names.append(name if name not in names else f"{name} ({number})")
    width = len(names)
    overlong = [number for number, row in enumerate(rows[header + 1 :], header + 2) if any(row[width:])]
    if overlong:
        which = ", ".join(map(str, overlong[:10])) + (", …" if len(overlong) > 10 else "")
        notes = [
            *notes,
            f"rows {which} have more cells than the header; what stands beyond it was not read (a comma in a name needs quotes)",
        ]
    body = [(row + [None] * width)[:width] for row in rows[header + 1 :]]
    frame = pl.DataFrame(body, schema=dict.fromkeys(names, pl.String), orient="row")
    return TextTable(frame, header + 2, notes)


def _as_text(frame: pl.DataFrame) -> pl.DataFrame:
    nested = [name for name, kind in frame.schema.items() if kind.is_nested()]
    frame = frame.drop(nested)
    # Old writers leave out that their bytes are text.
    raw = {
        name: [cell if cell is None else cell.decode("utf-8", "replace") for cell in frame[name]]
        for name, kind in frame.schema.items()
        if kind == pl.Binary
    }
    frame = frame.with_columns(pl.Series(name, cells, dtype=pl.String) for name, cells in raw.items())
    flat = frame.select(pl.all().cast(pl.String, strict=False).str.strip_chars())
    return flat.select(pl.when(pl.all() != "").then(pl.all()))


def display_name(path: str | os.PathLike[str]) -> str:
    """The file's name alone, for reports: results must not depend on where the file lies."""
    return Path(path).name
