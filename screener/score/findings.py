"""From findings to numbers: exposure and confidence of each, then scores by topic and company.

Every formula is told in docs/method.md, every parameter stands in rules/method.toml, and `screener explain` shows each factor.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import dataframely as dy
import polars as pl

from screener.rules.load import Rule
from screener.rules.method import DAYS_A_MONTH, Method, check_spans
from screener.rules.run import kinds_read
from screener.schema.frames import CompanyScore, EdgeSource, Finding, Knowledge, ScoredFinding, TopicScore
from screener.score.ranks import rank_intervals

# Edges that say the same: the claim stands as long as one does, and is denied where all are.
_STANDS: Final = (
    pl.col("live").any(),
    pl.col("disputed").all(),
    pl.col("ended_on").max(),
    pl.col("confirmed_on").max(),
)


@dataclass(frozen=True)
class Scores:
    """The scored findings, the claims that they rest on, and the scores by (company, topic) and by company.

    claims: finding_id, claim, sure, disputed, fresh, each 0-1: a finding's confidence is the product of sure, its recency that of fresh.
    """

    findings: dy.DataFrame[ScoredFinding]
    claims: pl.DataFrame
    topics: dy.DataFrame[TopicScore]
    companies: dy.DataFrame[CompanyScore]


def score(
    findings: dy.DataFrame[Finding],
    sources: dy.DataFrame[EdgeSource],
    known: dy.DataFrame[Knowledge],
    rules: Sequence[Rule],
    method: Method,
    as_of: dt.date,
) -> Scores:
    """Scores all findings.

    Args:
        findings: of `screener.rules.run.run_rules`.
        sources: of `screener.rules.run.edge_sources`.
        known: of `screener.rules.run.knowledge`; gives the coverage.
        rules: the rules that were run (their magnitude floors and ceilings).
        method: the parameters.
        as_of: the day in the world; spans are counted back from it.

    Raises:
        ScreenerError: the amounts of a rule have a scale that runs backwards.
    """
    check_spans(rules, method)
    rested = claims(findings, sources, method, as_of)
    weighed = _factors(findings.lazy(), rested.lazy(), rules, method).sort("finding_id").collect()
    named = _named(_told(weighed))
    scored = ScoredFinding.validate(_counted(named.drop("path_id")), cast=True)
    topics = _topic_scores(scored.lazy(), known.lazy(), rules, method, as_of).collect()
    topics = topics.join(rank_intervals(scored, method), on=["company_id", "topic"], how="left").with_columns(
        pl.col("rank_low", "rank_high").fill_null(0)
    )
    told = TopicScore.validate(topics.sort("company_id", "topic"), cast=True)
    companies = _company_scores(told.lazy(), method).collect()
    told_claims = (
        rested.rename({"finding_id": "path_id"})
        .join(named.select("path_id", "finding_id"), on="path_id", maintain_order="left")
        .select("finding_id", "claim", "sure", "disputed", "fresh")
        .sort("finding_id", maintain_order=True)
    )
    return Scores(scored, told_claims, told, CompanyScore.validate(companies, cast=True))


def rescore(findings: pl.DataFrame, further_topics: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Topic scores (company_id, topic, score) and company scores (company_id, score), 0-100, from findings whose factors are known.

    Args:
        findings: finding_id, company_id, topic, relation, status, fact_key, near_id, anchor_id, exposure, confidence, amount_usd, share.
        further_topics: the weight of further topics, of [overall] in method.toml.
    """
    unused = {"magnitude_known": False, "weighs_amount": False, "floor_usd": None, "ceiling_usd": None}
    ready = findings.sort("finding_id").with_columns(pl.lit(value).alias(name) for name, value in unused.items())
    topics = _by_topic(_counted(ready).lazy()).collect()
    return topics.select("company_id", "topic", "score"), _overall(topics.lazy(), further_topics).collect()


def band(score: pl.Expr, method: Method) -> pl.Expr:
    """The band of a score 0-100: the highest whose lower end it reaches, `none` below all."""
    chosen = pl.lit("none")
    for name, low in method.bands.items():
        chosen = pl.when(score >= low).then(pl.lit(name)).otherwise(chosen)
    return chosen


