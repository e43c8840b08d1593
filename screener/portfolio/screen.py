"""Screens a portfolio: each line matched, scored and weighted, and the portfolio's totals."""

from dataclasses import dataclass
from typing import Final

import polars as pl

from screener.match.frames import Resolution
from screener.portfolio import kinds
from screener.portfolio.reader import Portfolio
from screener.score.assess import Assessment

_ROUNDED_TO_ONE: Final = 1.005
_HELD: Final = pl.col("weight").fill_null(0.0).sum()


@dataclass(frozen=True)
class Screening:
    """A portfolio and what was found on it.

    lines: one per holding, in file order: row, name, …, weight, value, kind, entity_id, matched_by, match_score,
        decision, reason, score, band. `score` is 0 and `band` is `none` for a matched company without findings; null
        where the line was not matched.
    candidates: row, rank, entity_id, name, score, why, for lines that a person should decide.
    by_topic: topic, weight_exposed (fraction), holdings, attributed_usd, sorted by weight then topic.
    by_band: band, weight, holdings, over all matched lines.
    score: sum of weight x score over the matched lines, 0-100, never above the worst company's.
    weights: weight of the file by outcome: matched, unmatched, cash, derivative, foreign, fund,
        government_bond (fractions).
    """

    portfolio: Portfolio
    assessment: Assessment
    lines: pl.DataFrame
    candidates: pl.DataFrame
    by_topic: pl.DataFrame
    by_band: pl.DataFrame
    score: float
    weights: dict[str, float]
    weighted: bool


def screen(portfolio: Portfolio, resolution: Resolution, assessment: Assessment) -> Screening:
    """Joins what the holdings matched (`match_holdings`) to the scores; lines without a match stay."""
    matches = resolution.matches.select(
        "row", "entity_id", "matched_by", "decision", "security", "reason", match_score="score"
    )
    scores = assessment.scores.companies.select("score", "band", entity_id="company_id")
    lines = portfolio.holdings.join(matches, on="row", how="left", maintain_order="left")
    lines = lines.join(scores, on="entity_id", how="left", maintain_order="left")
    kind, matched = pl.col("kind"), pl.col("entity_id").is_not_null()
    # Foreign: another country is named, and the name means no Korean company. A fund in the store is a company.
    foreign = pl.col("foreign").is_not_null() & (pl.col("decision") == "none") & (kind == kinds.SECURITY)
    lines = lines.with_columns(
        matched=matched,
        kind=pl.when(foreign)
        .then(pl.lit("foreign"))
        .when((kind == kinds.FUND) & matched)
        .then(pl.lit(kinds.SECURITY))
        .otherwise("kind"),
        score=pl.when(matched).then(pl.col("score").fill_null(0.0)),
        band=pl.when(matched).then(pl.col("band").fill_null("none")),
    ).with_columns(
        reason=pl.when(kind == kinds.FUND)
        .then(pl.lit("a fund: its holdings must be looked through"))
        .otherwise("reason")
    )
    is_matched = pl.when("matched").then(pl.lit("matched")).otherwise(pl.lit("unmatched"))
    outcome = pl.when(kind == kinds.SECURITY).then(is_matched).otherwise("kind")
    weights = dict.fromkeys(("matched", "unmatched", "cash", "derivative", "foreign", "fund", "government_bond"), 0.0)
    weights |= dict(lines.group_by(outcome=outcome).agg(_HELD).sort("outcome").iter_rows())
    return Screening(
        portfolio=portfolio,
        assessment=assessment,
        lines=lines,
        candidates=resolution.candidates.sort("row", "rank"),
        by_topic=_by_topic(lines, assessment),
        by_band=_by_band(lines),
        score=portfolio_score(lines["weight"], lines["score"]),
        weights=weights,
        weighted=lines["weight"].is_not_null().any(),
    )


def portfolio_score(weights: pl.Series, scores: pl.Series) -> float:
    """Sum of weight x score, 0-100, never above the highest score.

    Weights that sum to more than 1 (short positions, borrowed money, lines that are repeated) are taken as
    shares of their sum.
    """
    weight, score = weights.fill_null(0.0), scores.fill_null(0.0)
    held = float(weight.sum())
    total = float((weight * score).sum()) / (held if held > _ROUNDED_TO_ONE else 1.0)
    return min(total, float(score.max() or 0.0))  # type: ignore[arg-type]


def _by_topic(lines: pl.DataFrame, assessment: Assessment) -> pl.DataFrame:
    """Exposed: the topic's band is above none and at least one finding has not ended.

    Attributed money = value of the holding / value of the company x dollars a year that the company's part of the act
    pays. The value of a holding is what the file says, in dollars or won; company values are EVIC where known, else
    market capitalisation, in the same currency: no exchange rate is needed.
    """
    topics = assessment.scores.topics.filter((pl.col("band") != "none") & pl.col("live"))
    worth = assessment.companies.select("entity_id", "value_usd", "value_krw")
    currency, value = pl.col("currency").str.to_uppercase(), pl.col("value")
    in_dollars = pl.when(currency == "USD").then(value / pl.col("value_usd"))
    part = in_dollars.when(currency == "KRW").then(value / pl.col("value_krw"))
    attributed = part.clip(0.0, 1.0) * pl.col("attributed_usd")
    return (
        lines.join(topics.select("topic", "attributed_usd", entity_id="company_id"), on="entity_id", how="inner")
        .join(worth, on="entity_id", how="left")
        .group_by("topic")
        .agg(
            weight_exposed=_HELD,
            holdings=pl.len().cast(pl.Int64),
            attributed_usd=pl.when(attributed.is_not_null().any()).then(attributed.sum()),
        )
        .sort(["weight_exposed", "holdings", "topic"], descending=[True, True, False])
    )


def _by_band(lines: pl.DataFrame) -> pl.DataFrame:
    order = pl.DataFrame({"band": ["severe", "high", "elevated", "low", "none"]})
    held = lines.filter("matched").group_by("band").agg(weight=_HELD, holdings=pl.len().cast(pl.Int64))
    return order.join(held, on="band", how="left", maintain_order="left").fill_null(0)
