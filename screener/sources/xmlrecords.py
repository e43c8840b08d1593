"""Reads large XML as a stream of records, and nothing but that: no document type, no entities, nothing from outside."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from lxml import etree

from screener.sources.source import Files, ShapeError
from screener.store.snapshots import ParseReport


def records(path: Path, *tags: str, root: str | None = None, title: str = "") -> Iterator[etree._Element]:
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


def rows_of_record(files: Files, record: etree._Element, report: ParseReport) -> Iterator[dict[str, str | None]]:
    """A record as rows of the source's columns (see `Source`): what repeats side by side, the rest in each row."""
    files.account(fields_of(record), "element", report)
    whole, *parts = (
        [{ours: text(node, path) for ours, path in paths.items()} for node in record.xpath(element)]
        for element, paths in files.source.xml.items()
    )
    for beside_one_another in list(zip_longest(*parts, fillvalue={})) or [()]:
        row: dict[str, str | None] = dict.fromkeys(files.source.columns) | whole[0]
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
