"""The rows of sources by their columns: CSV, workbooks, Parquet, tables of pages, XML; and which columns are known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Final

import polars as pl

from screener.errors import ScreenerError
from screener.readers.header import Vocabulary, find_table
from screener.readers.sheets import read_delimited, read_sheets
from screener.sources.archive import kind_at, members, plain
from screener.sources.reading import Reading
from screener.sources.records import fields_of, text, xml_records
from screener.sources.source import ShapeError, Xml, words

_LINES_ABOVE: Final = 5
_DAY: Final = re.compile(r"\d{1,2}[-/ ]\w{2,9}[-/ ]\d{4}|\d{4}-\d{2}-\d{2}")


def rows_of(reading: Reading) -> Iterator[dict[str, str | None]]:
    """The rows of the main file by the source's columns, in whatever form and package it came; see `columns_of`."""
    xml = reading.source.xml
    if xml is not None and kind_at(path := plain(reading, reading.first, ".csv", ".xml")) == "xml":
        return _xml_rows(reading, path, xml)
    return columns_of(reading).iter_rows(named=True)


def columns_of(reading: Reading, frame: pl.DataFrame | None = None, part: str = "") -> pl.DataFrame:
    """The source's columns of its main table, or of another frame; or those of the CSV file of a part.

    Columns of the source that the table lacks are empty; columns that nobody knows are reported and dropped. Headings
    are compared without regard to case and white space.

    Raises:
        ShapeError: it cannot be read as a table, or a needed column is missing.
    """
    source, file = reading.source, reading.part(part) or reading.first
    own = next((raw.columns for raw in source.files if raw.part == part and raw.columns), None)
    ours, needed = (own, tuple(own)) if own else (source.columns, source.needed)
    if frame is None:
        frame = read_delimited(plain(reading, file, ".csv")) if part else _main_table(reading, ours[needed[0]])
    heads = {_folded(name): name for name in reversed(frame.columns)}
    found = {
        name: next((heads[head] for head in map(_folded, headings) if head in heads), None)
        for name, headings in ours.items()
    }
    if missing := [ours[name][0] for name in needed if found[name] is None]:
        do = f"this needs {', '.join(missing)}; see whether the source changed its shape"
        raise ShapeError("a column is missing", where=file.url, found=", ".join(frame.columns)[:110], do=do)
    known = {_folded(head) for names in (*ours.values(), words(source.unused, "|")) for head in names}
    for name in frame.columns:
        if _folded(name) not in known and not re.fullmatch(source.unused_pattern or "(?!)", name):
            filled = frame[name].drop_nulls()
            reading.surprise(name, filled[0] if len(filled) else "", len(filled) or 1)
    return frame.select(
        pl.lit(None, pl.String).alias(n) if head is None else pl.col(head).alias(n) for n, head in found.items()
    )


def _main_table(reading: Reading, holds: Sequence[str]) -> pl.DataFrame:
    """The main file as a table. Where there are several (on a page, in a workbook) those with such a heading."""
    file, names = reading.first, set(map(_folded, holds))
    is_book = kind_at(file.path) == "zip" and any(e.filename == "xl/workbook.xml" for e in members(file.path))
    path = file.path if is_book else plain(reading, file, ".csv", ".txt", ".xls", ".html")
    if not is_book and kind_at(path) not in ("html", "xml", "xls", "parquet"):
        return read_delimited(path, skip=_lines_above(reading, path, names))
    try:
        sheets, _ = read_sheets(path, file.url)
    except ScreenerError as error:
        raise ShapeError("the file cannot be read", where=file.url, found=error.what, do=error.do) from None
    tables = [find_table(sheet, Vocabulary(reading.source.columns)) for sheet in sheets if any(map(any, sheet.rows))]
    wanted = [table for table in tables if not names.isdisjoint(map(_folded, table.headings))]
    if not wanted:
        found, do = ", ".join(tables[0].headings)[:100], "see whether it has changed"
        raise ShapeError(f"no table with a column {' or '.join(holds)}", where=file.url, found=found, do=do)
    frames = (pl.DataFrame(t.rows, schema=dict.fromkeys(t.headings, pl.String), orient="row") for t in wanted)
    return pl.concat(frames, how="diagonal")


def _lines_above(reading: Reading, path: Path, names: set[str]) -> int:
    """How many lines stand above the header; one of them may give the day of the file: `Report Date: 28-Jan-2026`."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        lines = [line for line, _ in zip(file, range(_LINES_ABOVE), strict=False)]
    cells = ({_folded(cell) for cell in re.split(r'[",;|\t]+', line)} for line in lines)
    above = next((number for number, found in enumerate(cells) if found & names), 0)
    for line in lines[:above]:
        if found := _DAY.search(line):
            reading.state_day(found[0])
    return above


def _folded(heading: str) -> str:
    return re.sub(r"\s+", "", heading).lower()


def _xml_rows(reading: Reading, path: Path, xml: Xml) -> Iterator[dict[str, str | None]]:
    """Each record as rows of the source's columns: what repeats side by side, the rest in each row."""
    stream = xml_records(path, xml.record, xml.day, root=xml.root, title=xml.title)
    reading.state_day(next(stream).get(xml.day.removeprefix("@")))
    for record in stream:
        if record.tag == xml.day:
            reading.state_day(record.text)
            continue
        reading.account(fields_of(record), "element")
        whole, *parts = (
            [{ours: text(node, path) for ours, path in paths.items()} for node in record.xpath(element)]
            for element, paths in xml.paths.items()
        )
        for side_by_side in list(zip_longest(*parts, fillvalue={})) or [()]:
            row: dict[str, str | None] = dict.fromkeys(reading.source.columns) | whole[0]
            for part in side_by_side:
                row |= part
            yield row
