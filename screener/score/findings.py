"""From findings to numbers: exposure and confidence of each, then scores by topic and company.

docs/method.md gives every formula, rules/method.toml every parameter, and `screener explain` shows
each factor.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import mul
from typing import Final

import dataframely as dy
import duckdb
import polars as pl

from screener.files import sql
from screener.rules.load import Magnitude, Rule
from screener.rules.method import DAYS_A_MONTH, Method, check_spans, span
from screener.rules.run import kinds_read
from screener.schema.frames import Claim, CompanyScore, Finding, Knowledge, ScoredFinding, TopicScore
from screener.score.ranks import ranks

EXPOSURE: Final = reduce(mul, map(pl.col, ("severity", "involvement", "proximity", "magnitude", "recency")))
"""The exposure of a finding, from its factors."""
_WEIGHT: Final = pl.col("exposure") * pl.col("confidence")


@dataclass(frozen=True)
class Scores:
    """The scored findings, the claims that they rest on, and the scores by (company, topic) and by company.

    claims: finding_id, claim, confidence, disputed, recency, each 0-1: a finding's confidence and its recency are the
        products of those of its claims.
    """

    findings: dy.DataFrame[ScoredFinding]
    claims: pl.DataFrame
    topics: dy.DataFrame[TopicScore]
    companies: dy.DataFrame[CompanyScore]


def score(
    findings: dy.DataFrame[Finding],
    claim_rows: dy.DataFrame[Claim],
    known: dy.DataFrame[Knowledge],
    rules: Sequence[Rule],
    method: Method,
    as_of: dt.date,
) -> Scores:
    """Scores the findings of `run_rules`; `claim_rows` is from `claims`, and `known` gives the coverage as of the day.

    Raises:
        ScreenerError: the scale of a rule's amounts runs backwards.
    """
    check_spans(rules, method)
    named = _named(_strongest_paths(_factors(findings, claim_rows, rules, method).sort("finding_id")))
    scored = ScoredFinding.validate(_attributed(_counted(named)), cast=True)
    topics = _by_topic(scored).with_columns(band=band(pl.col("score"), method))
    kinds = coverage(known, rules, method, as_of)
    ranked = (
        topics.join(kinds, on=["company_id", "topic"], how="left")
        .join(ranks(scored, topics, method), on=["company_id", "topic"], how="left")
        .with_columns(
            pl.col("coverage").fill_null("thin"), pl.col("rank", "ranked", "rank_low", "rank_high").fill_null(0)
        )
    )
    companies = _overall(topics, method.overall["further_topics"]).with_columns(band=band(pl.col("score"), method))
    claims_of_named = (
        claim_rows.rename({"finding_id": "path_id"})
        .join(named.select("path_id", "finding_id"), on="path_id", maintain_order="left")
        .select("finding_id", "claim", "confidence", "disputed", "recency")
        .sort("finding_id", maintain_order=True)
    )
    return Scores(
        scored,
        claims_of_named,
        TopicScore.validate(ranked.sort("company_id", "topic"), cast=True),
        CompanyScore.validate(companies.sort(["score", "company_id"], descending=[True, False]), cast=True),
    )


def rescore(findings: pl.DataFrame, further_topics: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Topic scores (company_id, topic, score) and company scores (company_id, score), 0-100, from known factors.

    Args:
        findings: finding_id, company_id, topic, status, fact_key, dedup_anchor_id, exposure, confidence,
            attributed_usd.
        further_topics: the weight of further topics, of [overall] in method.toml.
    """
    topics = _by_topic(_counted(findings.sort("finding_id")))
    return topics.select("company_id", "topic", "score"), _overall(topics, further_topics)


def band(score: pl.Expr, method: Method) -> pl.Expr:
    """The band of a score 0-100: the highest whose lower bound it reaches, `none` below all."""
    chosen = pl.lit("none")
    for name, low in method.bands.items():
        chosen = pl.when(score >= low).then(pl.lit(name)).otherwise(chosen)
    return chosen


def claims(con: duckdb.DuckDBPyConnection) -> dy.DataFrame[Claim]:
    """The claims behind the findings of `screener.rules.run.run_rules` (see claim.sql), in order."""
    return Claim.validate(pl.DataFrame(con.sql(sql(__file__, "claim.sql"))), cast=True)


