"""The tables of an HTML page, each with the headings before it."""

from dataclasses import dataclass
from typing import Final

from lxml import etree, html

_BREAKS: Final = ("br", "p", "li", "div")
_HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6", "strong", "caption", "button", "summary", "a")
MAX_CELLS: Final = 5_000_000


@dataclass(frozen=True)
class HtmlTable:
    """An outermost table, except frames of one cell; a table in a cell is text of that cell.

    before: texts of headings, bold words and links since the table before it. rows: a cell that spans rows or
    columns is in each of them.
    """

    before: list[str]
    rows: list[list[str]]


def html_tables(text: str) -> list[HtmlTable]:
    """All tables of a page that have rows; nothing outside the page is loaded."""
    # Without `huge_tree` the parser itself bounds how deep a page may be nested.
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        page = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return []
    etree.strip_elements(page, "script", "style", with_tail=False)
    for node in page.iter():
        # Lines end where the page shows a break, not where its source has one.
        node.text, node.tail = ((part or "").replace("\n", " ") for part in (node.text, node.tail))
        if node.tag in _BREAKS:
            node.text = "\n" + node.text
    tables: list[HtmlTable] = []
    before: list[str] = []
    cells = 0
    for node in page.iter("table", *_HEADINGS):
        if (node.tag == "table" and _lays_out(node)) or not all(map(_lays_out, node.iterancestors("table"))):
            continue
        if node.tag != "table":
            before.append(" ".join(node.text_content().split()))
            continue
        rows = _rows(node, MAX_CELLS - cells)
        cells += sum(map(len, rows))
        tables.append(HtmlTable([said for said in before if said], rows))
        before = []
    return [table for table in tables if table.rows]


def _lays_out(table: html.HtmlElement) -> bool:
    """Whether a table is but a frame around others: its only cell holds them."""
    cells = [cell for cell in table.iter("td", "th") if next(cell.iterancestors("table")) is table]
    return len(cells) == 1 and next(cells[0].iter("table"), None) is not None


def _rows(table: html.HtmlElement, most: int) -> list[list[str]]:
    """The rows of a table, without those of tables inside it, up to `most` cells."""
    lines = [line for line in table.iter("tr") if next(line.iterancestors("table")) is table]
    grid: list[dict[int, str]] = [{} for _ in lines]
    rows: list[list[str]] = []
    for number, line in enumerate(lines):
        place = 0
        for cell in line.iterchildren("td", "th"):
            text = "\n".join(shown for part in cell.text_content().split("\n") if (shown := " ".join(part.split())))
            while place in grid[number]:
                place += 1
            wide, spanned = _span(cell, "colspan"), grid[number : number + _span(cell, "rowspan")]
            most -= wide * len(spanned)
            if most < 0:
                return rows
            for filled in spanned:
                filled |= dict.fromkeys(range(place, place + wide), text)
            place += wide
        if place:
            rows.append([grid[number].get(column, "") for column in range(max(grid[number]) + 1)])
        grid[number] = {}
    return rows


def _span(cell: html.HtmlElement, name: str) -> int:
    written = cell.get(name) or "1"
    return min(max(int(written), 1), 1000) if written.isascii() and written.isdigit() else 1
