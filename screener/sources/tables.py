"""The tables of sources as text: CSV, workbooks, Parquet, tables of pages; and which columns are known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import polars as pl

from screener.errors import ScreenerError
from screener.readers.delimited import read_delimited
from screener.readers.sheets import read_sheets
from screener.sources.archive import kind_at, members, plain
from screener.sources.reading import Reading
from screener.sources.source import ShapeError, words


def columns_of(reading: Reading, frame: pl.DataFrame | None = None, part: str = "") -> pl.DataFrame:
    """The source's columns of its main table, or of another frame; those of a part where it has columns of its own.

    Columns of the source that the table lacks are empty; columns that nobody knows are reported and dropped. Headings
    are compared without regard to case and white space.

    Raises:
        ShapeError: a needed column is missing.
    """
    source = reading.source
    ours, needed = source.columns, source.needed
    if own := next((raw.columns for raw in source.files if raw.part == part), None):
        ours, needed = own, tuple(own)
    if frame is None:
        frame = table_of(reading, ours[needed[0]])
    heads = {_folded(name): name for name in reversed(frame.columns)}
    found = {
        name: next((heads[head] for head in map(_folded, headings) if head in heads), None)
        for name, headings in ours.items()
    }
    if missing := [ours[name][0] for name in needed if found[name] is None]:
        where, names = (reading.part(part) or reading.first).url, ", ".join(frame.columns)[:110]
        do = f"this needs {', '.join(missing)}; see whether the source changed its shape"
        raise ShapeError("a column is missing", where=where, found=names, do=do)
    known = {_folded(head) for names in (*ours.values(), words(source.unused, "|")) for head in names}
    for name in frame.columns:
        if _folded(name) not in known and not re.fullmatch(source.unused_pattern or "(?!)", name):
            filled = frame[name].drop_nulls()
            reading.surprise(name, filled[0] if len(filled) else "", len(filled) or 1)
    return frame.select(
        pl.lit(None, pl.String).alias(n) if head is None else pl.col(head).alias(n) for n, head in found.items()
    )


def rows_of(reading: Reading, frame: pl.DataFrame | None = None) -> Iterator[dict[str, str | None]]:
    """The rows of `columns_of`, one after the other."""
    return columns_of(reading, frame).iter_rows(named=True)


def table_of(reading: Reading, holds: Sequence[str] = ()) -> pl.DataFrame:
    """The main file as a table, in whatever it came packed in.

    Where there are several tables (on a page, in a workbook) one with a heading of `holds` is meant.

    Raises:
        ShapeError: it cannot be read as a table, or no table has such a heading.
    """
    file = reading.first
    packed = kind_at(file.path) == "zip"
    is_book = packed and any(entry.filename == "xl/workbook.xml" for entry in members(file.path))
    path = file.path if is_book else plain(reading, file, ".csv", ".txt", ".xls", ".html")
    if not is_book and kind_at(path) not in ("html", "xml", "xls", "parquet"):
        return read_delimited(path)
    try:
        sheets, _ = read_sheets(path, file.url)
    except ScreenerError as error:
        raise ShapeError("the file cannot be read", where=file.url, found=error.what, do=error.do) from None
    tables = [rows for sheet in sheets if (rows := [row for row in sheet.rows if any(row)])]
    names = set(map(_folded, holds))
    wanted = [rows for rows in tables if not names.isdisjoint(_folded(head or "") for head in rows[0])]
    if not wanted:
        found = ", ".join(str(head) for head in tables[0][0])[:100] if tables else None
        do = "see whether it has changed"
        raise ShapeError(f"no table with a column {' or '.join(holds)}", where=file.url, found=found, do=do)
    return pl.concat(map(_frame, wanted), how="diagonal")


def _frame(rows: Sequence[Sequence[str | None]]) -> pl.DataFrame:
    width = max(map(len, rows))
    heads = [head or "" for head in rows[0]] + [""] * (width - len(rows[0]))
    names = [head if head and head not in heads[:place] else f"{head} {place + 1}" for place, head in enumerate(heads)]
    cells = [[*row, *[None] * (width - len(row))] for row in rows[1:]]
    return pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String), orient="row")


def _folded(heading: str) -> str:
    return re.sub(r"\s+", "", heading.strip()).lower()
