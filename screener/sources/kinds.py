"""What a file is, by its first bytes: neither its name nor its Content-Type is believed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

WORDS: Final = {
    "zip": "a ZIP file",
    "xml": "XML",
    "csv": "a table of text",
    "json": "JSON",
    "html": "an HTML page",
    "xlsx": "a spreadsheet",
    "gzip": "a gzip file",
    "empty": "an empty file",
    "binary": "a binary file",
    "parquet": "a binary file",
}
ACCEPTED: Final = {
    "zip": {"zip"},
    "xlsx": {"zip", "xls"},
    "xml": {"xml"},
    "csv": {"csv", "gzip", "zip"},
    "json": {"json", "gzip"},
    "html": {"html", "xml"},
}
_MAGIC: Final = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"PAR1", "parquet"),
)
_FIRST_ELEMENT: Final = re.compile(rb"(?:\s|<\?.*?\?>|<!--.*?-->)*<(!doctype\s+\w+|[\w:]+)", re.S)
_HTML: Final = re.compile(
    rb"!doctype html|html|head|body|meta|title|link|script|style|table|thead|tbody|tr|div|span|p|a|br|center|form"
    rb"|font|b|h[1-6]"
)


def file_kind(head: bytes) -> str:
    """What a file is, by its first bytes: zip, gzip, xls, parquet, json, html, xml, csv, binary or empty."""
    if not head.strip():
        return "empty"
    if kind := next((kind for magic, kind in _MAGIC if head.startswith(magic)), None):
        return kind
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:2048].lower()
    if start.startswith((b"{", b"[")):
        return "json"
    if start.startswith(b"<"):
        # Known by its first element: XML of the portals has a <body> and a <header>, too.
        first = _FIRST_ELEMENT.match(start)
        return "html" if first and _HTML.fullmatch(b" ".join(first[1].split())) else "xml"
    return "binary" if b"\x00" in head else "csv"


def kind_at(path: Path) -> str:
    """The kind of a file by its first bytes."""
    with path.open("rb") as file:
        return file_kind(file.read(4096))


def stated(head: bytes, name: str) -> str | None:
    """The first value of that name in the beginning of XML or JSON, as an element or a member; none if none."""
    text = head.decode("utf-8", "replace")
    found = re.search(rf"<{name}>\s*([^<]*?)\s*</{name}>", text) or re.search(rf'"{name}"\s*:\s*"?([^",}}]*)', text)
    return found[1] if found else None
