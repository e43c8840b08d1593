"""The list of sources, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from screener.report.text import plain


_WIDE: Final = 120


def sources_page(listed: Sequence[Mapping[str, Any]], fetched: pl.DataFrame, width: int) -> RenderableType:
    """What each source gives, needs and allows, and when it was last fetched.

    Args:
        listed: the sources.
        fetched: of `screener.store.snapshots.snapshot_summary`.
        width: columns of the paper; on a narrow one each source is told in two lines.
    """
    last = _last(fetched)
    rows = [(row, _when(last.get(row["id"])), _needs(row)) for row in listed]
    table = _wide(rows) if width >= _WIDE else _narrow(rows)
    notes = [
        Text(plain(f"{r['origin']}: a later snapshot was refused: {r['reason']}"))
        for r in fetched.iter_rows(named=True)
        if r["reason"]
    ]
    ready = sum(row["by"] != "--from only" and row["key_set"] for row in listed)
    foot = Text(
        f"\n{len(listed)} sources, {fetched.drop_nulls('retrieved_at').height} fetched; {ready} can be fetched now (--all), the others need"
        " a key in the environment or a file."
        "\nscreener fetch SOURCE… brings them; screener fetch SOURCE --from FILE loads a file that is here already."
        + ("" if width >= _WIDE else "\nTerms and frequency of each: --format json, or a terminal of 120 columns.")
    )
    return Group(table, *notes, foot)


def _wide(rows: Sequence[tuple[Mapping[str, Any], str, str]]) -> Table:
    table = _table()
    for head, fixed in (
        ("source", True),
        ("last fetched", True),
        ("needs", True),
        ("what", False),
        ("changes", False),
        ("terms", False),
    ):
        table.add_column(head, no_wrap=fixed, overflow="fold")
    for row, when, needs in rows:
        told = [f"{row['title']}, {row['publisher']}", row["frequency"], row["terms"]]
        table.add_row(row["id"], when, needs, *(Text(plain(text)) for text in told))
    return table


def _narrow(rows: Sequence[tuple[Mapping[str, Any], str, str]]) -> Group:
    blocks: list[RenderableType] = [Text("Sources", style="bold")]
    for row, when, needs in rows:
        line = Text(f"{row['id']:<18} ", style="bold", no_wrap=True)
        line.append(f"{when:<28} {needs}", style="not bold")
        blocks += [line, Padding(Text(plain(f"{row['title']}, {row['publisher']}"), style="dim"), (0, 0, 0, 4))]
    return Group(*blocks)


def _table() -> Table:
    return Table(title="Sources", title_justify="left", title_style="bold", box=None, pad_edge=False)


def _when(last: Mapping[str, Any] | None) -> str:
    return f"{last['retrieved_at']:%Y-%m-%d}, {last['rows']:,} records" if last and last["retrieved_at"] else "never"


def _needs(row: Mapping[str, Any]) -> str:
    if row["by"] == "--from only":
        return "a file (--from)"
    return "nothing" if row["key"] is None else row["key"] + ("" if row["key_set"] else " (not set)")


def sources_json(listed: Sequence[Mapping[str, Any]], fetched: pl.DataFrame) -> str:
    """The list as the document `screener/sources/1`."""
    last = _last(fetched)
    told = []
    for row in listed:
        when = last.get(row["id"])
        told.append(
            {
                **row,
                "fetched": None
                if when is None or when["retrieved_at"] is None
                else {
                    "retrieved_at": when["retrieved_at"].isoformat(timespec="seconds") + "Z",
                    "published_on": str(when["published_on"]) if when["published_on"] else None,
                    "rows": when["rows"],
                    "sha256": when["sha256"],
                    "snapshots": when["snapshots"],
                },
            }
        )
    return json.dumps({"schema": "screener/sources/1", "sources": told}, ensure_ascii=False, indent=2)


def _last(fetched: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """By source; of several variants of one source, the one fetched last."""
    found: dict[str, dict[str, Any]] = {}
    for row in fetched.sort("retrieved_at", nulls_last=False).iter_rows(named=True):
        found[row["origin"].partition(":")[0]] = row
    return found
