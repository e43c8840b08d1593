"""One table for a reader, in the terminal or as Markdown; the catalogue has its headings (`columns`) and words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Final

import polars as pl
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from screener.report.text import markdown_safe, plain
from screener.report.wording import Wording

# Columns whose values are words of the data, with the section of the catalogue that translates them.
_WORDS: Final = {
    **{"topic": "topics", "band": "bands", "status": "statuses", "decision": "decisions", "cause": "causes"},
    "miss": "misses",
}
_LONGEST: Final = 300


NUMBER, WORD, TEXT = "number", "word", "text"
"""Kinds of columns: to the right, unbroken, folded."""


def plain_table(
    heads: Iterable[tuple[str, str]],
    rows: Iterable[Sequence[RenderableType]],
    *,
    title: str | None = None,
    header: bool = True,
) -> Table:
    """A table without lines: each column's heading with its kind, and the cells; `header` shows the headings."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, show_header=header)
    for head, kind in heads:
        table.add_column(
            head,
            justify="right" if kind == NUMBER else "left",
            no_wrap=kind != TEXT,
            overflow="fold" if kind == TEXT else "ellipsis",
        )
    for row in rows:
        table.add_row(*row)
    return table


def print_table(out: Console, w: Wording, frame: pl.DataFrame, shown: Sequence[str], head: Sequence[str]) -> None:
    """Prints the columns of a table below some lines; numbers to the right, texts folded."""
    for line in head:
        out.print(Text(plain(line)))
    if not frame.height:
        return
    table = Table(box=None, padding=(0, 1), header_style="bold")
    for name in shown:
        numeric = frame.schema[name].is_numeric()
        table.add_column(w.label("columns", name), justify="right" if numeric else "left", overflow="fold")
    for row in frame.select(shown).iter_rows(named=True):
        table.add_row(*(Text(_cell(w, name, value)) for name, value in row.items()))
    out.print(table)


def print_grouped(
    out: Console, w: Wording, frame: pl.DataFrame, by: Sequence[str], shown: Sequence[str], head: Sequence[str]
) -> None:
    """Prints rows below their group's heading: the first column of `by` in bold, then the others; one line per row."""
    for line in head:
        out.print(Text(plain(line)))
    for _, rows in frame.group_by(by[0], maintain_order=True):
        first = rows.row(0, named=True)
        out.print()
        out.print(Text(_cell(w, by[0], first[by[0]]), style="bold"))
        for name in by[1:]:
            out.print(Text(f"  {w.label('columns', name)}: {_cell(w, name, first[name])}", style="dim"))
        for row in rows.select(shown).iter_rows(named=True):
            cells = [cell for name, value in row.items() if (cell := _cell(w, name, value))]
            out.print(Text("  - " + " · ".join(cells)))


def markdown_table(w: Wording, frame: pl.DataFrame, shown: Sequence[str], head: Sequence[str]) -> str:
    """The same as Markdown; nothing in a cell can end the cell or begin markup."""
    lines = [markdown_safe(plain(line)) + "\n" for line in head]
    lines.append("| " + " | ".join(markdown_safe(w.label("columns", name)) for name in shown) + " |")
    lines.append("|" + "---|" * len(shown))
    lines += [
        "| " + " | ".join(markdown_safe(_cell(w, name, value)) for name, value in row.items()) + " |"
        for row in frame.select(shown).iter_rows(named=True)
    ]
    return "\n".join(lines) + "\n"


def _cell(w: Wording, name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in _WORDS:
        return plain(w.label(_WORDS[name], str(value)))
    if isinstance(value, bool):
        return w("runs.yes") if value else w("runs.no")
    if isinstance(value, float):
        return w.dollars(value) if name.endswith("_usd") else w.number(round(value, 2))
    if isinstance(value, dt.date):
        return w.day(value)
    return plain(str(value))[:_LONGEST]
