"""Reads raw files for parsers: rows of tables by the source's columns, records of XML and JSON of any size.

XML is read without document type, entities or external resources. Only one record is parsed at a time.
"""

import mmap
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl
from lxml import etree

from screener.errors import ScreenerError
from screener.readers.header import Vocabulary, find_table
from screener.readers.sheets import read_delimited, read_sheets
from screener.sources.archive import kind_at, members, plain
from screener.sources.reading import Reading
from screener.sources.source import ShapeError, Xml, words
from screener.store.snapshots import StoredFile

ENDINGS: Final = (".json", ".jsonl", ".ndjson")
LONGEST_RECORD: Final = 64 << 20
_BOM: Final = b"\xef\xbb\xbf"
_LINES_ABOVE: Final = 5
_DAY: Final = re.compile(r"\d{1,2}[-/ ]\w{2,9}[-/ ]\d{4}|\d{4}-\d{2}-\d{2}")

_Text = bytes | memoryview | msgspec.Raw


class _Holder(msgspec.Struct):
    """An object that may hold records."""

    results: msgspec.Raw = msgspec.Raw(b"null")
    features: msgspec.Raw = msgspec.Raw(b"null")


def rows_of(reading: Reading) -> Iterator[dict[str, str | None]]:
    """The rows of the main file by the source's columns, in any format and packing; see `columns_of`."""
    return columns_of(reading).iter_rows(named=True)


def columns_of(reading: Reading, frame: pl.DataFrame | None = None, part: str = "") -> pl.DataFrame:
    """The source's columns of its main table, or of another frame; or those of the CSV file of a part.

    Columns of the source that the table lacks are empty; unknown columns are reported and dropped. Headings are
    compared without regard to case and white space.

    Raises:
        ShapeError: it cannot be read as a table, or a required column is missing.
    """
    source, file = reading.source, reading.part(part) or reading.first
    if source.xml and not part and frame is None and kind_at(path := plain(reading, file, ".csv", ".xml")) == "xml":
        schema = dict.fromkeys(source.columns, pl.String)
        return pl.DataFrame(_xml_rows(reading, path, source.xml), schema=schema)
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
        do = f"this needs {', '.join(missing)}; see whether the source changed its format"
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
    """The main file as a table; of several (on a page, in a workbook) those with such a heading."""
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
    """The number of lines above the header; one may give the day of the file: `Report Date: 28-Jan-2026`."""
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


def _xml_rows(reading: Reading, file: Path, xml: Xml) -> Iterator[dict[str, str | None]]:
    """Each record as rows of the source's columns: repeated elements in parallel, the rest in each row."""
    inside: dict[str, dict[str, str]] = {element: {} for element in (".", *xml.repeated)}
    for ours, (*_, path) in reading.source.columns.items():
        element = next((one for one in xml.repeated if path.startswith(f"{one}/")), ".")
        inside[element][ours] = path.removeprefix(f"{element}/")
    stream = xml_records(file, xml.record, xml.day, *xml.left_out, root=xml.root, title=xml.title)
    root = next(stream)
    if xml.day.startswith("@"):
        reading.state_day(root.get(xml.day[1:]))
    for record in stream:
        if record.tag == xml.day:
            reading.state_day(record.text)
            continue
        if record.tag in xml.left_out:
            reading.leave(xml.left_out[record.tag])
            continue
        reading.account(fields_of(record), "element")
        for child in record:
            if child.tag in reading.source.fields:
                reading.account(fields_of(child), str(child.tag), f"{child.tag}.")
        whole, *parts = (
            [{ours: text(node, path) for ours, path in paths.items()} for node in record.xpath(element)]
            for element, paths in inside.items()
        )
        for side_by_side in list(zip_longest(*parts, fillvalue={})) or [()]:
            row: dict[str, str | None] = whole[0].copy()
            for part in side_by_side:
                row |= part
            yield row


