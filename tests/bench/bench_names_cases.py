"""The labelled cases (`name_cases.csv`) by kind: precision, recall, top-1, compared with logic-v2 and RapidFuzz in the same run.

Each left name is searched among all right names of its kind (the same company stands under its Korean name in one kind and under its
English name in another, so kinds are not mixed), as a portfolio line is among a store's. A case counts as matched where the search
says `auto` for exactly its right name; peers match where they score 0.7 or more. Top-1 is counted on positives only.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from tests.bench.peers import logic_v2, rapidfuzz_scores

CASES = Path(__file__).with_name("name_cases.csv")
THRESHOLD = 0.7


def cases() -> pl.DataFrame:
    """row, kind, left, right, match (bool)."""
    with CASES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return (
        pl.DataFrame(rows)
        .with_row_index("row")
        .with_columns(pl.col("row").cast(pl.Int64), match=pl.col("match") == "yes")
    )


def judged(table: pl.DataFrame) -> pl.DataFrame:
    """The resolver on every case: row, said (auto for the right name), best (right name is the first candidate)."""
    return pl.concat([_judged(part) for part in table.partition_by("kind", maintain_order=True)]).sort("row")


def _judged(table: pl.DataFrame) -> pl.DataFrame:
    from screener.match.names.index import NameIndex
    from screener.match.names.prepared import comparable
    from screener.match.names.search import match_names

    # One company a distinct name: forms and case aside, names that are the same are one.
    right = comparable(table.select(name="right").unique().sort("name")).with_columns(
        entity_id=pl.coalesce("key", "name")
    )
    ids = dict(right.select("name", "entity_id").iter_rows())
    written = right.unique("entity_id", keep="first", maintain_order=True).select(
        "entity_id", "name", kind=pl.lit("primary"), label="name", country=pl.lit("KR")
    )
    matches, candidates = match_names(NameIndex.of(written), table.select("row", name="left"), None)
    first = candidates.filter(pl.col("rank") == 1).select("row", first="entity_id")
    wanted = table.select("row", wanted=pl.col("right").replace_strict(ids))
    return (
        wanted.join(matches, on="row", how="left")
        .join(first, on="row", how="left")
        .select(
            "row",
            said=((pl.col("decision") == "auto") & (pl.col("entity_id") == pl.col("wanted"))).fill_null(False),
            best=(pl.col("first") == pl.col("wanted")).fill_null(False),
        )
        .sort("row")
    )


def run() -> Iterator[dict[str, Any]]:
    """A figure for each matcher and kind, and one for all kinds together (`kind` is `all`)."""
    table = cases()
    started = time.perf_counter()
    ours = judged(table)
    took = time.perf_counter() - started
    considered = sum(part.height * part["right"].n_unique() for part in table.partition_by("kind"))
    yield from _figures("screener", table, ours["said"], ours["best"], took, considered)
    pairs = list(table.select("left", "right").iter_rows())
    for label, scores in (("logic-v2", logic_v2()), ("RapidFuzz WRatio", rapidfuzz_scores)):
        if scores is None:
            yield {"bench": "names-cases", "size": 0, "ratio": None, "against": f"{label}: not installed"}
            continue
        started = time.perf_counter()
        said = pl.Series([score >= THRESHOLD for score in scores(pairs)])
        yield from _figures(label, table, said, None, time.perf_counter() - started, len(pairs))


def _figures(
    label: str, table: pl.DataFrame, said: pl.Series, best: pl.Series | None, took: float, pairs: int
) -> Iterator[dict[str, Any]]:
    results = table.with_columns(said=said, best=said if best is None else best)
    for kind in ("all", *results["kind"].unique(maintain_order=True)):
        part = results if kind == "all" else results.filter(pl.col("kind") == kind)
        positive, claimed = int(part["match"].sum()), int(part["said"].sum())
        right = int((part["match"] & part["said"]).sum())
        yield {
            "bench": "names-cases",
            "matcher": label,
            "kind": kind,
            "size": part.height,
            "ratio": round(right / positive, 4) if positive else None,
            "against": "positives of this kind (recall)",
            "precision": round(right / claimed, 4) if claimed else None,
            "recall": round(right / positive, 4) if positive else None,
            "top1": round(int((part["match"] & part["best"]).sum()) / positive, 4)
            if positive and best is not None
            else None,
            "wrong": claimed - right,
            "seconds": round(took, 3),
            "pairs_a_second": round(pairs / took),
        }
