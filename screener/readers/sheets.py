"""Any file with tables, as sheets of text cells: CSV of any style, XLSX, XLS in all its forms, ODS, HTML, Parquet."""

import csv
import datetime as dt
import functools
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any, Final

import polars as pl

from screener.errors import ScreenerError
from screener.readers.text import decoded

MAX_BYTES: Final = 512 * 1024 * 1024
MAX_CELLS: Final = 50_000_000
_DELIMITERS: Final = (",", ";", "\t", "|")
_SAMPLE_LINES: Final = 60
_MAGIC: Final = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"PAR1", "parquet"),
)
_EXCEL: Final = "{urn:schemas-microsoft-com:office:spreadsheet}"
_FIRST_ELEMENT: Final = re.compile(rb"(?:\s|<\?.*?\?>|<!--.*?-->)*<(!doctype\s+\w+|[\w:]+)", re.S)
_HTML: Final = re.compile(
    rb"!doctype html|html|head|body|meta|title|link|script|style|table|thead|tbody|tr|div|span|p|a|br|center|form"
    rb"|font|b|h[1-6]"
)

Row = list[str | None]


@dataclass(frozen=True)
class Sheet:
    """One table: cells as text, stripped, empty ones None.

    name: of the sheet in a workbook; None in a file that holds one table.
    first: number in the file of `rows[0]`: 1, or 0 for the column names of Parquet, which are not a row.
    hidden: numbers of the rows that the workbook hides.
    """

    name: str | None
    rows: list[Row]
    first: int = 1
    hidden: frozenset[int] = frozenset()


def file_kind(head: bytes) -> str:
    """What a file is, by its first bytes: zip, gzip, xls, parquet, json, mhtml, html, xml, csv, binary or empty."""
    if not head.strip():
        return "empty"
    if kind := next((kind for magic, kind in _MAGIC if head.startswith(magic)), None):
        return kind
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:2048].lower()
    if start.startswith((b"{", b"[")):
        return "json"
    if re.match(rb"mime-version:|content-type: multipart/related|from: <saved by", start):
        return "mhtml"
    if start.startswith(b"<"):
        # Recognised by its first element: XML of the portals also has a <body> and a <header>.
        first = _FIRST_ELEMENT.match(start)
        return "html" if first and _HTML.fullmatch(b" ".join(first[1].split())) else "xml"
    return "binary" if b"\x00" in head else "csv"


def read_sheets(path: Path, where: str, wanted: Sequence[str] = ()) -> tuple[list[Sheet], list[str]]:
    """The visible sheets of a file, or those wanted by name, even hidden ones; and what had to be assumed.

    `where` is the option or argument that named the file, for errors.

    Raises:
        ScreenerError: the file is missing, a folder, empty, too large, or not what it seems; or it lacks a
        wanted sheet.
    """
    content = _content(path, where)
    notes: list[str] = []
    kind = file_kind(content[:4096])
    if kind == "parquet":
        sheets = [_parquet(path)]
    elif kind in ("zip", "xls"):
        sheets, notes = _workbook(content, path, wanted)
    elif kind == "xml" and (found := _excel_2003(content)):
        sheets = found
    elif kind in ("gzip", "xml") or re.match(rb"%PDF|\s*\[?\s*\{", content):
        what, do = "no tables are read from files of this kind", "save it as CSV, XLSX or Parquet"
        raise ScreenerError(what, where=str(path), found="PDF" if content[:1] == b"%" else kind.upper(), do=do)
    else:
        if kind == "mhtml":  # the pages of a web archive, one after the other
            parts = [part for part in message_from_bytes(content).walk() if part.get_content_type() == "text/html"]
            content = b"".join(body for part in parts if isinstance(body := part.get_payload(decode=True), bytes))
        text, encoding = decoded(content, str(path))
        if encoding:
            notes.append(f"read as {encoding} (the file is not UTF-8)")
        if "\x00" in text:
            do = "save it as CSV, XLSX or Parquet"
            raise ScreenerError("this is not a text file", where=str(path), found="NUL bytes", do=do)
        sheets = _html(text) if kind in ("html", "mhtml") else [_delimited(text)]
    if wanted and all(sheet.name is None for sheet in sheets):
        raise ScreenerError("the file has no sheets", where="--sheet", found=wanted[0], do="leave --sheet out")
    if not any(any(row) for sheet in sheets for row in sheet.rows):
        do = "give a file with a header line and one line per record"
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
    # How spreadsheets are kept from reading a cell as a number: `="005930"`, with or without further quotes.
    text = re.sub(r'(?m)(^|[,;\t|])="(?=[^"])', r'\1"', text.replace("\x1a", ""))
    lines = csv.reader(io.StringIO(text, newline=None), delimiter=delimiter_of(text), skipinitialspace=True)
    return Sheet(None, [[re.sub('^="(.*)"$', r"\1", cell.strip()) or None for cell in row] for row in lines])


