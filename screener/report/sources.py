"""The list of sources, for people and for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from screener.report.phrases import phrase
from screener.report.serialise import dump
from screener.report.store import in_utc, refusals
from screener.report.text import plain


def sources_page(listed: Sequence[Mapping[str, Any]], fetched: pl.DataFrame) -> RenderableType:
    """What each source is, gives, needs and allows, and when it was last fetched (`snapshot_summary`)."""
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
    ready = sum(row["by"] != "--from only" and row["key_set"] for row in listed)
    foot = (
        phrase(
            f"{len(listed)} sources, {len(last)} fetched; {ready} can be fetched now (--all),"
            " the others need a key in the environment or a file."
        ),
        phrase(
            "screener fetch SOURCE… brings them; screener fetch SOURCE --from FILE loads a file that is here already."
        ),
    )
    return Group(*blocks, *refusals(fetched), Text("\n" + "\n".join(foot)))


def _line(*cells: str) -> str:
    """Cells of 18 and 28 columns, and a rest; a longer one pushes the others aside."""
    padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(cells, (18, 28, 0), strict=True))
    return " ".join(padded)


def _when(last: Mapping[str, Any] | None) -> str:
    if not last:
        return phrase("never")
    return phrase(f"{last['retrieved_at']:%Y-%m-%d}, {last['rows']:,} records")


def _needs(row: Mapping[str, Any]) -> str:
    if row["by"] == "--from only":
        return phrase("a file (--from)")
    if row["key"] is None:
        return phrase("nothing")
    return str(row["key"]) if row["key_set"] else phrase(f"{row['key']} (not set)")


def sources_json(listed: Sequence[Mapping[str, Any]], fetched: pl.DataFrame) -> str:
    """The list as the document `screener/sources/1`; times are UTC."""
    shown = ("retrieved_at", "published_on", "rows", "sha256", "snapshots")
    last = {source: {name: row[name] for name in shown} for source, row in _last(in_utc(fetched)).items()}
    sources = [{**row, "fetched": last.get(row["id"])} for row in listed]
    return dump({"schema": "screener/sources/1", "sources": sources}, indent=2)


def _last(fetched: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """By source; of several variants of one source, the one fetched last."""
    rows = fetched.drop_nulls("retrieved_at").sort("retrieved_at").iter_rows(named=True)
    return {row["origin"].partition(":")[0]: row for row in rows}
