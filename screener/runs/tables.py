"""The tables of a run (companies, findings, evidence, …) as flat frames, for a quarter, `diff` and the Python API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import dataframely as dy
import polars as pl

from screener.portfolio.screen import Screening
from screener.schema.frames import CompanyScore, ScoredFinding, TopicScore
from screener.score.assess import Assessment
from screener.score.findings import Scores

DECIMALS: Final = 6
"""Fractions and scores are rounded to so many decimals, so that two machines write the same bytes."""


class CompanyRow(dy.Schema):
    """One (company, topic): `score` 0-100, `confidence` 0-1, `status` of the strongest finding, ranks in the topic."""

    company_id = dy.String(nullable=False)
    name = dy.String(nullable=True)
    name_ko = dy.String(nullable=True)
    stock_code = dy.String(nullable=True)
    topic = dy.String(nullable=False)
    score = dy.Float64(nullable=False)
    band = dy.String(nullable=False)
    confidence = dy.Float64(nullable=False)
    status = dy.String(nullable=False)
    coverage = dy.String(nullable=False)
    rank_low = dy.Int64(nullable=False)
    rank_high = dy.Int64(nullable=False)
    attributed_usd = dy.Float64(nullable=True)
    company_score = dy.Float64(nullable=False)
    company_band = dy.String(nullable=False)


class FindingRow(dy.Schema):
    """One finding with every factor of its exposure (docs/method.md): scores can be worked out from this table alone.

    `weight` = exposure x confidence. `counted`: whether it enters the topic score. Days are ISO texts as written in the
    facts; `ended_on` is a day.
    """

    finding_id = dy.String(nullable=False)
    company_id = dy.String(nullable=False)
    rule = dy.String(nullable=False)
    topic = dy.String(nullable=False)
    status = dy.String(nullable=False)
    since = dy.String(nullable=True)
    until = dy.String(nullable=True)
    last_confirmed_on = dy.Date(nullable=True)
    exposure = dy.Float64(nullable=False)
    confidence = dy.Float64(nullable=False)
    anchor_id = dy.String(nullable=False)
    actor_id = dy.String(nullable=False)
    near_id = dy.String(nullable=False)
    fact_key = dy.String(nullable=False)
    relation = dy.String(nullable=False)
    tier = dy.Int64(nullable=False)
    severity = dy.Float64(nullable=False)
    involvement = dy.Float64(nullable=False)
    proximity = dy.Float64(nullable=False)
    magnitude = dy.Float64(nullable=False)
    recency = dy.Float64(nullable=False)
    counted = dy.Bool(nullable=False)
    share = dy.Float64(nullable=True)
    amount_usd = dy.Float64(nullable=True)
    attributed_usd = dy.Float64(nullable=True)


class StepRow(dy.Schema):
    """One step of a finding's path, from 1 at the company; not `scored` if it only says more about an anchor."""

    finding_id = dy.String(nullable=False)
    step = dy.Int64(nullable=False)
    scored = dy.Bool(nullable=False)
    relation = dy.String(nullable=False)
    from_id = dy.String(nullable=False)
    to_id = dy.String(nullable=False)
    share = dy.Float64(nullable=True)
    amount_usd = dy.Float64(nullable=True)
    since = dy.String(nullable=True)
    until = dy.String(nullable=True)
    status = dy.String(nullable=False)
    last_confirmed_on = dy.Date(nullable=True)


class EvidenceRow(dy.Schema):
    """One source of one step of a finding's path; `independent_publisher` counts where a source repeats another."""

    finding_id = dy.String(nullable=False)
    step = dy.Int64(nullable=False)
    source_id = dy.String(nullable=False)
    publisher = dy.String(nullable=False)
    independent_publisher = dy.String(nullable=False)
    title = dy.String(nullable=False)
    url = dy.String(nullable=False)
    published_on = dy.String(nullable=False)
    grade = dy.String(nullable=False)


class AnswerRow(dy.Schema):
    """What a company said or did (`company_id` spoke), or others observed of it (`observation`), one row per source."""

    company_id = dy.String(nullable=False)
    topic = dy.String(nullable=False)
    kind = dy.String(nullable=False)
    stated_on = dy.String(nullable=False)
    summary = dy.String(nullable=False)
    summary_ko = dy.String(nullable=True)
    source_id = dy.String(nullable=False)


class HoldingRow(dy.Schema):
    """One line of a portfolio, in file order. `weight` is a fraction of the portfolio, `value` in units of `currency`.

    `company_id`, `score` 0-100 and `band` are null where the line was not matched to a company; `kind` says what it is
    then (`foreign`, `fund`, `cash`, `derivative`, `government_bond`, or a `security` that was not found), `reason` why.
    """

    row = dy.Int64(nullable=False)
    sheet = dy.String(nullable=True)
    name = dy.String(nullable=True)
    company_id = dy.String(nullable=True)
    matched_by = dy.String(nullable=True)
    match_score = dy.Float64(nullable=True)
    decision = dy.String(nullable=True)
    kind = dy.String(nullable=False)
    weight = dy.Float64(nullable=True)
    value = dy.Float64(nullable=True)
    currency = dy.String(nullable=True)
    score = dy.Float64(nullable=True)
    band = dy.String(nullable=True)
    reason = dy.String(nullable=True)