def delimiter_of(text: str) -> str:
    """The delimiter that splits most of the first lines into the same number of cells."""
    lines = [line for line in text[: 1 << 20].splitlines()[:_SAMPLE_LINES] if line.strip()]
    scores = {}
    for mark in _DELIMITERS:
        # Commas may separate thousands.
        some = [re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", line) for line in lines] if mark == "," else lines
        widths = [len(row) for row in csv.reader(some, delimiter=mark)]
        common = max(set(widths), key=lambda width: (widths.count(width) * (width - 1), width), default=1)
        scores[mark] = widths.count(common) * (common - 1)
    return max(scores, key=lambda mark: scores[mark])


def read_delimited(path: Path, *, names: Sequence[str] = (), skip: int = 0) -> pl.DataFrame:
    """A large delimited table of an official source, read from disk in one pass; empty cells are null.

    Args:
        path: plain file, in UTF-8 or any encoding that `screener.readers.text` recognises.
        names: columns of a table without a header; further columns keep their numbers.
        skip: lines before the header.

    Raises:
        ScreenerError: it cannot be read as a table.
    """
    with path.open("rb") as file:
        head = file.read(1 << 16)
    if not head.strip(b" \t\r\n\x1a"):
        return pl.DataFrame(schema=dict.fromkeys(names or ("",), pl.String))
    separator = delimiter_of("\n".join(head.decode("utf-8", "replace").splitlines()[skip:]))

    def read(source: Path | io.BytesIO) -> pl.DataFrame:
        return pl.read_csv(
            source, has_header=not names, skip_rows=skip, infer_schema=False, separator=separator,
            truncate_ragged_lines=True,
        )  # fmt: skip

    try:
        try:
            frame = read(path)
        except pl.exceptions.ComputeError:  # not UTF-8
            frame = read(io.BytesIO(decoded(path.read_bytes(), path.name)[0].encode()))
    except (pl.exceptions.PolarsError, ValueError) as error:
        found = str(error).splitlines()[0]
        raise ScreenerError("not a table of text", where=path.name, found=found, do="download it again") from None
    if frame.width < len(names):
        found = f"{frame.width}, not {len(names)}"
        raise ScreenerError("the table has too few columns", where=path.name, found=found)
    frame.columns = [*names, *(name.strip().lstrip("\ufeff") for name in frame.columns[len(names) :])]
    # The end-of-file character at the end of some tables makes a row of its own.
    frame = frame.with_columns(pl.all().str.strip_chars(" \t\r\n\u00a0\x1a").replace("", None))
    return frame[:-1] if frame[-1:].select(pl.all_horizontal(pl.all().is_null())).to_series().any() else frame


def _html(text: str) -> list[Sheet]:
    from screener.readers.html import html_tables

    tables = [[[cell or None for cell in row] for row in table.rows] for table in html_tables(text)]
    if len(tables) == 1:
        return [Sheet(None, tables[0])]
    return [Sheet(f"table {number}", rows) for number, rows in enumerate(tables, 1)]


def _xml(content: bytes) -> Any:
    """The root of an XML document, its entities unread."""
    from lxml import etree

    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))


def _excel_2003(content: bytes) -> list[Sheet]:
    """The sheets of a workbook in the XML of Excel 2003; none of other XML, or of a broken workbook."""
    from lxml import etree

    with suppress(etree.XMLSyntaxError, ValueError):
        book = _xml(content)
        forms = [(style.get(f"{_EXCEL}ID"), style.find("{*}NumberFormat")) for style in book.iter("{*}Style")]
        percent = {
            style for style, form in forms if form is not None and re.search("%|Perc", form.get(f"{_EXCEL}Format", ""))
        }
        pages = list(book.iter(f"{_EXCEL}Worksheet"))
        return [Sheet(p.get(f"{_EXCEL}Name") if len(pages) > 1 else None, _xml_rows(p, percent)) for p in pages]
    return []


def _xml_rows(page: Any, percent: set[str | None]) -> list[Row]:
    """Rows and cells may give their number and leave gaps."""
    rows: list[Row] = []
    for line in page.iter("{*}Row"):
        rows += [[]] * (min(int(line.get(f"{_EXCEL}Index", 0)), 1_048_576) - 1 - len(rows))
        rows.append([])
        for cell in line.iter("{*}Cell"):
            rows[-1] += [None] * (min(int(cell.get(f"{_EXCEL}Index", 0)), 16_384) - 1 - len(rows[-1]))
            data = cell.find("{*}Data")
            text = "" if data is None else "".join(data.itertext()).strip()
            is_percent = text and cell.get(f"{_EXCEL}StyleID") in percent and data.get(f"{_EXCEL}Type") == "Number"
            rows[-1] += [f"{100 * float(text):.12g}%" if is_percent else text or None]
            rows[-1] += [None] * min(int(cell.get(f"{_EXCEL}MergeAcross", 0)), 16_384)
    return rows