def _factors(findings: pl.DataFrame, claim_rows: pl.DataFrame, rules: Sequence[Rule], method: Method) -> pl.DataFrame:
    m = method.magnitude
    spans = pl.DataFrame(
        [(rule.id, rule.magnitude != Magnitude(), *span(rule, method)) for rule in rules],
        schema={"rule_id": pl.String, "weighs_amount": pl.Boolean, "floor_usd": pl.Float64, "ceiling_usd": pl.Float64},
        orient="row",
    )
    dollars = _on_log_scale(pl.col("amount_usd"), pl.col("floor_usd"), pl.col("ceiling_usd"), m["least"])
    part = pl.col("amount_usd") * pl.col("share").fill_null(1.0) / pl.col("revenue_usd")
    of_revenue = _on_log_scale(part, pl.lit(m["floor_revenue"]), pl.lit(m["ceiling_revenue"]), m["least"])
    products = claim_rows.group_by("finding_id", maintain_order=True).agg(
        confidence=pl.col("confidence").product(),
        recency=pl.col("recency").product(),
        stale=pl.col("stale").any() & pl.col("live").all(),
    )
    amount_known = pl.col("weighs_amount") & (pl.col("amount_usd") > 0).fill_null(False)
    return (
        findings.join(spans, on="rule_id", how="left")
        .join(products, on="finding_id", how="left")
        .with_columns(
            pl.col("confidence", "recency").fill_null(0.0),
            pl.col("stale").fill_null(False),
            magnitude_known=amount_known,
            magnitude=pl.when(amount_known).then(pl.max_horizontal(dollars, of_revenue)).otherwise(m["neutral"]),
        )
        .with_columns(exposure=EXPOSURE)
    )


def _on_log_scale(value: pl.Expr, floor: pl.Expr, ceiling: pl.Expr, least: float) -> pl.Expr:
    """`least` at or below the floor, 1 at or above the ceiling, linear in the logarithm between."""
    part = (value.log() - floor.log()) / (ceiling.log() - floor.log())
    return least + (1 - least) * part.clip(0.0, 1.0)


def _strongest_paths(findings: pl.DataFrame) -> pl.DataFrame:
    """Among equivalent findings the strongest live one, and any stronger ended one; in order of finding_id.

    An act of the company itself, or of a firm that it owns, is not repeated as its group's unless that is stronger.
    """
    ended, group = pl.col("status") == "ended", pl.col("relation") == "group"
    same = ("rule_id", "company_id", "anchor_id", "relation", "statement_key")
    live = pl.when(~ended).then(_WEIGHT).max().over(*same)
    own = pl.when(~group).then(_WEIGHT).max().over("company_id", "topic", "anchor_id")
    return (
        findings.filter(_strongest(findings, _WEIGHT, *same, ended.alias("ended")))
        .filter(~ended | (live.fill_null(-1.0) < _WEIGHT))
        .filter(~group | (own.fill_null(-1.0) < _WEIGHT))
    )


def _named(findings: pl.DataFrame) -> pl.DataFrame:
    """Sets each finding's id from its `identity`, in order of that id; the path's own id becomes `path_id`.

    Of several acts of one kind with one anchor, the earliest has the plain id, the next ends in `-2`, and so on.
    """
    order = findings.sort("identity", "act_since", pl.col("status") == "ended", "finding_id", nulls_last=True)
    number = pl.int_range(1, pl.len() + 1).over("identity")
    suffix = pl.when(number > 1).then(pl.format("-{}", number)).otherwise(pl.lit(""))
    name = pl.lit("f-") + pl.col("identity") + suffix
    return order.with_columns(path_id="finding_id", finding_id=name).sort("finding_id")


def _strongest(findings: pl.DataFrame, weight: pl.Expr, *same: str | pl.Expr) -> pl.Series:
    """Which findings, in order of finding_id, weigh most among those equal in these columns; the first of ties."""
    order = findings.select(*same, _weight=weight, _no=pl.int_range(pl.len()))
    order = order.sort("_weight", "_no", descending=[True, False], nulls_last=True)
    first = order.filter(pl.struct(pl.exclude("_weight", "_no")).is_first_distinct())["_no"]
    return findings.select(pl.int_range(pl.len()).is_in(first.implode())).to_series()


