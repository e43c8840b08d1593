"""XML and JSON of any size, record by record; of XML no document type, no entities, nothing from outside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from lxml import etree

from screener.sources.archive import plain
from screener.sources.reading import Reading
from screener.sources.source import ShapeError
from screener.store.snapshots import StoredFile

ENDINGS: Final = (".json", ".jsonl", ".ndjson")
_BOM: Final = b"\xef\xbb\xbf"


def xml_records(path: Path, *tags: str, root: str | None = None, title: str = "") -> Iterator[etree._Element]:
    """The elements of the given names, wherever they stand, without namespaces; only one is held at a time.

    Where the name of the `root` is given, the root comes first of all, for its attributes; `title` is that of the
    document, for the error that it is another.

    Raises:
        ShapeError: not well-formed, nested too deeply, with a document type or entities, or another document.
    """
    first = True
    try:
        # Without `huge_tree` the parser itself bounds depth and length of what it reads.
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
                # Frees the record and what stands before it.
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
    """Records of an array, of lines, or the one of an object; only one is parsed at a time.

    Raises:
        ShapeError: not JSON, or cut.
    """
    try:
        with path.open("rb") as file:
            first = next((line for line in file if line.strip()), b"").removeprefix(_BOM)
            file.seek(0)
            for text in file if _is_value(first) else filter(None, [file.read()]):
                bare = text.removeprefix(_BOM)
                are_many = bare[:64].lstrip().startswith(b"[")
                records = msgspec.json.decode(bare, type=list[msgspec.Raw]) if are_many else [bare]
                for record in records if not bare.isspace() else ():
                    if isinstance(parsed := msgspec.json.decode(record), dict):
                        yield parsed
    except (msgspec.DecodeError, RecursionError) as error:
        raise _not_json(path, error) from None


def _is_value(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return True


def _not_json(path: Path, why: object) -> ShapeError:
    return ShapeError("not JSON", where=path.name, found=why, do="download it again")