def xml_records(path: Path, *tags: str, root: str | None = None, title: str = "") -> Iterator[etree._Element]:
    """The elements of the given names at any depth, without namespaces; only one is held at a time.

    If `root` is given, the root element comes first, for its attributes; `title` is the document's title, for the
    error that it is another.

    Raises:
        ShapeError: not well-formed, too deeply nested, with a document type or entities, or another document.
    """
    first = True
    try:
        # Without `huge_tree` the parser itself limits depth and length of its input.
        events = etree.iterparse(path, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False)
        for event, node in events:
            name = etree.QName(node).localname
            if first:
                first = False
                if declared := node.getroottree().docinfo.doctype:
                    what = "the XML declares a document type or entities, which no source does"
                    raise ShapeError(what, where=path.name, found=declared, do="do not use this file")
                if root is not None:
                    if name != root:
                        raise ShapeError(f"not {title}", where=path.name, found=f"<{name}>")
                    yield node
            if event == "end" and name in tags:
                for inner in node.iter(etree.Element):
                    inner.tag = etree.QName(inner).localname
                yield node
                # Frees the record and everything before it.
                node.clear()
                while (parent := node.getparent()) is not None and node.getprevious() is not None:
                    del parent[0]
    except (etree.XMLSyntaxError, OSError) as error:
        raise ShapeError("not well-formed XML", where=path.name, found=str(error), do="download it again") from None


def text(node: etree._Element, path: str) -> str | None:
    """The first text at an XPath, of an element or an attribute (`subjectType/@code`), stripped."""
    found = (getattr(one, "text", one) or "" for one in node.xpath(path))
    return next((stripped for one in found if (stripped := str(one).strip())), None)


def fields_of(node: etree._Element) -> dict[str, str]:
    """The texts of an element's children by name."""
    return {str(child.tag): (child.text or "").strip() for child in node}


def answers_of(reading: Reading, file: StoredFile) -> Iterator[tuple[Any, dict[str, str]]]:
    """The parsed responses of an API, each with its `about`: from a file of `Client.answers`, or one raw response.

    Raises:
        ShapeError: not JSON.
    """
    path = plain(reading, file, *ENDINGS)
    for record in json_records(path):
        if record.keys() >= {"about", "body"}:
            try:
                yield msgspec.json.decode(record["body"]), record["about"]
            except (msgspec.DecodeError, RecursionError) as error:
                raise _not_json(path, error) from None
        else:
            yield record, {}


def json_records(path: Path) -> Iterator[dict[str, Any]]:
    """Records of an array, of an object with `results` or `features`, or of lines; only one is parsed at a time.

    Raises:
        ShapeError: not JSON, truncated, or a single record is impossibly large.
    """
    if path.stat().st_size == 0:
        return
    with path.open("rb") as file:
        text = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        for record in _raw_records(text):
            if len(memoryview(record)) > LONGEST_RECORD:
                raise _not_json(path, f"a record of more than {LONGEST_RECORD} characters")
            if isinstance(parsed := msgspec.json.decode(record), dict):
                yield parsed
    except (msgspec.DecodeError, RecursionError) as error:
        raise _not_json(path, error) from None


def _raw_records(text: mmap.mmap) -> Iterator[_Text]:
    text.seek(len(_BOM) if text[: len(_BOM)] == _BOM else 0)
    try:
        whole = _held(memoryview(text)[text.tell() :])
    except msgspec.DecodeError:
        # Not one value, so one a line.
        for line in iter(text.readline, b""):
            yield from _held(line) if line.strip() else ()
    else:
        yield from whole


def _held(text: bytes | memoryview) -> Sequence[_Text]:
    """The records of an array, or of an object's `results` or `features`; else the object itself."""
    if bytes(text[:64]).lstrip().startswith(b"["):
        return msgspec.json.decode(text, type=list[msgspec.Raw])
    found = msgspec.json.decode(text, type=_Holder)
    arrays = (held for held in (found.results, found.features) if bytes(memoryview(held)[:1]) == b"[")
    holds = next(arrays, None)
    return [text] if holds is None else msgspec.json.decode(holds, type=list[msgspec.Raw])


def _not_json(path: Path, why: object) -> ShapeError:
    return ShapeError("not JSON", where=path.name, found=why, do="download it again")
