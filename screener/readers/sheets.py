"""Any file that holds tables, as sheets of text cells: CSV in its habits, XLSX, XLS, ODS, HTML, Parquet."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from screener.errors import ScreenerError
from screener.readers.text import decoded

MAX_BYTES: Final = 512 * 1024 * 1024
MAX_CELLS: Final = 50_000_000
_DELIMITERS: Final = (",", ";", "\t", "|")
_SAMPLE_LINES: Final = 60
_WORKBOOK: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_HTML: Final = re.compile(
    r"\s*(?:<!--.*?-->|<\?xml[^>]*>|\s)*<(?:!doctype html|html|head|meta|body|table|style|div)\b",
    re.IGNORECASE | re.DOTALL,
)

Row = list[str | None]


@dataclass(frozen=True)
class Sheet:
    """One table: cells as text, stripped, empty ones None.

    name: of the sheet in a workbook; None in a file that holds one table.
    first: number in the file of `rows[0]`: 1, or 0 for the column names of Parquet, which are no row.
    hidden: numbers of the rows that the workbook hides.
    """

    name: str | None
    rows: list[Row]
    first: int = 1
    hidden: frozenset[int] = frozenset()


def read_sheets(path: Path, where: str, wanted: Sequence[str] = ()) -> tuple[list[Sheet], list[str]]:
    """The visible sheets of a file, and what had to be assumed.

    Args:
        path: the file.
        where: the option or argument that named it, for errors.
        wanted: names of sheets to read, hidden ones too; all visible ones unless given.

    Raises:
        ScreenerError: the file is missing, a folder, empty, too large, or not what it seems; a wanted sheet is not in
        it.
    """
    content = _content(path, where)
    notes: list[str] = []
    if content.startswith(b"PAR1"):
        sheets = [_parquet(path)]
    elif content.startswith(_WORKBOOK):
        sheets, notes = _workbook(content, path, wanted)
    else:
        text, encoding = decoded(content, str(path))
        if encoding:
            notes.append(f"read as {encoding} (the file is not UTF-8)")
        if "\x00" in text:
            do = "save it as CSV, XLSX or Parquet"
            raise ScreenerError("this is not a text file", where=str(path), found="NUL bytes", do=do)
        sheets = _html(text) if _HTML.match(text) else [_delimited(text)]
    if wanted and all(sheet.name is None for sheet in sheets):
        raise ScreenerError("the file has no sheets", where="--sheet", found=wanted[0], do="leave --sheet away")
    if not any(any(row) for sheet in sheets for row in sheet.rows):
        do = "give a file with a header line and one line a record"
        raise ScreenerError("the file is empty", where=str(path), do=do)
    return sheets, notes


def _content(path: Path, where: str) -> bytes:
    if path.is_dir() or not path.exists():
        what = "this is a folder, not a file" if path.is_dir() else "no such file"
        raise ScreenerError(what, where=where, found=str(path), do="give a CSV, XLSX, XLS, ODS or Parquet file")
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            most = f"the file is larger than {MAX_BYTES >> 20} MiB"
            raise ScreenerError(most, where=str(path), found=f"{size >> 20} MiB", do="split it")
        return path.read_bytes()
    except OSError as error:
        what, do = "the file cannot be read", "check its rights"
        raise ScreenerError(what, where=str(path), found=error.strerror, do=do) from error


def _delimited(text: str) -> Sheet:
    csv.field_size_limit(MAX_BYTES)
    lines = csv.reader(io.StringIO(text.replace("\x1a", ""), newline=None), delimiter=delimiter_of(text))
    return Sheet(None, [[cell.strip() or None for cell in row] for row in lines])


def delimiter_of(text: str) -> str:
    """The sign that cuts the most of the first lines into the same number of cells."""
    lines = [line for line in text[: 1 << 20].splitlines()[:_SAMPLE_LINES] if line.strip()]
    scores = {}
    for mark in _DELIMITERS:
        widths = [len(row) for row in csv.reader(lines, delimiter=mark)]
        common = max(set(widths), key=lambda width: (widths.count(width) * (width - 1), width), default=1)
        scores[mark] = widths.count(common) * (common - 1)
    return max(scores, key=lambda mark: scores[mark])


def _html(text: str) -> list[Sheet]:
    from screener.readers.html import html_tables

    tables = [[[cell or None for cell in row] for row in table.rows] for table in html_tables(text)]
    if len(tables) == 1:
        return [Sheet(None, tables[0])]
    return [Sheet(f"table {number}", rows) for number, rows in enumerate(tables, 1)]


def _parquet(path: Path) -> Sheet:
    import polars as pl

    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        found = str(error).splitlines()[0]
        raise ScreenerError("not a readable Parquet file", where=str(path), found=found, do="write it again") from error
    frame = frame.drop(name for name, kind in frame.schema.items() if kind.is_nested())
    # Old writers leave out that their bytes are text.
    texts = [
        [None if cell is None else cell.decode("utf-8", "replace") for cell in column]
        if column.dtype == pl.Binary
        else column.cast(pl.String, strict=False).to_list()
        for column in frame
    ]
    rows = [[cell.strip() or None if cell else None for cell in row] for row in zip(*texts, strict=True)]
    return Sheet(None, [list(frame.columns), *rows], first=0)


def _workbook(content: bytes, path: Path, wanted: Sequence[str]) -> tuple[list[Sheet], list[str]]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    try:
        hidden = _hidden_rows(content, path) if content.startswith(b"PK") else {}
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        pages = [page for page in book.sheets_metadata if page.typ == SheetTypeEnum.WorkSheet]
        names = [page.name for page in pages]
        unseen = [page.name for page in pages if page.visible != SheetVisibleEnum.Visible]
        if unknown := [name for name in wanted if name not in names]:
            do = f"its sheets are {', '.join(names)[:300]}"
            raise ScreenerError("no such sheet", where="--sheet", found=unknown[0], do=do)
        sheets = []
        for name in names:
            if name not in wanted if wanted else name in unseen:
                continue
            page = book.get_sheet_by_name(name)
            if page.total_height * page.total_width > MAX_CELLS:
                raise ScreenerError("the sheet has too many cells", where=f"{path}, sheet {name}", do="split it")
            rows: list[Row] = [[_cell(cell) for cell in row] for row in page.to_python(skip_empty_area=False)]
            _fill_down(rows, page.merged_cell_ranges or [])
            shown = name if wanted or len(names) > 1 else None
            sheets.append(Sheet(shown, rows, hidden=frozenset(hidden.get(name, ()))))
    except ScreenerError:
        raise
    except Exception as error:  # calamine and zipfile raise errors of many kinds for each way of being broken
        found, do = str(error).splitlines()[0] if str(error) else None, "save it again as .xlsx or as CSV"
        raise ScreenerError("not a readable Excel workbook", where=str(path), found=found, do=do) from error
    note = f"hidden sheets were not read: {', '.join(unseen)} (--sheet NAME reads one)"
    return sheets, [note] if unseen and not wanted else []


def _cell(value: object) -> str | None:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    return None if value is None else str(value)


def _fill_down(rows: list[Row], merged: Iterable[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """A text merged over several rows stands in each; a number, which would be counted twice, in the first."""
    for (top, left), (bottom, _) in merged:
        text = rows[top][left] if top < len(rows) and left < len(rows[top]) else None
        if text is None or re.fullmatch(r"[-\d.,\s%]+", text):
            continue
        for number in range(top + 1, min(bottom + 1, len(rows))):
            if rows[number][left] is None:
                rows[number][left] = text


def _hidden_rows(content: bytes, path: Path) -> dict[str, list[int]]:
    """Numbers of the hidden rows of each sheet of an XLSX file; nothing for other workbooks.

    Raises:
        ScreenerError: the workbook would unpack to far more than a table.
    """
    from lxml import etree

    found: dict[str, list[int]] = {}
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        plain = sum(entry.file_size for entry in archive.infolist())
        if plain > 4 * MAX_BYTES:
            what, do = "the workbook unpacks to more than a table can hold", "do not use this file"
            raise ScreenerError(what, where=str(path), found=f"{plain >> 20} MiB", do=do)
        with suppress(KeyError, etree.XMLSyntaxError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
            book = etree.fromstring(archive.read("xl/workbook.xml"), parser)
            links = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), parser)
            targets = {link.get("Id"): (link.get("Target") or "").lstrip("/").removeprefix("xl/") for link in links}
            for sheet in book.iter("{*}sheet"):
                link = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), None)
                page = archive.read(f"xl/{targets.get(link)}")
                lines = re.findall(rb"<(?:\w+:)?row\b([^>]*\bhidden=\"(?:1|true)\"[^>]*)>", page)
                numbers = (re.search(rb'\br="(\d+)"', line) for line in lines)
                found[str(sheet.get("name"))] = [int(number[1]) for number in numbers if number]
    return found
