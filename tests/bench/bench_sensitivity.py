"""Rank intervals from 1,000 draws for 500 companies and 3,000 findings, compared with one scoring of the same findings."""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import polars as pl

from screener.rules.load import rule_folders
from screener.rules.method import read_method
from screener.score.findings import rescore
from screener.score.ranks import ranks

COMPANIES, FINDINGS, TOPICS, RUNS = 500, 3_000, 8, 5


def findings(count: int = FINDINGS, companies: int = COMPANIES) -> pl.DataFrame:
    """Findings with factors drawn at random, all of which count."""
    random = np.random.default_rng(20241)
    company, topic = random.integers(0, companies, count), random.integers(0, TOPICS, count)
    factors = {
        name: random.uniform(0.1, 1.0, count)
        for name in ("severity", "proximity", "magnitude", "recency", "confidence")
    }
    return pl.DataFrame(
        {
            "finding_id": [f"f-{n:06d}" for n in range(count)],
            "company_id": [f"kr-{n:08d}" for n in company],
            "topic": [f"topic-{n}" for n in topic],
            "rule_id": [f"rule-{n}" for n in random.integers(0, 100, count)],
            "anchor_id": [f"anchor-{n}" for n in random.integers(0, 300, count)],
            "involvement": random.choice([0.5, 0.8, 1.0], count),
            "included_in_topic_score": [True] * count,
            **factors,
        }
    ).with_columns(
        exposure=pl.col("severity")
        * pl.col("involvement")
        * pl.col("proximity")
        * pl.col("magnitude")
        * pl.col("recency"),
        relation=pl.lit("direct"),
        status=pl.lit("active"),
        fact_key=pl.col("finding_id"),
        dedup_anchor_id=pl.col("anchor_id"),
        amount_usd=pl.lit(None, dtype=pl.Float64),
        share=pl.lit(None, dtype=pl.Float64),
    )


def run() -> Iterator[dict[str, Any]]:
    """One figure."""
    method, given = read_method(rule_folders([])), findings()
    topics = given.group_by("company_id", "topic").agg(score=pl.col("severity").max())
    took = _median(lambda: ranks(given, topics, method))
    once = _median(lambda: rescore(given, method.overall["further_topics"]))
    tracemalloc.start()
    ranks(given, topics, method)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    yield {
        "bench": "sensitivity",
        "size": FINDINGS,
        "companies": COMPANIES,
        "draws": int(method.sensitivity["draws"]),
        "ratio": round(took / once, 1),
        "against": "one scoring of the same findings",
        "seconds": round(took, 3),
        "peak_mb": round(peak / 1e6, 1),
        "runs": RUNS,
    }


def _median(work: Callable[[], object]) -> float:
    took = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return statistics.median(took)