def claims(findings: pl.DataFrame, sources: pl.DataFrame, method: Method, as_of: dt.date) -> pl.DataFrame:
    """finding_id, claim, sure 0-1, fresh 0-1, live, stale, disputed, in order: what a path rests on; it holds only if each of its claims does.

    A claim is as sure as 1 - prod over voices of (1 - quality of the voice's best grade), less if all that say so are disputed. Sources of
    one voice count once, with their best grade. A claim holds as long as one of the edges that say so does; after the last end it fades by
    the time since then. Acts and deliveries fade with the time since they were last confirmed, too; stakes only where there is no act.
    """
    acts = pl.col("kind").is_in(["activity", "supply"])
    by_voice = sources.group_by("edge_id", "claim", "kind", "voice").agg(
        *_STANDS, doubt=1 - pl.col("grade").replace_strict(method.quality, return_dtype=pl.Float64).max()
    )
    # Claims are numbered in their order, so that what is many is sorted and grouped by whole numbers.
    by_edge = (
        _summed(by_voice, "edge_id", "claim", "kind")
        .sort("claim", "kind")
        .with_columns(claim_no=pl.struct("claim", "kind").rle_id())
        .with_columns(alone=pl.len().over("claim_no") == 1, act=acts, owns=pl.col("kind") == "ownership")
    )
    used = (
        findings.sort("finding_id")
        .select("finding_id", edge_id=pl.col("edge_ids").list.head("weighed").list.unique(maintain_order=True))
        .with_row_index("finding_no")
    )
    weighed = _weighed(by_edge, method, as_of).select(
        "edge_id", "claim_no", "alone", "act", "owns", "sure", "live", "disputed", "faded", "unseen"
    )
    edges = used.select("finding_no", "edge_id").explode("edge_id", empty_as_null=True).join(weighed, on="edge_id")
    # Nearly every claim is made by one edge, which stands as it stands whatever finding it is part of.
    several = (
        edges.filter(~pl.col("alone"))
        .select("finding_no", "edge_id", "claim_no", "act", "owns")
        .join(by_voice, on="edge_id")
        .group_by("finding_no", "claim_no", "act", "owns", "voice")
        .agg(*_STANDS, doubt=pl.col("doubt").min())
    )
    together = _weighed(_summed(several, "finding_no", "claim_no", "act", "owns"), method, as_of)
    told = pl.concat([edges.filter("alone").drop("edge_id", "alone"), together], how="diagonal")
    ages = pl.col("act") | (pl.col("owns") & pl.col("acted").is_null())
    return (
        told.join(told.filter("act").select(pl.col("finding_no").unique(), acted=True), on="finding_no", how="left")
        .with_columns(
            fresh=pl.when(~pl.col("live") | ages).then("faded").otherwise(1.0),
            stale=pl.col("live") & ages & pl.col("unseen"),
        )
        .join(used.select("finding_no", "finding_id"), on="finding_no")
        .join(by_edge.select("claim_no", "claim").unique("claim_no"), on="claim_no")
        .sort("finding_no", "claim_no")
        .select("finding_id", "claim", "sure", "fresh", "live", "stale", "disputed")
    )


def _summed(by_voice: pl.DataFrame, *parts: str) -> pl.DataFrame:
    """One row for each group of these columns: how it stands, and how sure its voices together make it."""
    # Most have one voice, which needs no product. Floating products depend on their order.
    one = pl.struct(*parts).is_unique()
    several = by_voice.filter(~one).sort("voice").group_by(*parts).agg(*_STANDS, sure=1 - pl.col("doubt").product())
    stands = [expression.meta.root_names()[0] for expression in _STANDS]
    alone = by_voice.filter(one).select(*parts, *stands, sure=1 - pl.col("doubt"))
    return pl.concat([alone, several])


def _weighed(summed: pl.DataFrame, method: Method, as_of: dt.date) -> pl.DataFrame:
    """Adds faded 0-1, by what is left since the end, or since the last confirmation, and unseen, whether that is over `stale_months` ago; takes
    off from sure what is denied.
    """
    r = method.recency
    ended = _months(pl.col("ended_on"), as_of).clip(0) / r["ended_half_life_months"]
    age = _months(pl.col("confirmed_on"), as_of)
    unseen = (age - r["unconfirmed_grace_months"]).clip(0)
    unconfirmed = (0.5 ** (unseen / r["unconfirmed_half_life_months"])).clip(r["unconfirmed_floor"], 1.0)
    return summed.with_columns(
        sure=pl.col("sure") * pl.when("disputed").then(method.confidence["disputed"]).otherwise(1.0),
        faded=pl.when(~pl.col("live")).then(0.5**ended).otherwise(unconfirmed),
        unseen=age > r["stale_months"],
    )