def _counted(findings: pl.DataFrame) -> pl.DataFrame:
    """Marks the findings, in order of finding_id, that enter the topic score: each fact's or each anchor's strongest.

    The lower of the two counts is used. One fact may lead to several anchors (goods from a listed entity are also goods
    from the region), and several facts to one anchor; either way they are one exposure. Another finding can only raise
    either count, and so also the lower one.
    """
    topic = ("company_id", "topic")
    fact, anchor = (_strongest(findings, _WEIGHT, *topic, side) for side in ("fact_key", "dedup_anchor_id"))
    left = [(1 - _WEIGHT).filter(pl.col(side)).product().over(*topic) for side in ("_fact", "_anchor")]
    counted = pl.when(left[0] > left[1]).then("_fact").otherwise("_anchor")
    return (
        findings.with_columns(_fact=fact, _anchor=anchor)
        .with_columns(included_in_topic_score=counted)
        .drop("_fact", "_anchor")
    )


def _attributed(findings: pl.DataFrame) -> pl.DataFrame:
    """The US dollars attributed to each finding, in order of finding_id.

    Money is attributed once per anchor: the largest part of any live tie, whether or not that tie counts.
    """
    tied = pl.col("magnitude_known") & (pl.col("status") != "ended") & (pl.col("relation") != "group")
    findings = findings.with_columns(attributed_usd=pl.when(tied).then(pl.col("amount_usd") * pl.col("share")))
    largest = _strongest(findings, pl.col("attributed_usd"), "company_id", "topic", "anchor_id")
    return findings.with_columns(attributed_usd=pl.when(largest).then("attributed_usd"))


def _by_topic(findings: pl.DataFrame) -> pl.DataFrame:
    return (
        findings.sort("finding_id")
        .group_by("company_id", "topic", maintain_order=True)
        .agg(
            score=100 * (1 - (1 - _WEIGHT.filter(pl.col("included_in_topic_score"))).product()),
            confidence=pl.col("confidence").sort_by(-_WEIGHT, "finding_id").first(),
            findings=pl.len().cast(pl.Int64),
            live=(pl.col("status") != "ended").any(),
            attributed_usd=pl.when(pl.col("attributed_usd").is_not_null().any()).then(pl.col("attributed_usd").sum()),
        )
    )


def coverage(known: pl.DataFrame, rules: Sequence[Rule], method: Method, as_of: dt.date) -> pl.DataFrame:
    """company_id, topic, coverage: `good`, `fair` or `thin`, from the known kinds of facts that the topic's rules read.

    good: at least `good_tables` kinds, the newest not older than `fresh_months`; fair: at least `fair_tables`; else
        thin.
    """
    read = pl.DataFrame(
        sorted({(rule.topic, kind) for rule in rules for kind in kinds_read(rule)}),
        schema={"topic": pl.String, "kind": pl.String},
        orient="row",
    )
    kinds = pl.len()
    days = (pl.lit(as_of) - pl.col("newest").max()).dt.total_days()
    fresh = days / DAYS_A_MONTH <= method.coverage["fresh_months"]
    return (
        known.join(read, on="kind", how="inner")
        .group_by("company_id", "topic")
        .agg(
            coverage=pl.when((kinds >= method.coverage["good_tables"]) & fresh)
            .then(pl.lit("good"))
            .when(kinds >= method.coverage["fair_tables"])
            .then(pl.lit("fair"))
            .otherwise(pl.lit("thin"))
        )
    )


def _overall(topics: pl.DataFrame, further: float) -> pl.DataFrame:
    """Overall = 100 (1 - (1 - t1) prod over further topics (1 - w t)), t1 the strongest topic score / 100.

    It equals the topic score if there is only one topic, rises with each further topic, and reaches 100 only if the
    strongest does.
    """
    part = pl.col("score") / 100
    rank = pl.struct(-pl.col("score"), "topic").rank("ordinal").over("company_id")
    left = pl.when(rank == 1).then(1 - part).otherwise(1 - further * part)
    return (
        topics.with_columns(left=left, order=rank)
        .sort("company_id", "order")
        .group_by("company_id", maintain_order=True)
        .agg(score=100 * (1 - pl.col("left").product()), confidence=pl.col("confidence").first())
    )
