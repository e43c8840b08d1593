"""XML and JSON of any size, record by record; of XML no document type, no entities, nothing from outside."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import msgspec
from lxml import etree

from screener.sources.archive import plain
from screener.sources.reading import Reading
from screener.sources.source import ShapeError
from screener.store.snapshots import StoredFile

ENDINGS: Final = (".json", ".jsonl", ".ndjson")
LONGEST_RECORD: Final = 64 << 20
_BOM: Final = b"\xef\xbb\xbf"

_Text = bytes | memoryview | msgspec.Raw


class _Holder(msgspec.Struct):
    """An object that may hold records."""

    results: msgspec.Raw = msgspec.Raw(b"null")
    features: msgspec.Raw = msgspec.Raw(b"null")


# --- XML ---------------------------------------------------------------------------------------------------


def xml_records(path: Path, *tags: str, root: str | None = None, title: str = "") -> Iterator[etree._Element]:
    """The elements of the given names, wherever they stand, without namespaces; only one is held at a time.

    Args:
        path: a plain XML file.
        tags: names of the elements that are records.
        root: name of the document's first element, which is given first of all, for its attributes.
        title: of the document, for the error that it is another.

    Raises:
        ShapeError: not well-formed, nested too deeply, with a document type or entities, or another document.
    """
    first = True
    try:
        # Without `huge_tree` the parser itself bounds depth and length of what it reads.
        events = etree.iterparse(path, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False)
        for event, node in events:
            name = _local(node)
            if first:
                first = False
                _check_root(node, path, root, title)
                if root is not None:
                    yield node
            if event == "end" and name in tags:
                for inner in node.iter(etree.Element):
                    inner.tag = _local(inner)
                yield node
                _forget(node)
    except (etree.XMLSyntaxError, OSError) as error:
        raise ShapeError("not well-formed XML", where=path.name, found=str(error), do="download it again") from None


def text(node: etree._Element, path: str) -> str | None:
    """The first text at an XPath, of an element or an attribute (`subjectType/@code`), stripped."""
    found = (getattr(one, "text", one) or "" for one in node.xpath(path))
    return next((stripped for one in found if (stripped := str(one).strip())), None)


def fields_of(node: etree._Element) -> dict[str, str]:
    """The texts of an element's children by name."""
    return {str(child.tag): (child.text or "").strip() for child in node}


def rows_of_record(reading: Reading, record: etree._Element) -> Iterator[dict[str, str | None]]:
    """A record as rows of the source's columns (see `Source`): what repeats side by side, the rest in each row."""
    reading.account(fields_of(record), "element")
    whole, *parts = (
        [{ours: text(node, path) for ours, path in paths.items()} for node in record.xpath(element)]
        for element, paths in reading.source.xml.items()
    )
    for beside_one_another in list(zip_longest(*parts, fillvalue={})) or [()]:
        row: dict[str, str | None] = dict.fromkeys(reading.source.columns) | whole[0]
        for part in beside_one_another:
            row |= part
        yield row


def _local(node: etree._Element) -> str:
    return str(etree.QName(node).localname)


def _check_root(node: etree._Element, path: Path, root: str | None, title: str) -> None:
    if declared := node.getroottree().docinfo.doctype:
        what = "the XML declares a document type or entities, which no source does"
        raise ShapeError(what, where=path.name, found=declared, do="do not use this file")
    if root is not None and _local(node) != root:
        raise ShapeError(f"not {title}", where=path.name, found=f"<{_local(node)}>")


def _forget(node: etree._Element) -> None:
    """Frees a record and what stands before it."""
    node.clear()
    parent = node.getparent()
    while parent is not None and node.getprevious() is not None:
        del parent[0]


# --- JSON --------------------------------------------------------------------------------------------------


def answers_of(reading: Reading, file: StoredFile) -> Iterator[tuple[Any, dict[str, str]]]:
    """The answers of an API, parsed, each with its `about`: of a file of `Client.answers`, or of one answer as it came.

    Raises:
        ShapeError: it is not JSON.
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
        ShapeError: not JSON, cut, or a single record is larger than any can be.
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
    start = len(_BOM) if text[: len(_BOM)] == _BOM else 0
    text.seek(start)
    first = next((line for line in iter(text.readline, b"") if line.strip()), b"")
    if _is_value(first):
        text.seek(start)
        for line in iter(text.readline, b""):
            yield from _held(line) if line.strip() else ()
    elif first:
        yield from _held(memoryview(text)[start:])


def _is_value(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return True


def _held(text: bytes | memoryview) -> Sequence[_Text]:
    """The records of an array, or of an object in its `results` or `features`; else the object itself."""
    if bytes(text[:64]).lstrip().startswith(b"["):
        return msgspec.json.decode(text, type=list[msgspec.Raw])
    found = msgspec.json.decode(text, type=_Holder)
    arrays = (held for held in (found.results, found.features) if bytes(memoryview(held)[:1]) == b"[")
    holds = next(arrays, None)
    return [text] if holds is None else msgspec.json.decode(holds, type=list[msgspec.Raw])


def _not_json(path: Path, why: object) -> ShapeError:
    return ShapeError("not JSON", where=path.name, found=why, do="download it again")