def _factors(findings: pl.LazyFrame, rested: pl.LazyFrame, rules: Sequence[Rule], method: Method) -> pl.LazyFrame:
    m = method.magnitude
    spans = pl.LazyFrame(
        {
            "rule_id": [rule.id for rule in rules],
            "weighs_amount": [rule.floor_usd is not None or rule.ceiling_usd is not None for rule in rules],
            "floor_usd": [rule.floor_usd or m["floor_usd"] for rule in rules],
            "ceiling_usd": [rule.ceiling_usd or m["ceiling_usd"] for rule in rules],
        },
        schema={"rule_id": pl.String, "weighs_amount": pl.Boolean, "floor_usd": pl.Float64, "ceiling_usd": pl.Float64},
    )
    dollars = _on_log_scale(pl.col("amount_usd"), pl.col("floor_usd"), pl.col("ceiling_usd"), m["least"])
    part = pl.col("amount_usd") * pl.col("share").fill_null(1.0) / pl.col("revenue_usd")
    of_revenue = _on_log_scale(part, pl.lit(m["floor_revenue"]), pl.lit(m["ceiling_revenue"]), m["least"])
    products = rested.group_by("finding_id", maintain_order=True).agg(
        confidence=pl.col("sure").product(),
        recency=pl.col("fresh").product(),
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
        .with_columns(
            exposure=pl.col("severity")
            * pl.col("involvement")
            * pl.col("proximity")
            * pl.col("magnitude")
            * pl.col("recency")
        )
    )


def _on_log_scale(value: pl.Expr, floor: pl.Expr, ceiling: pl.Expr, least: float) -> pl.Expr:
    """`least` at the floor or below, 1 at the ceiling or above, linear in the logarithm between."""
    part = (value.log() - floor.log()) / (ceiling.log() - floor.log())
    return least + (1 - least) * part.clip(0.0, 1.0)


def _months(day: pl.Expr, as_of: dt.date) -> pl.Expr:
    return (pl.lit(as_of) - day).dt.total_days() / DAYS_A_MONTH


def _told(findings: pl.DataFrame) -> pl.DataFrame:
    """Of several ways that tell the same thing the strongest live one, and an ended one where it is stronger still; in order of finding_id.

    What a company does itself, or through what it owns, is not told again as its group's, unless the group's is the stronger.
    """
    weight, ended, group = pl.col("_weight"), pl.col("status") == "ended", pl.col("relation") == "group"
    same = ("rule_id", "company_id", "anchor_id", "relation", "told_key")
    own = pl.when(~group).then(weight).max().over("company_id", "topic", "anchor_id")
    findings = findings.with_columns(_weight=pl.col("exposure") * pl.col("confidence"), _ended=ended)
    return (
        findings.filter(_strongest(findings, "_weight", *same, "_ended"))
        .filter(~ended | (weight > pl.when(~ended).then(weight).max().over(*same).fill_null(-1.0)))
        .filter(~group | (weight > own.fill_null(-1.0)))
        .drop("_weight", "_ended")
    )


def _named(findings: pl.DataFrame) -> pl.DataFrame:
    """Names the findings by what they are (`identity`), in order of that name; the path's own name becomes `path_id`.

    Of several acts of one kind with one anchor the first to begin has the plain name, the next `-2`, and so on.
    """
    order = findings.with_columns(_ended=pl.col("status") == "ended").sort(
        "identity", "act_since", "_ended", "finding_id", nulls_last=True
    )
    number = pl.int_range(1, pl.len() + 1).over("identity")
    suffix = pl.when(number > 1).then(pl.format("-{}", number)).otherwise(pl.lit(""))
    return (
        order.with_columns(path_id="finding_id", finding_id=pl.lit("f-") + pl.col("identity") + suffix)
        .drop("_ended")
        .sort("finding_id")
    )


def _strongest(findings: pl.DataFrame, weight: str, *same: str) -> pl.Series:
    """Which findings, in order of finding_id, weigh most of those alike in these columns; of several the first, where none has a weight too."""
    order = findings.select(*same, weight, no=pl.int_range(pl.len())).sort(
        weight, "no", descending=[True, False], nulls_last=True
    )
    first = order.filter(pl.struct(*same).is_first_distinct())["no"]
    return findings.select(pl.int_range(pl.len()).is_in(first.implode())).to_series()


