"""How firm a rank is: the parameters are drawn again within their ranges, and the ranks of a topic counted anew each time.

Each draw moves the severity of each rule and the weight of each involvement by up to ± `relative_range`, and raises proximity,
magnitude, recency and confidence to a power within the same range of 1, which is what a change of their decays, floors and half-lives
amounts to. The draws are seeded: the same findings give the same intervals.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from screener.rules.method import Method

Matrix = npt.NDArray[np.float64]


def rank_intervals(findings: pl.DataFrame, method: Method) -> pl.DataFrame:
    """company_id, topic, rank_low, rank_high: the ranks (1 is the most exposed) between which the given quantiles of the draws lie.

    Args:
        findings: frame of ScoredFinding.
        method: [sensitivity] gives draws, seed, relative_range and the quantiles.
    """
    schema = {"company_id": pl.String, "topic": pl.String, "rank_low": pl.Int64, "rank_high": pl.Int64}
    counted = findings.filter(pl.col("counted")).sort("topic", "company_id", "anchor_id", "finding_id")
    if counted.is_empty():
        return pl.DataFrame(schema=schema)
    s = method.sensitivity
    draws, width = int(s["draws"]), s["relative_range"]
    random = np.random.default_rng(int(s["seed"]))

    def factors(groups: pl.Series) -> Matrix:
        codes = groups.rank("dense").to_numpy().astype(np.int64) - 1
        drawn: Matrix = random.uniform(1 - width, 1 + width, (int(codes.max()) + 1, draws))
        return np.take(drawn, codes, axis=0)

    def logarithm(column: str) -> Matrix:
        with np.errstate(divide="ignore"):  # what is nothing stays nothing
            told: Matrix = np.log(counted[column].to_numpy()[:, None])
        return told * random.uniform(1 - width, 1 + width, (1, draws))

    weight = np.minimum(counted["severity"].to_numpy()[:, None] * factors(counted["rule_id"]), 1.0)
    weight *= np.minimum(counted["involvement"].to_numpy()[:, None] * factors(counted["involvement"]), 1.0)
    # Powers multiplied are one exponential of logarithms added, at a third of the time.
    raised = logarithm("proximity")
    for column in ("magnitude", "recency", "confidence"):
        raised += logarithm(column)
    weight *= np.exp(raised)
    keys = counted.select("topic", "company_id")
    starts = np.flatnonzero(keys.select(pl.struct(pl.all()).rle_id()).to_series().diff().fill_null(1).to_numpy())
    scores = 1 - np.multiply.reduceat(1 - weight, starts, axis=0)
    told = keys[starts.tolist()]
    low, high = np.zeros(len(starts), dtype=np.int64), np.zeros(len(starts), dtype=np.int64)
    for topic in told["topic"].unique(maintain_order=True):
        rows = np.flatnonzero((told["topic"] == topic).to_numpy())
        order = np.sort(scores[rows], axis=0)
        # Rank = 1 + how many are strictly above, draw by draw.
        above = np.stack(
            [len(rows) - np.searchsorted(order[:, d], scores[rows, d], side="right") for d in range(draws)], axis=1
        )
        low[rows] = 1 + np.quantile(above, s["low_quantile"], axis=1, method="lower").astype(np.int64)
        high[rows] = 1 + np.quantile(above, s["high_quantile"], axis=1, method="higher").astype(np.int64)
    return pl.DataFrame(
        {"company_id": told["company_id"], "topic": told["topic"], "rank_low": low, "rank_high": high}, schema=schema
    )
