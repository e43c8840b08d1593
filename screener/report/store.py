"""A store described, for people and for machines."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from screener.report.phrases import phrase
from screener.report.text import plain
from screener.store.describe import Description
from screener.store.prune import Pruned


def store_page(d: Description, path: str, fetched: pl.DataFrame, kept: tuple[int, int]) -> RenderableType:
    """Tables, files, fetched sources and lists of a store.

    Args:
        d: the description.
        path: of the store.
        fetched: of `screener.store.snapshots.snapshot_summary`.
        kept: number and bytes of the raw files.
    """
    rows = Table(
        title=phrase("Rows by table"),
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        show_header=False,
    )
    rows.add_column()
    rows.add_column(justify="right")
    for name, number in d.rows.iter_rows():
        rows.add_row(name, f"{number:,}")
    lists = Table(title=phrase("Lists"), title_justify="left", title_style="bold", box=None, pad_edge=False)
    lists.add_column(phrase("list"), no_wrap=True)
    lists.add_column(phrase("entities"), justify="right")
    lists.add_column(phrase("complete as of"), no_wrap=True)
    lists.add_column(phrase("title"), overflow="fold")
    for row in d.lists.iter_rows(named=True):
        lists.add_row(
            row["list_id"],
            str(row["entities"]),
            str(row["complete_as_of"] or phrase("not complete")),
            Text(plain(row["title"])),
        )
    facts = phrase(f"Facts as read until {d.facts_of}; {d.files.height} files; {d.rejected} rows with problems")
    head = Text("\n".join((plain(path), facts, phrase(f"inputs {d.inputs}"), "")))
    return Group(head, rows, Text(), *_fetched(fetched, kept), Text(), lists)


def _fetched(fetched: pl.DataFrame, kept: tuple[int, int]) -> list[RenderableType]:
    if not fetched.height:
        return [Text(phrase("Fetched"), style="bold"), Text(phrase("nothing; `screener fetch` lists the sources"))]
    table = Table(title=phrase("Fetched"), title_justify="left", title_style="bold", box=None, pad_edge=False)
    for head, right in (
        ("source", False),
        ("last fetched", False),
        ("published", False),
        ("records", True),
        ("snapshots", True),
        ("known from", False),
    ):
        table.add_column(phrase(head), justify="right" if right else "left", no_wrap=True)
    notes: list[RenderableType] = []
    for row in fetched.iter_rows(named=True):
        when, first = row["retrieved_at"], row["first_at"]
        cells = (
            [f"{when:%Y-%m-%d %H:%M}", str(row["published_on"] or phrase("not told")), f"{row['rows']:,}"]
            if when
            else [phrase("never"), "", ""]
        )
        table.add_row(plain(row["origin"]), *cells, f"{row['snapshots']}", f"{first:%Y-%m-%d}" if first else "")
        told = []
        if row["unexpected"]:
            told.append("fields that the program does not know: " + ", ".join(row["unexpected"]))
        if row["rejected"]:
            told.append(f"{row['rejected']:,} records could not be read")
        if row["reason"]:
            told.append(f"a later snapshot was refused: {row['reason']}")
        notes += [Text(plain(f"{row['origin']}: {phrase(text)}")) for text in told]
    return [
        table,
        *notes,
        Text(
            phrase(f"{_counted(kept[0], 'raw file', 'raw files')}, {_size(kept[1])} compressed; times are UTC"),
            style="dim",
        ),
    ]


def pruned_text(pruned: Pruned, *, dry_run: bool) -> str:
    """What was, or would be, forgotten, a line a source and one for the raw files."""
    if not pruned.sources:
        return phrase("nothing to forget")
    would = phrase("would be forgotten" if dry_run else "forgotten")
    lines = [
        f"{plain(s.origin)}: {_counted(s.snapshots, 'snapshot', 'snapshots')}, {_counted(s.rows, 'row', 'rows')}"
        f" {would}; {phrase(f'--known-at goes back to {s.known_from}')}"
        for s in pruned.sources
    ]
    return "\n".join([*lines, f"{_counted(pruned.files, 'raw file', 'raw files')}, {_size(pruned.bytes)} {would}"])


def pruned_json(pruned: Pruned, *, dry_run: bool) -> str:
    """The same as the document `screener/prune/1`."""
    sources = [
        {"source": s.origin, "snapshots": s.snapshots, "rows": s.rows, "known_from": str(s.known_from)}
        for s in pruned.sources
    ]
    document = {
        "schema": "screener/prune/1",
        "dry_run": dry_run,
        "sources": sources,
        "files": pruned.files,
        "bytes": pruned.bytes,
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _counted(number: int, one: str, many: str) -> str:
    return phrase(f"{number:,} {one if number == 1 else many}")


def _size(number: int) -> str:
    return f"{number / 1e6:,.1f} MB" if number >= 1e5 else f"{number / 1e3:,.1f} kB"


def store_json(d: Description, path: str, fetched: pl.DataFrame, kept: tuple[int, int]) -> str:
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
        "store": path,
        "fetched": [_snapshot(row) for row in fetched.iter_rows(named=True)],
        "raw_files": {"number": kept[0], "bytes": kept[1]},
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _snapshot(row: dict[str, Any]) -> dict[str, Any]:
    times = {
        name: row[name].isoformat(timespec="seconds") + "Z" if row[name] else None
        for name in ("retrieved_at", "first_at")
    }
    return row | times | {"published_on": str(row["published_on"]) if row["published_on"] else None}