def _counted(findings: pl.DataFrame) -> pl.DataFrame:
    """Marks the findings, in order of finding_id, that enter the topic score: the strongest of each fact or the strongest of each anchor, whichever gives less.

    The same facts may lead to several anchors (goods from a listed entity are also goods from the region), and several facts to one; either
    way they are one exposure. Both ways of counting can only rise with a finding more, and so does the lesser of the two.
    """
    weight = pl.col("exposure") * pl.col("confidence")
    topic = ("company_id", "topic")
    # Money is attributed once an anchor: the largest part of any tie that has not ended, whether or not that tie is the one that counts.
    paid = pl.when(pl.col("magnitude_known") & (pl.col("status") != "ended") & (pl.col("relation") != "group")).then(
        pl.col("amount_usd") * pl.col("share")
    )
    findings = findings.with_columns(_weight=weight, _paid=paid)
    strongest = {side: _strongest(findings, "_weight", *topic, side) for side in ("fact_key", "near_id")}
    largest = _strongest(findings, "_paid", *topic, "anchor_id")
    left = {side: (1 - weight).filter(pl.col(f"_{side}")).product().over(*topic) for side in strongest}
    return (
        findings.with_columns(_largest=largest, **{f"_{side}": first for side, first in strongest.items()})
        .with_columns(
            counted=pl.when(left["fact_key"] > left["near_id"]).then("_fact_key").otherwise("_near_id"),
            attributed_usd=pl.when("_largest").then("_paid"),
        )
        .drop("_weight", "_paid", "_largest", "_fact_key", "_near_id", "weighs_amount", "floor_usd", "ceiling_usd")
    )


def _topic_scores(
    findings: pl.LazyFrame, known: pl.LazyFrame, rules: Sequence[Rule], method: Method, as_of: dt.date
) -> pl.LazyFrame:
    topics = _by_topic(findings).with_columns(band=band(pl.col("score"), method))
    return topics.join(coverage(known, rules, method, as_of), on=["company_id", "topic"], how="left").with_columns(
        pl.col("coverage").fill_null("thin")
    )


def _by_topic(findings: pl.LazyFrame) -> pl.LazyFrame:
    weight = pl.col("exposure") * pl.col("confidence")
    return (
        findings.sort("finding_id")
        .group_by("company_id", "topic", maintain_order=True)
        .agg(
            score=100 * (1 - (1 - weight.filter(pl.col("counted"))).product()),
            confidence=pl.col("confidence").sort_by(-weight, "finding_id").first(),
            findings=pl.len().cast(pl.Int64),
            live=(pl.col("status") != "ended").any(),
            attributed_usd=pl.when(pl.col("attributed_usd").is_not_null().any()).then(pl.col("attributed_usd").sum()),
        )
    )


def coverage(known: pl.LazyFrame, rules: Sequence[Rule], method: Method, as_of: dt.date) -> pl.LazyFrame:
    """company_id, topic, coverage: `good`, `fair` or `thin`, from the kinds of facts known that the topic's rules read.

    good: at least `good_tables` kinds, the newest not older than `fresh_months`; fair: at least `fair_tables`; else thin.
    """
    read = pl.LazyFrame(
        sorted({(rule.topic, kind) for rule in rules for kind in kinds_read(rule)}),
        schema={"topic": pl.String, "kind": pl.String},
        orient="row",
    )
    kinds = pl.len()
    fresh = _months(pl.col("newest").max(), as_of) <= method.coverage["fresh_months"]
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


def _company_scores(topics: pl.LazyFrame, method: Method) -> pl.LazyFrame:
    """Overall = 100 (1 - (1 - t1) prod over further topics (1 - w t)), t1 the strongest topic score / 100.

    It equals the topic score where there is one topic only, rises with each further topic, and reaches 100 only if t1 does.
    """
    scores = _overall(topics, method.overall["further_topics"])
    return (
        scores.with_columns(band=band(pl.col("score"), method))
        .select("company_id", "score", "band", "confidence")
        .sort(["score", "company_id"], descending=[True, False])
    )


def _overall(topics: pl.LazyFrame, further: float) -> pl.LazyFrame:
    part = pl.col("score") / 100
    rank = pl.struct(-pl.col("score"), "topic").rank("ordinal").over("company_id")
    left = pl.when(rank == 1).then(1 - part).otherwise(1 - further * part)
    return (
        topics.with_columns(left=left, order=rank)
        .sort("company_id", "order")
        .group_by("company_id", maintain_order=True)
        .agg(score=100 * (1 - pl.col("left").product()), confidence=pl.col("confidence").first())
    )
