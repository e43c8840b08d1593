"""The real half: English DART names as queries against all Hangul DART names, beside RapidFuzz and logic-v2.

Reads ../shared/data/registry/dart_listed_sample.csv beside the checkout and is skipped with a word where it is absent. Only the hold-out
(three in ten, by hash of corp_code; see `screener.resolve.learn.is_training`) is measured: nothing was learned from it. Records of one
Hangul name count as one, because no name can tell them apart. `top1_without_renames` leaves out the pairs that `tests.bench.renames` calls another
name, whether they were found or not.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from tests.bench.peers import logic_v2, rapidfuzz_scores
from tests.bench.renames import renamed

SAMPLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "registry" / "dart_listed_sample.csv"


def holdout(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs that nothing was learned from."""
    from screener.resolve.learn import is_training

    return pairs.filter(pl.Series([not is_training(code) for code in pairs["corp_code"].to_list()]))


def run() -> Iterator[dict[str, Any]]:
    """A figure for the resolver, one for each peer on the same queries (peers score all pairs of a sample of the queries)."""
    if not SAMPLE.exists():
        print(f"names-dart skipped: {SAMPLE} is not here", file=sys.stderr)
        return
    from screener.resolve.index import NameIndex
    from screener.resolve.search import match_names

    everyone = pl.read_csv(SAMPLE, infer_schema=False).filter(pl.col("corp_name") != "")
    pairs = holdout(everyone.drop_nulls("corp_eng_name").filter(pl.col("corp_eng_name").str.strip_chars() != ""))
    listed = everyone.unique("corp_name", keep="first", maintain_order=True)
    written = listed.select(
        entity_id="corp_name", name="corp_name", kind=pl.lit("primary"), label="corp_name", country=pl.lit("KR")
    )
    asked = pairs.select(name="corp_eng_name", truth="corp_name", renamed=renamed(pairs)).with_row_index("row")
    asked = asked.cast({"row": pl.Int64})
    started = time.perf_counter()
    index = NameIndex.of(written)
    matches, candidates = match_names(index, asked.select("row", "name"), "KR")
    took = time.perf_counter() - started
    first = candidates.filter(pl.col("rank") == 1).select("row", best="entity_id")
    told = (
        asked.join(first, on="row", how="left")
        .join(matches, on="row")
        .with_columns(hit=(pl.col("best") == pl.col("truth")).fill_null(False))
    )
    auto = told.filter(pl.col("decision") == "auto")
    same = told.filter(~pl.col("renamed"))
    found = int(told["hit"].sum())
    considered = asked.height * listed.height
    yield {
        "bench": "names-dart",
        "size": asked.height,
        "ratio": round(found / asked.height, 4),
        "against": "all hold-out pairs (top-1)",
        "seconds": round(took, 2),
        "top1": round(found / asked.height, 4),
        "renames": asked.height - same.height,
        "top1_without_renames": round(float(same["hit"].mean() or 0.0), 4),
        "auto": round(auto.height / asked.height, 4),
        "auto_precision": round(float(auto["hit"].mean() or 0.0), 4),
        "names": listed.height,
        "pairs_a_second": round(considered / took),
    }
    yield from _peers(asked, listed["corp_name"].to_list())


def _peers(asked: pl.DataFrame, names: list[str]) -> Iterator[dict[str, Any]]:
    """Top-1 of the peers over an evenly drawn sample of the same queries."""
    for label, scores, every in (("logic-v2", logic_v2(), 20), ("RapidFuzz WRatio", rapidfuzz_scores, 1)):
        if scores is None:
            yield {"bench": "names-dart", "size": 0, "ratio": None, "against": f"{label}: not installed"}
            continue
        queries = asked.gather_every(every)
        hits, started = 0, time.perf_counter()
        for name, truth in queries.select("name", "truth").iter_rows():
            row = scores([(name, other) for other in names])
            hits += names[max(range(len(row)), key=row.__getitem__)] == truth and max(row) > 0
        took = time.perf_counter() - started
        yield {
            "bench": "names-dart",
            "size": queries.height,
            "ratio": round(hits / queries.height, 4),
            "against": f"{label} (top-1 on the same hold-out)",
            "seconds": round(took, 2),
            "pairs_a_second": round(queries.height * len(names) / took),
        }
