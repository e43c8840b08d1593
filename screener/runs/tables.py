"""The tables of a run (companies, findings, evidence, …) as flat frames, for a quarter, `diff` and the Python API."""

from collections.abc import Sequence
from typing import Final

import dataframely as dy
import polars as pl

from screener.portfolio.screen import Screening
from screener.schema.frames import of
from screener.score.assess import Assessment

DECIMALS: Final = 6
"""Decimals of fractions and scores, rounded so that two machines write the same bytes."""


class CompanyRow(dy.Schema):
    """One (company, topic): `score` 0-100, `confidence` 0-1, ranks in the topic (0 in a `group`: an affiliate acts).

    `status`, `stale` (unconfirmed for long), `end_planned` (no source says that it came): of the strongest finding that
    has not ended, of the strongest if all have.
    """

    company_id = dy.String(nullable=False)
    name, name_ko, stock_code = of(dy.String, 3, nullable=True)
    topic = dy.String(nullable=False)
    score = dy.Float64(nullable=False)
    band = dy.String(nullable=False)
    confidence = dy.Float64(nullable=False)
    status, coverage = of(dy.String, 2)
    rank_low, rank_high = of(dy.Int64, 2)
    attributed_usd = dy.Float64(nullable=True)
    company_score = dy.Float64(nullable=False)
    company_band = dy.String(nullable=False)
    stale, group, end_planned = of(dy.Bool, 3)


class FindingRow(dy.Schema):
    """One finding with every factor of its exposure (docs/method.md): scores can be computed from this table alone.

    `weight` = exposure x confidence. `included_in_topic_score`: of findings of one fact or anchor only the strongest
    is. Days are ISO texts as written in the facts. A finding that has `ended` was only to end by then if `end_planned`:
    no source says that it did.
    """

    finding_id, company_id, rule, topic, status = of(dy.String, 5)
    since, until, last_confirmed_on = of(dy.String, 3, nullable=True)
    exposure, confidence = of(dy.Float64, 2)
    anchor_id, actor_id, dedup_anchor_id, fact_key, relation = of(dy.String, 5)
    tier = dy.Int64(nullable=False)
    severity, involvement, proximity, magnitude, recency = of(dy.Float64, 5)
    included_in_topic_score = dy.Bool(nullable=False)
    share, amount_usd, attributed_usd = of(dy.Float64, 3, nullable=True)
    end_planned = dy.Bool(nullable=False)


class StepRow(dy.Schema):
    """One step of a finding's path, from 1 at the company; not `scored` if it only says more about an anchor."""

    finding_id = dy.String(nullable=False)
    step = dy.Int64(nullable=False)
    scored = dy.Bool(nullable=False)
    relation, from_id, to_id = of(dy.String, 3)
    share, amount_usd = of(dy.Float64, 2, nullable=True)
    since, until = of(dy.String, 2, nullable=True)
    status = dy.String(nullable=False)
    last_confirmed_on = dy.String(nullable=True)
    end_planned = dy.Bool(nullable=False)


class EvidenceRow(dy.Schema):
    """A source of a step of a path or of its end alone (`ends`); `independent_publisher` counts, whoever it repeats."""

    finding_id = dy.String(nullable=False)
    step = dy.Int64(nullable=False)
    source_id, publisher, independent_publisher, title, url, published_on, grade = of(dy.String, 7)
    ends = dy.Bool(nullable=False)


class AnswerRow(dy.Schema):
    """What a company said or did (`company_id` spoke), or others observed of it (`observation`), one row per source."""

    company_id, topic, kind, stated_on, summary = of(dy.String, 5)
    summary_ko = dy.String(nullable=True)
    source_id = dy.String(nullable=False)


TABLES: Final[dict[str, type[dy.Schema]]] = {
    "companies": CompanyRow,
    "findings": FindingRow,
    "steps": StepRow,
    "evidence": EvidenceRow,
    "answers": AnswerRow,
}


class HoldingRow(dy.Schema):
    """One line of a portfolio, in file order. `weight` is a fraction of the portfolio, `value` in units of `currency`.

    `company_id`, `score` 0-100 and `band` are null where the line was not matched to a company; `kind` then says what
    it is (`foreign`, `fund`, `cash`, `derivative`, `government_bond`, or a `security` not found), `reason` why.
    """

    row = dy.Int64(nullable=False)
    sheet, name, company_id, matched_by = of(dy.String, 4, nullable=True)
    match_score = dy.Float64(nullable=True)
    decision = dy.String(nullable=True)
    kind = dy.String(nullable=False)
    weight, value = of(dy.Float64, 2, nullable=True)
    currency = dy.String(nullable=True)
    score = dy.Float64(nullable=True)
    band, reason = of(dy.String, 2, nullable=True)


