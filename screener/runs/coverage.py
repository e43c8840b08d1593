"""What the base holds on each topic (facts, entities, answers), what is thin, and what was searched for.

A fact is an act, a delivery or a stake on which a finding of a Korean company rests; entries of lists are none. It
counts once for each topic with such a finding.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import dataframely as dy
import duckdb
import polars as pl

from screener.schema.vocabulary import GRADES
from screener.score.assess import Assessment, known_topics

FEW: Final = 5
"""A topic with findings on fewer companies is thin."""
STALE_MONTHS: Final = 24
"""A fact that was not confirmed for longer is old."""
AGES: Final = ("year", "two_years", "older", "ended")
REASONS: Final = ("empty", "few", "single", "weak", "old", "silent")

_IDLE: Final = """
select count(*) from edge join entity on entity_id = from_id
where country = 'KR' and relation not in ('owns', 'listed_on') and not list_contains($used, edge_id)
"""
_SEARCHES: Final = """
select * from search join topic using (topic)
where searched_on <= cast($known_at as varchar) order by position, topic, searched_on desc, subject
"""


class TopicCoverage(dy.Schema):
    """One topic. `facts` is the sum of the columns `grade_*` (by the best source), and of the columns `age_*`.

    `companies` have a finding, `exposed` of them one in band high or severe, `unanswered` neither answered nor were
    quoted; `single` facts rest on one independent publisher. Ages of facts that have not ended are days since the last
    confirmation: `age_year` up to 12 months, `age_two_years` up to 24. `thin` holds words of REASONS.
    """

    topic = dy.String(nullable=False)
    companies = dy.Int64(nullable=False)
    exposed = dy.Int64(nullable=False)
    facts = dy.Int64(nullable=False)
    entities = dy.Int64(nullable=False)
    answers = dy.Int64(nullable=False)
    unanswered = dy.Int64(nullable=False)
    verdicts = dy.Int64(nullable=False)
    searches = dy.Int64(nullable=False)
    single = dy.Int64(nullable=False)
    grade_a = dy.Int64(nullable=False)
    grade_b = dy.Int64(nullable=False)
    grade_c = dy.Int64(nullable=False)
    grade_d = dy.Int64(nullable=False)
    grade_e = dy.Int64(nullable=False)
    age_year = dy.Int64(nullable=False)
    age_two_years = dy.Int64(nullable=False)
    age_older = dy.Int64(nullable=False)
    age_ended = dy.Int64(nullable=False)
    newest = dy.Date(nullable=True)
    thin = dy.List(dy.String(nullable=False), nullable=False)


class YearCoverage(dy.Schema):
    """Facts of a topic by the year in which they were last confirmed."""

    topic = dy.String(nullable=False)
    year = dy.Int64(nullable=False)
    facts = dy.Int64(nullable=False)


class SearchRow(dy.Schema):
    """One search and what came of it, as datasets/README.md has it."""

    topic = dy.String(nullable=False)
    subject = dy.String(nullable=False)
    searched_on = dy.String(nullable=False)
    languages = dy.String(nullable=False)
    queries = dy.String(nullable=False)
    result = dy.String(nullable=False)
    result_ko = dy.String(nullable=True)


@dataclass(frozen=True)
class Coverage:
    """All topics as of a day. `idle`: Korean companies' acts and deliveries in no finding; null for chosen topics."""

    as_of: dt.date
    known_at: dt.date
    topics: dy.DataFrame[TopicCoverage]
    years: dy.DataFrame[YearCoverage]
    searches: dy.DataFrame[SearchRow]
    idle: int | None


