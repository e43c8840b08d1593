"""Reads large XML as a stream of records, and nothing but that: no document type, no entities, nothing from outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

from screener.sources.source import ShapeError

_BLOCK: Final = 1 << 18
_DEPTH: Final = 64


@dataclass
class Node:
    """An element: `tag` without its namespace, `text` without white space around it, attributes and children."""

    tag: str
    attributes: dict[str, str]
    children: list[Node] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text."""
        return "".join(self.pieces).strip()

    def find(self, tag: str) -> Node | None:
        """The first child of that name."""
        return next((child for child in self.children if child.tag == tag), None)

    def all(self, *path: str) -> list[Node]:
        """All elements that the path of names leads to."""
        found = [self]
        for tag in path:
            found = [child for node in found for child in node.children if child.tag == tag]
        return found

    def get(self, *path: str) -> str | None:
        """The text of the first element of the path, none if it is empty or not there."""
        return next((node.text for node in self.all(*path) if node.text), None)


def records(path: Path, tags: set[str], root: dict[str, str] | None = None) -> Iterator[Node]:
    """The elements of the given names, wherever they stand, one after the other; only one is held at a time.

    Args:
        path: a plain XML file.
        tags: names of the elements that are records.
        root: receives the attributes of the document's first element, and its name under an empty key.

    Raises:
        ShapeError: not well-formed, a document type or an entity is declared, or it is nested too deeply.
    """
    reader = _Reader(tags, root if root is not None else {})
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    try:
        with open(path, "rb") as file:
            while block := file.read(_BLOCK):
                parser.Parse(block, False)
                yield from reader.ready
                reader.ready.clear()
            parser.Parse(b"", True)
            yield from reader.ready
    except (expat.ExpatError, UnicodeError) as error:
        raise ShapeError("not well-formed XML", where=path.name, found=str(error), do="download it again") from None


class _Reader:
    def __init__(self, tags: set[str], root: dict[str, str]) -> None:
        self.tags = tags
        self.root = root
        self.depth = 0
        self.open: list[Node] = []
        self.ready: list[Node] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        self.depth += 1
        if self.depth > _DEPTH:
            raise ShapeError("XML nested too deeply", found=f"{_DEPTH} levels", do="do not use this file")
        if self.depth == 1:
            self.root.update({"": tag, **attributes})
        if self.open or tag in self.tags:
            node = Node(tag, attributes)
            if self.open:
                self.open[-1].children.append(node)
            self.open.append(node)

    def end(self, name: str) -> None:
        self.depth -= 1
        if self.open:
            node = self.open.pop()
            if not self.open:
                self.ready.append(node)

    def data(self, text: str) -> None:
        if self.open:
            self.open[-1].pieces.append(text)


def _refuse(*declared: Any) -> int:
    raise ShapeError(
        "the XML declares a document type or entities, which no source does",
        found=str(declared[0]),
        do="do not use this file",
    )
