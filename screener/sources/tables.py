"""The tables of sources as text: CSV, workbooks, Parquet, tables of pages; and which columns are known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from screener.errors import ScreenerError
from screener.readers.delimited import read_delimited
from screener.readers.sheets import read_sheets
from screener.sources.archive import members, plain
from screener.sources.kinds import kind_at
from screener.sources.source import Files, ShapeError, words
from screener.store.snapshots import ParseReport


@dataclass(frozen=True)
class Columns:
    """The columns of a table, as the entry of a source describes them (see `Source`)."""

    ours: Mapping[str, Sequence[str]]
    needed: Sequence[str] = ()
    unused: frozenset[str] = frozenset()
    pattern: str = ""

    def of(self, frame: pl.DataFrame, where: str, report: ParseReport) -> pl.DataFrame:
        """The frame with our columns, the missing ones empty; columns that nobody knows are reported and dropped.

        Headings are compared without regard to case and white space.

        Raises:
            ShapeError: a needed column is missing.
        """
        heads = {_folded(name): name for name in reversed(frame.columns)}
        found = {
            name: next((heads[head] for head in map(_folded, headings) if head in heads), None)
            for name, headings in self.ours.items()
        }
        if missing := [self.ours[name][0] for name in self.needed if found[name] is None]:
            do = f"this needs {', '.join(missing)}; see whether the source changed its shape"
            raise ShapeError("a column is missing", where=where, found=", ".join(frame.columns)[:110], do=do)
        known = {_folded(head) for heads in (*self.ours.values(), self.unused) for head in heads}
        for name in frame.columns:
            if _folded(name) not in known and not (self.pattern and re.fullmatch(self.pattern, name)):
                filled = frame[name].drop_nulls()
                report.surprise(name, filled[0] if len(filled) else "", len(filled) or 1)
        return frame.select(
            pl.col(heading).alias(name) if heading is not None else pl.lit(None, pl.String).alias(name)
            for name, heading in found.items()
        )


def columns_of(files: Files, report: ParseReport, frame: pl.DataFrame | None = None) -> pl.DataFrame:
    """The columns of the source in its main table, which is read unless it is given."""
    source = files.source
    columns = Columns(source.columns, source.needed, words(source.unused, "|"), source.unused_pattern)
    holds = source.columns[source.needed[0]]
    return columns.of(table_of(files, holds) if frame is None else frame, files.first.url, report)


def rows_of(files: Files, report: ParseReport, frame: pl.DataFrame | None = None) -> Iterator[dict[str, str | None]]:
    """The rows of `columns_of`, one after the other."""
    return columns_of(files, report, frame).iter_rows(named=True)


def table_of(files: Files, holds: Sequence[str] = ()) -> pl.DataFrame:
    """The main file as a table, in whatever it came packed in.

    Where there are several tables (on a page, in a workbook) one with a heading of `holds` is meant.

    Raises:
        ShapeError: it cannot be read as a table, or no table has such a heading.
    """
    file = files.first
    packed = kind_at(file.path) == "zip"
    is_book = packed and any(entry.filename == "xl/workbook.xml" for entry in members(file.path))
    path = file.path if is_book else plain(files, file, ".csv", ".txt", ".xls", ".html")
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