def coverage(con: duckdb.DuckDBPyConnection, assessment: Assessment, topics: Sequence[str] = ()) -> Coverage:
    """Counts what the base holds.

    `con` is the store on which the assessment was made; without `topics` all of its topics are counted.
    """
    clocks = assessment.clocks
    chosen = pl.DataFrame({"topic": list(topics or known_topics(con))}, schema={"topic": pl.String})
    findings = assessment.scores.findings.filter(pl.col("relation") != "group")
    facts = _facts(assessment, findings)
    searched = pl.DataFrame(con.sql(_SEARCHES, params={"known_at": clocks.known_at}))
    searches = SearchRow.validate(
        searched.select(SearchRow.column_names()).join(chosen, on="topic", how="semi", maintain_order="left"), cast=True
    )
    used = assessment.edges["edge_id"].to_list()
    counted = chosen
    listed = {"answers": assessment.responses, "verdicts": assessment.verdicts, "searches": searches}
    of_topics = (frame.group_by("topic").agg(pl.len().alias(name)) for name, frame in listed.items())
    for counts in (_companies(assessment, findings), _counted(facts), *of_topics):
        counted = counted.join(counts, on="topic", how="left", maintain_order="left")
    counted = counted.with_columns(pl.selectors.numeric().fill_null(0))
    years = facts.filter(pl.col("confirmed_on").is_not_null()).group_by("topic", year=pl.col("confirmed_on").dt.year())
    return Coverage(
        clocks.as_of,
        clocks.known_at,
        TopicCoverage.validate(counted.with_columns(thin=_thin()).select(TopicCoverage.column_names()), cast=True),
        YearCoverage.validate(years.agg(facts=pl.len()).sort("topic", "year"), cast=True),
        searches,
        None if topics else int(con.execute(_IDLE, {"used": used}).fetchall()[0][0]),
    )


def _facts(assessment: Assessment, findings: pl.DataFrame) -> pl.DataFrame:
    """One row per (topic, fact): its ends, best source's grade, independent publishers, last confirmation and age."""
    proof = (
        assessment.evidence.filter(pl.col("edge_id").is_not_null())
        .group_by("edge_id")
        .agg(grade=pl.col("grade").min(), publishers=pl.col("independent_publisher").n_unique())
    )
    months = (pl.lit(assessment.clocks.as_of) - pl.col("confirmed_on")).dt.total_days() / 30.4375
    two_years_or_older = pl.when(months <= STALE_MONTHS).then(pl.lit("two_years")).otherwise(pl.lit("older"))
    live = pl.when(months <= 12).then(pl.lit("year")).otherwise(two_years_or_older)
    age = pl.when(pl.col("status") == "ended").then(pl.lit("ended")).otherwise(live)
    return (
        findings.select("topic", edge_id="edge_ids")
        .explode("edge_id")
        .unique()
        .join(assessment.edges.filter(pl.col("relation") != "listed_on"), on="edge_id")
        .join(proof, on="edge_id", how="left")
        .select("topic", "edge_id", "from_id", "to_id", "confirmed_on", "grade", "publishers", age=age)
    )


def _counted(facts: pl.DataFrame) -> pl.DataFrame:
    grades = {f"grade_{grade.lower()}": (pl.col("grade") == grade).sum() for grade in GRADES}
    ages = {f"age_{age}": (pl.col("age") == age).sum() for age in AGES}
    return facts.group_by("topic").agg(
        facts=pl.len(),
        entities=pl.concat_list("from_id", "to_id").explode().n_unique(),
        single=(pl.col("publishers") == 1).sum(),
        newest=pl.col("confirmed_on").max(),
        **grades,
        **ages,
    )


def _companies(assessment: Assessment, findings: pl.DataFrame) -> pl.DataFrame:
    """topic, companies, exposed, unanswered: nothing is known of what the company or who acts for it said."""
    answered = assessment.contacts.filter(pl.col("answered_on").is_not_null())
    spoke = pl.concat(frame.select("entity_id", "topic") for frame in (assessment.responses, answered))
    speakers = findings.select("company_id", "topic", entity_id=pl.concat_list("company_id", "actor_id"))
    heard = speakers.explode("entity_id").join(spoke, on=["entity_id", "topic"], how="semi")
    heard = heard.select("company_id", "topic", heard=True).unique()
    return (
        assessment.scores.topics.join(findings.select("company_id", "topic").unique(), on=["company_id", "topic"])
        .join(heard, on=["company_id", "topic"], how="left")
        .group_by("topic")
        .agg(
            companies=pl.len(),
            exposed=pl.col("band").is_in(["high", "severe"]).sum(),
            unanswered=pl.col("heard").is_null().sum(),
        )
    )


def _thin() -> pl.Expr:
    """The words of REASONS that are true of a topic."""
    live = pl.col("facts") - pl.col("age_ended")
    true = {
        "empty": pl.col("facts") == 0,
        "few": pl.col("companies").is_between(1, FEW - 1),
        "single": 2 * pl.col("single") > pl.col("facts"),
        "weak": 2 * (pl.col("grade_d") + pl.col("grade_e")) > pl.col("facts"),
        "old": 2 * pl.col("age_older") > live,
        "silent": 2 * pl.col("unanswered") > pl.col("companies"),
    }
    return pl.concat_list(pl.when(true[word]).then(pl.lit(word)) for word in REASONS).list.drop_nulls()