class UnmatchedRow(dy.Schema):
    """A line that was not matched to a company, and why; `candidates`: ids of possible companies, likeliest first."""

    row = dy.Int64(nullable=False)
    sheet, name = of(dy.String, 2, nullable=True)
    kind = dy.String(nullable=False)
    weight, value = of(dy.Float64, 2, nullable=True)
    currency, reason = of(dy.String, 2, nullable=True)
    candidates = dy.List(dy.String(nullable=False), nullable=False)


def holding_rows(screening: Screening) -> dy.DataFrame[HoldingRow]:
    """The lines of a screened portfolio."""
    lines = screening.lines.rename({"entity_id": "company_id"}).select(HoldingRow.column_names())
    return HoldingRow.validate(lines.with_columns(pl.col(pl.Float64).round(8)), cast=True)


def unmatched_rows(screening: Screening) -> dy.DataFrame[UnmatchedRow]:
    """The lines that were not matched, each with its candidates."""
    proposed = screening.candidates.group_by("row", maintain_order=True).agg(candidates="entity_id")
    lost = holding_rows(screening).filter(pl.col("company_id").is_null())
    lines = lost.join(proposed, on="row", how="left", maintain_order="left")
    lines = lines.with_columns(pl.col("candidates").fill_null([])).select(UnmatchedRow.column_names())
    return UnmatchedRow.validate(lines, cast=True)


def run_tables(assessment: Assessment, company_ids: Sequence[str] | None = None) -> dict[str, pl.DataFrame]:
    """`companies`, `findings`, `steps`, `evidence` and `answers` of an assessment, validated and in a fixed order.

    With `company_ids`, only rows on these companies.
    """
    asked = pl.lit(True) if company_ids is None else pl.col("company_id").is_in(list(company_ids))
    scores, edges = assessment.scores, assessment.edges.rename({"confirmed_written": "last_confirmed_on"})
    found = scores.findings.filter(asked).rename({"rule_id": "rule", "confirmed_written": "last_confirmed_on"})
    weight, rounded = pl.col("exposure") * pl.col("confidence"), pl.col(pl.Float64).round(DECIMALS)
    by_strength = found.sort(pl.col("status") == "ended", -weight, "finding_id")
    strongest = by_strength.group_by("company_id", "topic", maintain_order=True).agg(
        pl.col("status", "stale", "end_planned").first(), group=(pl.col("relation") == "group").all()
    )
    companies = (
        scores.topics.filter(asked)
        .join(strongest, on=["company_id", "topic"], how="left")
        .join(scores.companies.select("company_id", company_score="score", company_band="band"), on="company_id")
        .join(assessment.companies.rename({"entity_id": "company_id"}), on="company_id", how="left")
    )
    first = found.select("finding_id", edge_id=pl.col("edge_ids").list.head(pl.col("scored_prefix")).list.first())
    since = first.join(edges.select("edge_id", "since"), on="edge_id", how="left")
    numbers = pl.int_ranges(1, pl.col("edge_ids").list.len() + 1)
    steps = found.select("finding_id", "scored_prefix", edge_id="edge_ids", step=numbers).explode("edge_id", "step")
    evidence = steps.join(assessment.evidence.filter(pl.col("edge_id").is_not_null()), on="edge_id")
    named = sorted({*found["company_id"], *found["actor_id"]})
    said = assessment.responses.filter(pl.col("entity_id").is_in(named)).explode("source_ids")
    frames = {
        "companies": companies,
        "findings": found.join(since, on="finding_id", how="left"),
        "steps": steps.join(edges, on="edge_id").with_columns(scored=pl.col("step") <= pl.col("scored_prefix")),
        "evidence": evidence.with_columns(published_on="published_written"),
        "answers": said.with_columns(company_id="entity_id", stated_on="stated_written", source_id="source_ids"),
    }
    tables: dict[str, pl.DataFrame] = {}
    for name, schema in TABLES.items():
        # The ids come first in each and so give the order.
        columns = schema.column_names()
        rows = frames[name].select(columns).unique().with_columns(rounded)
        tables[name] = schema.validate(rows.sort(columns), cast=True)
    return tables
