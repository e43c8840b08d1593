"""Reads the tables of an HTML page, each with the headings that stand before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

_BREAKS: Final = {"br", "p", "li", "div"}
_HEADINGS: Final = {"h1", "h2", "h3", "h4", "h5", "h6", "strong", "caption", "button", "summary", "a"}
MAX_CELLS: Final = 5_000_000


@dataclass
class HtmlTable:
    """`before`: texts of headings, bold words and links since the table before it. `links`: addresses by (row, column)."""

    before: list[str]
    rows: list[list[str]] = field(default_factory=list)
    links: dict[tuple[int, int], str] = field(default_factory=dict)

    def dicts(self) -> list[dict[str, str]]:
        """The rows after the first, by the first row's texts."""
        if not self.rows:
            return []
        head = self.rows[0]
        return [dict(zip(head, row, strict=False)) for row in self.rows[1:]]


def html_tables(text: str) -> list[HtmlTable]:
    """All tables of a page; a table within a cell counts as text of that cell."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    reader.finish()
    return [table for table in reader.tables if table.rows]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[HtmlTable] = []
        self.before: list[str] = []
        self.heading: list[str] | None = None
        self.inside = 0
        self.row: list[str] | None = None
        self.cell: list[str] | None = None
        self.silent = 0
        self.cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self.silent += 1
        elif tag == "table":
            self.inside += 1
            if self.inside == 1:
                self.tables.append(HtmlTable(self.before))
                self.before = []
        elif self.inside == 1 and tag == "tr":
            self._end_row()
            self.row = []
        elif self.inside == 1 and tag in ("td", "th"):
            self._end_cell()
            if self.row is None:
                self.row = []
            self.cell = []
        elif self.cell is not None:
            if tag in _BREAKS:
                self.cell.append("\n")
            if tag == "a" and self.row is not None:
                place = (len(self.tables[-1].rows), len(self.row))
                self.tables[-1].links.setdefault(place, dict(attrs).get("href") or "")
        elif not self.inside and tag in _HEADINGS:
            self.heading = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.silent = max(0, self.silent - 1)
        elif tag == "table" and self.inside:
            if self.inside == 1:
                self._end_row()
            self.inside -= 1
        elif self.inside == 1 and tag == "tr":
            self._end_row()
        elif self.inside == 1 and tag in ("td", "th"):
            self._end_cell()
        elif not self.inside and tag in _HEADINGS and self.heading is not None:
            if text := " ".join("".join(self.heading).split()):
                self.before.append(text)
            self.heading = None

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        if self.cell is not None:
            self.cell.append(data)
        elif self.heading is not None:
            self.heading.append(data)

    def finish(self) -> None:
        """Ends what the page left open."""
        if self.tables:
            self._end_row()

    def _end_cell(self) -> None:
        if self.cell is None or self.row is None:
            return
        lines = (" ".join(line.split()) for line in "".join(self.cell).split("\n"))
        self.row.append("\n".join(line for line in lines if line))
        self.cell = None
        self.cells += 1

    def _end_row(self) -> None:
        self._end_cell()
        if self.row and self.cells < MAX_CELLS:
            self.tables[-1].rows.append(self.row)
        self.row = None
