"""The list of sources, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from screener.report.text import plain


def sources_page(listed: Sequence[Mapping[str, Any]], fetched: pl.DataFrame) -> RenderableType:
    """What each source gives, needs and allows, and when it was last fetched."""
    table = Table(title="Sources", title_justify="left", title_style="bold", box=None, pad_edge=False)
    for head in ("source", "last fetched", "needs", "what", "terms"):
        table.add_column(head, no_wrap=head in ("source", "last fetched"), overflow="fold")
    last = _last(fetched)
    for row in listed:
        when = last.get(row["id"])
        needs = (
            "a file (--from)"
            if row["by"] == "--from only"
            else "nothing"
            if row["key"] is None
            else f"{row['key']}" + ("" if row["key_set"] else " (not set)")
        )
        told = (
            f"{when['retrieved_at']:%Y-%m-%d}, {when['rows']:,} records" if when and when["retrieved_at"] else "never"
        )
        table.add_row(
            row["id"], told, needs, Text(plain(f"{row['title']} — {row['publisher']}")), Text(plain(row["terms"]))
        )
    refused = [
        Text(plain(f"{r['origin']}: a later snapshot was refused: {r['reason']}"))
        for r in fetched.iter_rows(named=True)
        if r["reason"]
    ]
    return Group(
        table,
        *refused,
        Text(
            "\nscreener fetch SOURCE… brings them; screener fetch SOURCE --from FILE loads a file that is here already."
        ),
    )


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