class UnmatchedRow(dy.Schema):
    """A line that was not matched to a company, and why; `candidates`: ids of possible companies, likeliest first."""

    row = dy.Int64(nullable=False)
    sheet = dy.String(nullable=True)
    name = dy.String(nullable=True)
    kind = dy.String(nullable=False)
    weight = dy.Float64(nullable=True)
    value = dy.Float64(nullable=True)
    currency = dy.String(nullable=True)
    reason = dy.String(nullable=True)
    candidates = dy.List(dy.String(nullable=False), nullable=False)


def holding_rows(screening: Screening) -> dy.DataFrame[HoldingRow]:
    """The lines of a screened portfolio."""
    lines = screening.lines.rename({"entity_id": "company_id"}).select(HoldingRow.column_names())
    return HoldingRow.validate(lines.with_columns(pl.col(pl.Float64).round(8)), cast=True)


def unmatched_rows(screening: Screening) -> dy.DataFrame[UnmatchedRow]:
    """The lines that were not matched, each with its candidates."""
    proposed = screening.candidates.group_by("row", maintain_order=True).agg(candidates="entity_id")
    lost = holding_rows(screening).filter(pl.col("company_id").is_null())
    lines = lost.join(proposed, on="row", how="left", maintain_order="left").with_columns(
        pl.col("candidates").fill_null([])
    )
    return UnmatchedRow.validate(lines.select(UnmatchedRow.column_names()), cast=True)


def run_tables(assessment: Assessment, company_ids: Sequence[str] | None = None) -> dict[str, pl.DataFrame]:
    """`companies`, `findings`, `steps`, `evidence` and `answers` of an assessment, validated and in a fixed order.

    With `company_ids` only what concerns these companies.
    """
    if company_ids is not None:
        assessment = replace(assessment, scores=_only(assessment.scores, company_ids))
    scores = assessment.scores
    findings = _findings(assessment)
    weight = pl.col("exposure") * pl.col("confidence")
    lead = findings.sort(weight, "finding_id", descending=[True, False]).unique(
        ["company_id", "topic"], keep="first", maintain_order=True
    )
    whole = scores.companies.select("company_id", company_score="score", company_band="band")
    names = assessment.companies.select("name", "name_ko", "stock_code", company_id="entity_id")
    companies = (
        scores.topics.join(lead.select("company_id", "topic", "status"), on=["company_id", "topic"], how="left")
        .join(whole, on="company_id", how="left")
        .join(names, on="company_id", how="left")
        .sort("company_id", "topic")
    )
    return {
        "companies": CompanyRow.validate(_rounded(companies.select(CompanyRow.column_names())), cast=True),
        "findings": FindingRow.validate(_rounded(findings), cast=True),
        "steps": StepRow.validate(_rounded(_steps(assessment)), cast=True),
        "evidence": EvidenceRow.validate(_evidence(assessment), cast=True),
        "answers": AnswerRow.validate(_answers(assessment), cast=True),
    }


def _only(scores: Scores, company_ids: Sequence[str]) -> Scores:
    asked = pl.col("company_id").is_in(list(company_ids))
    return replace(
        scores,
        findings=ScoredFinding.cast(scores.findings.filter(asked)),
        topics=TopicScore.cast(scores.topics.filter(asked)),
        companies=CompanyScore.cast(scores.companies.filter(asked)),
    )


def _findings(assessment: Assessment) -> pl.DataFrame:
    acts = assessment.edges.select("edge_id", "since")
    first = assessment.scores.findings.select(
        "finding_id", edge_id=pl.col("edge_ids").list.head(pl.col("weighed")).list.first()
    )
    return (
        assessment.scores.findings.join(first.join(acts, on="edge_id", how="left"), on="finding_id", how="left")
        .rename({"rule_id": "rule", "confirmed_on": "last_confirmed_on"})
        .select(FindingRow.column_names())
        .sort("finding_id")
    )


def _steps(assessment: Assessment) -> pl.DataFrame:
    return (
        _numbered(assessment)
        .with_columns(scored=pl.col("step") <= pl.col("weighed"))
        .join(assessment.edges.rename({"confirmed_on": "last_confirmed_on"}), on="edge_id")
        .select(StepRow.column_names())
        .sort("finding_id", "step")
    )


def _evidence(assessment: Assessment) -> pl.DataFrame:
    return (
        _numbered(assessment)
        .join(assessment.evidence.filter(pl.col("edge_id").is_not_null()), on="edge_id")
        .with_columns(published_on=pl.col("published_written"), independent_publisher=pl.col("voice"))
        .select(EvidenceRow.column_names())
        .unique()
        .sort("finding_id", "step", "source_id")
    )


def _numbered(assessment: Assessment) -> pl.DataFrame:
    """finding_id, weighed, edge_id, step: the edges of every finding, numbered from the company."""
    return assessment.scores.findings.select(
        "finding_id", "weighed", edge_id="edge_ids", step=pl.int_ranges(1, pl.col("edge_ids").list.len() + 1)
    ).explode("edge_id", "step")


def _answers(assessment: Assessment) -> pl.DataFrame:
    named = set(assessment.scores.findings["company_id"]) | set(assessment.scores.findings["actor_id"])
    said = assessment.responses.filter(pl.col("entity_id").is_in(sorted(named))).explode("source_ids")
    said = said.with_columns(company_id="entity_id", stated_on="stated_written", source_id="source_ids")
    return said.select(AnswerRow.column_names()).unique().sort(AnswerRow.column_names())


def _rounded(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(pl.Float64).round(DECIMALS))