def _parquet(path: Path) -> Sheet:
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        found = str(error).splitlines()[0]
        raise ScreenerError("not a readable Parquet file", where=str(path), found=found, do="write it again") from error
    frame = frame.drop(name for name, kind in frame.schema.items() if kind.is_nested())
    # Old writers do not mark their bytes as text.
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
        hidden, percent = _hidden_and_percent(content, path) if content.startswith(b"PK") else ({}, {})
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
            values = page.to_python(skip_empty_area=False)
            rows: list[Row] = [[_cell(cell) for cell in row] for row in values]
            for row, column in percent.get(name, ()):
                if row < len(values) and column < len(values[row]) and isinstance(number := values[row][column], float):
                    rows[row][column] = f"{100 * number:.12g}%"
            _fill_down(rows, page.merged_cell_ranges or [])
            shown = name if wanted or len(names) > 1 else None
            sheets.append(Sheet(shown, rows, hidden=frozenset(hidden.get(name, ()))))
    except ScreenerError:
        raise
    except Exception as error:  # calamine and zipfile raise many kinds of errors for broken files
        found, do = str(error).splitlines()[0] if str(error) else None, "save it again as .xlsx or as CSV"
        raise ScreenerError("not a readable Excel workbook", where=str(path), found=found, do=do) from error
    note = f"hidden sheets were not read: {', '.join(unseen)} (--sheet NAME reads one)"
    return sheets, [note] if unseen and not wanted else []


def _cell(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    return None if value is None else str(value).strip() or None


def _fill_down(rows: list[Row], merged: Iterable[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """A text merged over several rows is in each; a number, which would be counted twice, in the first only."""
    for (top, left), (bottom, _) in merged:
        text = rows[top][left] if top < len(rows) and left < len(rows[top]) else None
        if text and not re.fullmatch(r"[-\d.,\s%]+", text):
            for row in rows[top + 1 : bottom + 1]:
                row[left] = row[left] or text


def _hidden_and_percent(content: bytes, path: Path) -> tuple[dict[str, list[int]], dict[str, list[tuple[int, int]]]]:
    """Of each sheet of an XLSX file: numbers of its hidden rows; row and column, from 0, of cells shown as percent.

    Empty for other workbooks. A cell shown as 30 % holds 0.3: without its format it would be read as 0.3 percent.

    Raises:
        ScreenerError: the workbook would unpack to far more than a table.
    """
    from lxml import etree

    found: dict[str, list[int]] = {}
    percent: dict[str, list[tuple[int, int]]] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        plain = sum(entry.file_size for entry in archive.infolist())
        if plain > 4 * MAX_BYTES:
            what, do = "the workbook unpacks to more than a table can hold", "do not use this file"
            raise ScreenerError(what, where=str(path), found=f"{plain >> 20} MiB", do=do)
        with suppress(KeyError, etree.XMLSyntaxError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
            book = _xml(archive.read("xl/workbook.xml"))
            links = _xml(archive.read("xl/_rels/workbook.xml.rels"))
            targets = {link.get("Id"): (link.get("Target") or "").lstrip("/").removeprefix("xl/") for link in links}
            styles = "|".join(_percent_styles(archive))
            shown = rf'<(?:\w+:)?c\b(?=[^>]*\bs="(?:{styles})")[^>]*\br="([A-Z]+)([0-9]+)"'.encode()
            for sheet in book.iter("{*}sheet"):
                link = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), None)
                page = archive.read(f"xl/{targets.get(link)}")
                lines = re.findall(rb"<(?:\w+:)?row\b([^>]*\bhidden=\"(?:1|true)\"[^>]*)>", page)
                numbers = (re.search(rb'\br="(\d+)"', line) for line in lines)
                found[str(sheet.get("name"))] = [int(number[1]) for number in numbers if number]
                cells = re.findall(shown, page) if styles else []
                percent[str(sheet.get("name"))] = [(int(row) - 1, _column_number(name)) for name, row in cells]
    return found, percent


def _percent_styles(archive: zipfile.ZipFile) -> list[str]:
    """The numbers of the cell styles of an XLSX file that show percent (ECMA-376, part 1, 18.8.10 and 18.8.30)."""
    if "xl/styles.xml" not in archive.namelist():
        return []
    styles = _xml(archive.read("xl/styles.xml"))
    codes = {
        fmt.get("numFmtId"): re.sub(r'"[^"]*"|\\.', "", fmt.get("formatCode") or "") for fmt in styles.iter("{*}numFmt")
    }
    shown = {"9", "10", *(number for number, code in codes.items() if "%" in code)}
    formats = next(styles.iter("{*}cellXfs"), ())
    return [str(place) for place, xf in enumerate(formats) if xf.get("numFmtId") in shown]


def _column_number(letters: bytes) -> int:
    """The place of a column from 0: A is 0, AA is 26."""
    return functools.reduce(lambda number, letter: 26 * number + letter - 64, letters, 0) - 1
