"""The list of sources, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from screener.report.phrases import phrase
from screener.report.text import plain


def sources_page(listed: Sequence[Mapping[str, Any]], fetched: pl.DataFrame) -> RenderableType:
    """What each source is, gives, needs and allows, and when it was last fetched, below a line to find it by.

    Args:
        listed: the sources.
        fetched: of `screener.store.snapshots.snapshot_summary`.
    """
    last = _last(fetched)
    blocks: list[RenderableType] = [
        Text(_line(*map(phrase, ("source", "last fetched", "needs"))), style="bold underline")
    ]
    for row in listed:
        line = Text(_line(row["id"], _when(last.get(row["id"])), _needs(row)), no_wrap=True)
        line.stylize("bold", 0, 19)
        changes = phrase(f"changes {row['frequency']}")
        about = f"{row['title']}, {row['publisher']} · {changes} · {row['terms']}"
        blocks += [line, Padding(Text(plain(about), style="dim"), (0, 0, 0, 4))]
    notes = [
        Text(plain(f"{r['origin']}: " + phrase(f"a later snapshot was refused: {r['reason']}")))
        for r in fetched.iter_rows(named=True)
        if r["reason"]
    ]
    ready = sum(row["by"] != "--from only" and row["key_set"] for row in listed)
    done = len({origin.partition(":")[0] for origin in fetched.drop_nulls("retrieved_at")["origin"]})
    foot = (
        phrase(
            f"{len(listed)} sources, {done} fetched; {ready} can be fetched now (--all),"
            " the others need a key in the environment or a file."
        ),
        phrase(
            "screener fetch SOURCE… brings them; screener fetch SOURCE --from FILE loads a file that is here already."
        ),
    )
    return Group(*blocks, *notes, Text("\n" + "\n".join(foot)))


def _line(*cells: str) -> str:
    """Cells of 18 and 28 columns, and a rest; a longer one pushes the others aside."""
    padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(cells, (18, 28, 0), strict=True))
    return " ".join(padded)


def _when(last: Mapping[str, Any] | None) -> str:
    if not last or not last["retrieved_at"]:
        return phrase("never")
    return phrase(f"{last['retrieved_at']:%Y-%m-%d}, {last['rows']:,} records")


def _needs(row: Mapping[str, Any]) -> str:
    if row["by"] == "--from only":
        return phrase("a file (--from)")
    if row["key"] is None:
        return phrase("nothing")
    return str(row["key"]) if row["key_set"] else phrase(f"{row['key']} (not set)")


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
