"""Measures how robust ranks are: parameters are redrawn within their ranges, and a topic's ranks computed each time.

Each draw moves the severity of each rule and the weight of each involvement by up to ± `relative_range`. It raises
proximity, magnitude, recency and confidence to a power within the same range of 1, which is equivalent to a change of
their decays, floors and half-lives. The draws are seeded: the same findings give the same intervals.
"""

import math
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from screener.rules.method import Method

Matrix = npt.NDArray[np.float64]
_AT_ONCE: Final = 50
_KEYS: Final = ["company_id", "topic"]


def ranks(findings: pl.DataFrame, topics: pl.DataFrame, method: Method) -> pl.DataFrame:
    """company_id, topic, rank (1 is the most exposed), ranked (how many have one), interval rank_low to rank_high.

    A company is ranked if it has a score and a finding of its own: mere affiliates of acting companies are unranked.

    Args:
        findings: frame of ScoredFinding.
        topics: company_id, topic, score.
        method: [sensitivity] gives draws, seed, relative_range and the quantiles.
    """
    own = findings.filter(pl.col("relation") != "group").select(_KEYS).unique()
    named = topics.filter(pl.col("score") > 0).join(own, on=_KEYS, how="semi")
    return named.select(
        *_KEYS,
        rank=pl.col("score").rank("min", descending=True).over("topic").cast(pl.Int64),
        ranked=pl.len().over("topic").cast(pl.Int64),
    ).join(_intervals(findings.join(named, on=_KEYS, how="semi"), method), on=_KEYS, how="left")


def _intervals(findings: pl.DataFrame, method: Method) -> pl.DataFrame:
    """The ranks at the given quantiles of the draws."""
    schema = {"company_id": pl.String, "topic": pl.String, "rank_low": pl.Int64, "rank_high": pl.Int64}
    counted = findings.filter(pl.col("included_in_topic_score")).sort("topic", "company_id", "anchor_id", "finding_id")
    if counted.is_empty():
        return pl.DataFrame(schema=schema)
    s = method.sensitivity
    draws, width = int(s["draws"]), s["relative_range"]
    random = np.random.default_rng(int(s["seed"]))

    def drawn(many: int) -> Matrix:
        return random.uniform(1 - width, 1 + width, (many, draws))

    def values(column: str) -> Matrix:
        return counted[column].to_numpy()[:, None]

    rule, kind = (counted[c].rank("dense").to_numpy().astype(np.int64) - 1 for c in ("rule_id", "involvement"))
    by_rule, by_kind = drawn(int(rule.max()) + 1), drawn(int(kind.max()) + 1)
    severity, involvement = values("severity"), values("involvement")
    with np.errstate(divide="ignore"):  # zero stays zero
        logarithms = [(np.log(values(c)), drawn(1)) for c in ("proximity", "magnitude", "recency", "confidence")]
    keys = counted.select("topic", "company_id")
    starts = np.flatnonzero(keys.select(pl.struct(pl.all()).rle_id()).to_series().diff().fill_null(1).to_numpy())
    scores = np.empty((len(starts), draws))
    # A few companies at a time: numbers in the processor's cache take a third of the time.
    for first in range(0, len(starts), _AT_ONCE):
        some = starts[first : first + _AT_ONCE]
        after = int(starts[first + _AT_ONCE]) if first + _AT_ONCE < len(starts) else counted.height
        part = slice(int(some[0]), after)
        weight = np.minimum(severity[part] * by_rule[rule[part]], 1.0)
        weight *= np.minimum(involvement[part] * by_kind[kind[part]], 1.0)
        # One exponential of summed logarithms takes a third of the time of a product of powers.
        raised = sum(logarithm[part] * power for logarithm, power in logarithms)
        weight *= np.exp(raised)
        scores[first : first + _AT_ONCE] = 1 - np.multiply.reduceat(1 - weight, some - some[0], axis=0)
    ranked = keys[starts.tolist()]
    # The quantiles of a rank over the draws: of whole numbers, so one of them, the more cautious.
    at = [math.floor(s["low_quantile"] * (draws - 1)), math.ceil(s["high_quantile"] * (draws - 1))]
    interval = np.zeros((len(starts), 2), dtype=np.int64)
    for topic in ranked["topic"].unique(maintain_order=True):
        rows = np.flatnonzero((ranked["topic"] == topic).to_numpy())
        interval[rows] = 1 + np.sort(_above(scores[rows]), axis=1)[:, at]
    return pl.DataFrame(
        {
            "company_id": ranked["company_id"],
            "topic": ranked["topic"],
            "rank_low": interval[:, 0],
            "rank_high": interval[:, 1],
        },
        schema=schema,
    )


def _above(scores: Matrix) -> npt.NDArray[np.int32]:
    """How many rows have a higher score, for each row and draw.

    A score and its row are sorted as one integer, in a third of the time of two: numbers from 0 sort as their bits do,
    and the low bits make room for the row. Scores equal but for those, a part in 10^10 at most, count as equal.
    """
    rows = len(scores)
    bits = rows.bit_length()
    above = np.empty(scores.shape, dtype=np.int32)
    for first in range(0, scores.shape[1], _AT_ONCE):
        draws = np.ascontiguousarray(scores[:, first : first + _AT_ONCE].T).view(np.int64) >> bits << bits
        draws |= np.arange(rows)
        draws.sort(axis=1)
        score = draws >> bits
        # The last of equal scores tells how many are above each of them.
        last = np.where(np.diff(score, axis=1, append=-1) == 0, rows, np.arange(rows))
        last = np.minimum.accumulate(last[:, ::-1], axis=1)[:, ::-1]
        np.put_along_axis(above[:, first : first + _AT_ONCE].T, draws & (1 << bits) - 1, rows - 1 - last, axis=1)
    return above
