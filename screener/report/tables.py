"""One table for a reader, in the terminal or as Markdown; the catalogue has its headings (`columns`) and words."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Final

import polars as pl
from rich.cells import cell_len
from rich.console import Group, RenderableType
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
"""Kinds of columns: right-aligned and never cut, unbroken, folded."""


def plain_table(
    heads: Iterable[tuple[str, str]],
    rows: Iterable[Sequence[RenderableType]],
    *,
    title: str | None = None,
    header: bool = True,
) -> Table:
    """A borderless table: each column's heading with its kind, and the cells; `header` shows the headings."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, show_header=header)
    body = list(rows)
    for number, (head, kind) in enumerate(heads):
        table.add_column(
            head,
            justify="right" if kind == NUMBER else "left",
            no_wrap=kind == WORD,
            overflow="ellipsis" if kind == WORD else "fold",
            # A number that is cut is another number; its heading may break.
            min_width=max((cell_len(str(row[number])) for row in body), default=0) if kind == NUMBER else None,
        )
    for row in body:
        table.add_row(*row)
    return table


def table_page(w: Wording, frame: pl.DataFrame, shown: Sequence[str], head: Sequence[str], by: int = 0) -> Group:
    """Some lines, and below them a table's columns: numbers right-aligned, texts folded.

    The first `by` columns head groups of rows, the first in bold; each row is then one line, in which numbers and yes
    or no have the names of their columns.
    """
    parts: list[RenderableType] = [plain(line) for line in head]
    if by:
        for _, rows in frame.group_by(shown[0], maintain_order=True):
            first, *further = _cells(w, rows.head(1), shown[:by])[0]
            parts.append(Text("\n" + first, style="bold"))
            for name, cell in zip(shown[1:by], further, strict=True):
                parts.append(Text(f"  {w.label('columns', name)}: {cell}", style="dim"))
            heads = [f"{w.label('columns', name)}: " if _is_bare(frame.schema[name]) else "" for name in shown[by:]]
            lines = (zip(heads, cells, strict=True) for cells in _cells(w, rows, shown[by:]))
            parts += ["  - " + " · ".join(head + cell for head, cell in line if cell) for line in lines]
    elif frame.height:
        table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
        body = _cells(w, frame, shown)
        for number, name in enumerate(shown):
            label = w.label("columns", name)
            if frame.schema[name].is_numeric():
                # As wide as its longest number and word, which leaves most room for texts and cuts nothing.
                texts = [*label.split(), *(cells[number] for cells in body)]
                table.add_column(label, justify="right", overflow="fold", width=max(map(cell_len, texts)))
            else:
                table.add_column(label, overflow="fold")
        for cells in body:
            table.add_row(*cells)
        parts.append(table)
    return Group(*parts)


def markdown_table(w: Wording, frame: pl.DataFrame, shown: Sequence[str], head: Sequence[str]) -> str:
    """The same as Markdown; nothing in a cell can end the cell or begin markup."""
    lines = [markdown_safe(plain(line)) + "\n" for line in head]
    rows = [[w.label("columns", name) for name in shown], *_cells(w, frame, shown)]
    table = ["| " + " | ".join(markdown_safe(cell) for cell in cells) + " |" for cells in rows]
    return "\n".join([*lines, table[0], "|" + "---|" * len(shown), *table[1:]]) + "\n"


def _cells(w: Wording, frame: pl.DataFrame, shown: Sequence[str]) -> list[list[str]]:
    return [[_cell(w, name, _as_known(w, row, name)) for name in shown] for row in frame.iter_rows(named=True)]


def _is_bare(column: pl.DataType) -> bool:
    """Whether a value of the column says nothing without its heading."""
    return column.is_numeric() or column == pl.Boolean


def _as_known(w: Wording, row: dict[str, Any], name: str) -> Any:
    """The value, in Korean where the row has that too (`subject_ko`); a day as it was written (`decided_written`)."""
    value = row[name]
    if isinstance(value, dt.date):
        return w.day(row.get(name.replace("_on", "_written")) or value)
    return w.name(value, row.get(f"{name}_ko")) if isinstance(value, str) else value


def _cell(w: Wording, name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in _WORDS:
        return plain(w.label(_WORDS[name], str(value)))
    if isinstance(value, bool):
        return w("runs.yes") if value else w("runs.no")
    if isinstance(value, float):
        return w.dollars(value) if name.endswith("_usd") else w.number(round(value, 2))
    return plain(str(value))[:_LONGEST]
