"""The real half: English DART names as queries against all Hangul DART names, compared with RapidFuzz and logic-v2.

Two sets of queries, each skipped with a word where its file is absent:

- the three in ten pairs of ../shared/data/registry/dart_listed_sample.csv next to the checkout from which no cost was learned (by hash of
  corp_code; see `tools.names.learn.is_training`). The curve was fitted on them and their misses were read: they are no proof any more.
- the pairs of a further file of the registry's list, named by the environment variable SCREENER_BENCH_PAIRS (CSV with the columns
  corp_code, corp_name, corp_eng_name), whose corp_code is not in the sample.

The Hangul names of both files are searched; records of one Hangul name count as one, because no name distinguishes them.
`top1_without_renames` leaves out the pairs that `tests.bench.renames` calls another name, whether they were found or not, with its line drawn at
a third, two fifths and a half.

In addition, the companies of all these pairs are asked of the store of the shipped facts, in either language: it lacks most of them, and whom
it lacks it must not take for another (`auto`). A few of those counted as wrong are the same company without its corp code, or its successor.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from tests.bench.peers import logic_v2, rapidfuzz_scores
from tests.bench.renames import renamed

LINES = {"third": 1 / 3, "two_fifths": 2 / 5, "half": 1 / 2}
FURTHER = Path(os.environ["SCREENER_BENCH_PAIRS"]) if os.environ.get("SCREENER_BENCH_PAIRS") else None
SAMPLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "registry" / "dart_listed_sample.csv"


def run() -> Iterator[dict[str, Any]]:
    """For each set of queries a figure for the resolver, and one for each peer (peers score all pairs of a sample of the queries)."""
    from tools.names.learn import is_training

    files = {path: _pairs(path) for path in (SAMPLE, FURTHER) if path and path.exists()}
    for path, missing in ((SAMPLE, f"{SAMPLE} is not here"), (FURTHER, "SCREENER_BENCH_PAIRS names no file")):
        if path not in files:
            print(f"names-dart: no pairs, {missing}", file=sys.stderr)
    if not files:
        return
    names = pl.concat(files.values()).unique("corp_name", keep="first", maintain_order=True)
    sample = files.get(SAMPLE, names.clear())
    if sample.height:
        apart = pl.Series([not is_training(code) for code in sample["corp_code"].to_list()])
        yield from _measured("three in ten of the sample", sample.filter(apart), names)
    if FURTHER in files:
        yield from _measured("further pairs", files[FURTHER].join(sample, on="corp_code", how="anti"), names)
    yield from _strangers(pl.concat(files.values()).unique("corp_code", maintain_order=True))


def _strangers(pairs: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """How many names of companies that the shipped store lacks it takes for another, and how many of those that it has it finds."""
    from screener.match.match import resolve
    from screener.match.ready import ready_store
    from screener.store.build import open_store

    with tempfile.TemporaryDirectory(prefix="screener-bench-") as folder:
        store = Path(folder) / "store.duckdb"
        ready_store(str(store))
        with open_store(store) as con:
            held = [code for (code,) in con.execute("select value from identifier where scheme = 'dart'").fetchall()]
            for language, column in (("English", "corp_eng_name"), ("Korean", "corp_name")):
                asked = pairs.select("corp_code", name=column).filter(pl.col("name").str.strip_chars() != "")
                asked = asked.with_row_index("row").cast({"row": pl.Int64})
                taken = resolve(con, asked.select("row", "name"), country="KR").matches.filter(
                    pl.col("decision") == "auto"
                )
                results = asked.join(taken.select("row", "entity_id"), on="row", how="left")
                wrong = pl.col("entity_id") != pl.concat_str(pl.lit("kr-"), "corp_code")
                for which, part in (
                    ("lacks", ~pl.col("corp_code").is_in(held)),
                    ("has", pl.col("corp_code").is_in(held)),
                ):
                    some = results.filter(part)
                    yield {
                        "bench": "names-dart",
                        "size": some.height,
                        "ratio": round(float(some.select(wrong.fill_null(False).mean()).item()), 4),
                        "against": f"{language} names of companies that the shipped store {which}, taken for another",
                        "auto": round(float(some["entity_id"].is_not_null().mean() or 0.0), 4),
                        "wrong": int(some.select(wrong.fill_null(False).sum()).item()),
                    }


def _pairs(path: Path) -> pl.DataFrame:
    read = pl.read_csv(path, infer_schema=False).select("corp_code", "corp_name", "corp_eng_name")
    return read.drop_nulls("corp_name").filter(pl.col("corp_name") != "").unique("corp_code", maintain_order=True)


def _measured(which: str, pairs: pl.DataFrame, names: pl.DataFrame) -> Iterator[dict[str, Any]]:
    from screener.match.names.index import NameIndex
    from screener.match.names.search import match_names

    pairs = pairs.drop_nulls("corp_eng_name").filter(pl.col("corp_eng_name").str.strip_chars() != "")
    written = names.select(
        entity_id="corp_name", name="corp_name", kind=pl.lit("primary"), label="corp_name", country=pl.lit("KR")
    )
    asked = pairs.select(name="corp_eng_name", truth="corp_name").with_row_index("row").cast({"row": pl.Int64})
    started = time.perf_counter()
    index = NameIndex.of(written)
    matches, candidates = match_names(index, asked, "KR")
    took = time.perf_counter() - started
    first = candidates.filter(pl.col("rank") == 1).select("row", best="entity_id")
    results = (
        asked.join(first, on="row", how="left")
        .join(matches, on="row")
        .sort("row")
        .with_columns(hit=(pl.col("best") == pl.col("truth")).fill_null(False))
    )
    auto = results.filter(pl.col("decision") == "auto")
    found = int(results["hit"].sum())
    speed = asked.height * names.height / took
    without = {}
    for label, line in LINES.items():
        same = results.filter(~renamed(pairs, line))
        without[f"renames_{label}"] = results.height - same.height
        without[f"top1_without_renames_{label}"] = round(float(same["hit"].mean() or 0.0), 4)
    yield {
        "bench": "names-dart",
        "size": asked.height,
        "ratio": round(found / asked.height, 4),
        "against": f"all pairs (top-1), {which}",
        "seconds": round(took, 2),
        "top1": round(found / asked.height, 4),
        **without,
        "auto": round(auto.height / asked.height, 4),
        "auto_precision": round(float(auto["hit"].mean() or 0.0), 4),
        "names": names.height,
        "pairs_a_second": round(speed),
    }
    yield from _peers(which, asked, names["corp_name"].to_list(), speed)


def _peers(which: str, asked: pl.DataFrame, names: list[str], ours: float) -> Iterator[dict[str, Any]]:
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
            "against": f"{label} (top-1), {which}",
            "seconds": round(took, 2),
            "pairs_a_second": round(queries.height * len(names) / took),
            "ours_is_faster": round(ours * took / (queries.height * len(names))),
        }
