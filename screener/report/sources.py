"""The list of sources, for people and for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from screener.report.serialise import dump
from screener.report.store import in_utc, refusals
from screener.report.text import plain


def sources_page(listed: Sequence[Mapping[str, Any]], fetched: pl.DataFrame) -> RenderableType:
    """What each source is, gives, needs and allows, and when it was last fetched (`snapshot_summary`)."""
    last = _last(fetched)
    blocks: list[RenderableType] = [Text(f"{'source':<18} {'last fetched':<28} needs", style="bold underline")]
    for row in listed:
        found, needs = last.get(row["id"]), row["key"] or "nothing"
        when = f"{found['retrieved_at']:%Y-%m-%d}, {found['rows']:,} records" if found else "never"
        needs = "a file (--from)" if row["by"] == "--from only" else needs + ("" if row["key_set"] else " (not set)")
        about = f"{row['title']}, {row['publisher']} · changes {row['frequency']} · {row['terms']}"
        blocks.append(Text.assemble((f"{row['id']:<18} ", "bold"), f"{when:<28} {needs}", no_wrap=True))
        blocks.append(Padding(Text(plain(about), style="dim"), (0, 0, 0, 4)))
    ready = sum(row["by"] != "--from only" and row["key_set"] for row in listed)
    foot = (
        f"\n{len(listed)} sources, {len(last)} fetched; {ready} can be fetched now (--all),"
        " the others need a key in the environment or a file."
        "\nscreener fetch SOURCE… brings them; screener fetch SOURCE --from FILE loads a file that is here already."
    )
    return Group(*blocks, *refusals(fetched), foot)


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
