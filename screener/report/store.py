"""A store described, for people and for machines."""

from __future__ import annotations

import json

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from screener.report.text import plain
from screener.store.describe import Description


def store_page(d: Description) -> RenderableType:
    """Tables, files and lists of a store."""
    rows = Table(
        title="Rows by table", title_justify="left", title_style="bold", box=None, pad_edge=False, show_header=False
    )
    rows.add_column()
    rows.add_column(justify="right")
    for name, number in d.rows.iter_rows():
        rows.add_row(name, f"{number:,}")
    lists = Table(title="Lists", title_justify="left", title_style="bold", box=None, pad_edge=False)
    lists.add_column("list", no_wrap=True)
    lists.add_column("entities", justify="right")
    lists.add_column("complete as of", no_wrap=True)
    lists.add_column("title", overflow="fold")
    for row in d.lists.iter_rows(named=True):
        lists.add_row(
            row["list_id"],
            str(row["entities"]),
            str(row["complete_as_of"] or "not complete"),
            Text(plain(row["title"])),
        )
    head = Text(
        f"Facts as read until {d.facts_of}; {d.files.height} files; {d.rejected} rows with problems\ninputs {d.inputs}\n"
    )
    return Group(head, rows, Text(), lists)


def store_json(d: Description) -> str:
    """The description as the document `screener/store/1`."""
    document = {
        "schema": "screener/store/1",
        "facts_of": d.facts_of,
        "inputs": d.inputs,
        "rows": dict(d.rows.iter_rows()),
        "rejected": d.rejected,
        "lists": [
            row | {"complete_as_of": str(row["complete_as_of"]) if row["complete_as_of"] else None}
            for row in d.lists.iter_rows(named=True)
        ],
        "files": d.files.to_dicts(),
    }
    return json.dumps(document, ensure_ascii=False, indent=2)
