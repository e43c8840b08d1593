"""The tables of an HTML page, each with the headings that stand before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_BREAKS: Final = {"br", "p", "li", "div"}
_HEADINGS: Final = {"h1", "h2", "h3", "h4", "h5", "h6", "strong", "caption", "button", "summary", "a"}
_SILENT: Final = {"script", "style"}
MAX_CELLS: Final = 5_000_000


@dataclass
class HtmlTable:
    """One outermost table, a table within a cell being text of that cell.

    `before`: texts of headings, bold words and links since the table before it. `links`: first address in each cell, by
    (row, column). A cell that spans rows or columns is repeated in `spread`, and stands once in `rows`.
    """

    before: list[str]
    rows: list[list[str]] = field(default_factory=list)
    links: dict[tuple[int, int], str] = field(default_factory=dict)
    spread: list[list[str]] = field(default_factory=list)


def html_tables(text: str) -> list[HtmlTable]:
    """All tables of a page that have rows; nothing outside the page is loaded."""
    from lxml import etree, html

    # Without `huge_tree` the parser itself bounds how deep a page may be nested.
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        page = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return []
    tables: list[HtmlTable] = []
    before: list[str] = []
    cells = 0
    within: HtmlElement | None = None
    for event, node in etree.iterwalk(page, events=("start", "end")):
        if within is not None:
            within = None if event == "end" and node is within else within
        elif event == "start" and node.tag == "table":
            within = node
            table = HtmlTable(before)
            cells += _fill(table, node, MAX_CELLS - cells)
            tables.append(table)
            before = []
        elif event == "end" and node.tag in _HEADINGS and (said := " ".join("".join(_texts(node)).split())):
            before.append(said)
    return [table for table in tables if table.rows]


def _fill(table: HtmlTable, node: HtmlElement, room: int) -> int:
    """Adds the rows of a table, none of which belongs to a table within it; gives the number of its cells."""
    carried: dict[int, tuple[int, str]] = {}
    used = 0
    for line in node.iter("tr"):
        if next(line.iterancestors("table")) is not node:
            continue
        row: list[str] = []
        spread: list[str] = []
        for cell in line:
            if cell.tag not in ("td", "th"):
                continue
            text = _cell_text(cell)
            if link := next((a.get("href") or "" for a in cell.iter("a")), None):
                table.links.setdefault((len(table.rows), len(row)), link)
            row.append(text)
            _take_carried(carried, spread)
            wide, deep = _span(cell, "colspan"), _span(cell, "rowspan")
            for _ in range(wide):
                if deep > 1:
                    carried[len(spread)] = (deep - 1, text)
                spread.append(text)
        _take_carried(carried, spread)
        used += len(spread)
        if row and used < room:
            table.rows.append(row)
            table.spread.append(spread)
    return used


def _take_carried(carried: dict[int, tuple[int, str]], spread: list[str]) -> None:
    while len(spread) in carried:
        left, text = carried.pop(len(spread))
        if left > 1:
            carried[len(spread)] = (left - 1, text)
        spread.append(text)


def _span(cell: HtmlElement, name: str) -> int:
    written = cell.get(name) or "1"
    return min(max(int(written), 1), 1000) if written.isascii() and written.isdigit() else 1


def _cell_text(cell: HtmlElement) -> str:
    lines = (" ".join(line.split()) for line in "".join(_texts(cell)).split("\n"))
    return "\n".join(line for line in lines if line)


def _texts(node: HtmlElement) -> list[str]:
    """The texts within a node, line breaks where the page breaks lines; scripts and styles say nothing."""
    parts = [" ".join((node.text or "").split("\n"))]
    for child in node:
        if child.tag in _BREAKS:
            parts.append("\n")
        if child.tag not in _SILENT:
            parts.extend(_texts(child))
        parts.append(" ".join((child.tail or "").split("\n")))
    return parts
