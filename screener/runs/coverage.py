"""What the base holds on each topic (facts, entities, answers), thin topics, and what was searched for.

A fact is an act, a delivery or a stake on which a finding of a Korean company rests; list entries do not count. It
counts once for each topic with such a finding.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl
from rich.console import Group, RenderableType
from rich.text import Text

from screener.report.serialise import dump
from screener.report.tables import markdown_table, table_page
from screener.report.text import cleaned, markdown_safe
from screener.report.wording import Wording
from screener.rules.method import DAYS_A_MONTH
from screener.schema.vocabulary import GRADES
from screener.score.assess import Assessment, known_topics

FEW: Final = 5
"""A topic with findings on fewer companies is thin."""
STALE_MONTHS: Final = 24
"""A fact not confirmed for longer than this is old."""
AGES: Final = ("year", "two_years", "older", "ended")
REASONS: Final = ("empty", "few", "single", "weak", "old", "silent")
_COUNTS: Final = ("topic", "companies", "exposed", "facts", "entities", "answers", "unanswered", "verdicts", "searches")
_GRADED: Final = ("topic", "single", *(f"grade_{grade.lower()}" for grade in GRADES))
_AGED: Final = ("topic", *(f"age_{age}" for age in AGES), "newest")
_YEARS: Final = 7

_IDLE: Final = """
select count(*) from edge join entity on entity_id = from_id
where country = 'KR' and relation not in ('owns', 'listed_on') and not list_contains($used, edge_id)
"""
_SEARCHES: Final = """
select topic, subject, searched_on, languages, queries, result, result_ko from search join topic using (topic)
where searched_on <= cast($known_at as varchar) order by position, topic, searched_on desc, subject
"""


@dataclass(frozen=True)
class Coverage:
    """All topics as of a day.

    topics: one row each. `facts` is the sum of the columns `grade_*` (by the best source), and of the columns `age_*`.
        `companies` have a finding, `exposed` of them one in band high or severe, `unanswered` neither answered nor were
        quoted; `single` facts rest on one independent publisher. Ages of facts that have not ended are days since the
        last confirmation: `age_year` up to 12 months, `age_two_years` up to 24. `newest` is the day of the last
        confirmation. `thin` holds words of REASONS.
    years: topic, year, facts: by the year of their last confirmation.
    searches: the table `search` of datasets/README.md.
    idle: Korean companies' acts and deliveries in no finding; null if topics are chosen.
    """

    as_of: dt.date
    known_at: dt.date
    topics: pl.DataFrame
    years: pl.DataFrame
    searches: pl.DataFrame
    idle: int | None


def coverage(con: duckdb.DuckDBPyConnection, assessment: Assessment, topics: Sequence[str] = ()) -> Coverage:
    """Counts what the base holds.

    `con` is the store on which the assessment was made; without `topics` all of its topics are counted.
    """
    clocks = assessment.clocks
    counted = pl.DataFrame({"topic": list(topics or known_topics(con))}, schema={"topic": pl.String})
    findings = assessment.scores.findings.filter(pl.col("relation") != "group")
    facts = _facts(assessment, findings)
    searched = pl.DataFrame(con.sql(_SEARCHES, params={"known_at": clocks.known_at}))
    searches = searched.join(counted, on="topic", how="semi", maintain_order="left")
    grades = {f"grade_{grade.lower()}": (pl.col("grade") == grade).sum() for grade in GRADES}
    ages = {f"age_{age}": (pl.col("age") == age).sum() for age in AGES}
    of_facts = facts.group_by("topic").agg(
        facts=pl.len(),
        entities=pl.concat_list("from_id", "to_id").explode().n_unique(),
        single=(pl.col("publishers") == 1).sum(),
        newest=pl.col("confirmed_on").max(),
        **grades,
        **ages,
    )
    answers = assessment.responses.filter(pl.col("kind") != "observation")
    listed = {"answers": answers, "verdicts": assessment.verdicts, "searches": searches}
    of_topics = (frame.group_by("topic").agg(pl.len().alias(name)) for name, frame in listed.items())
    for counts in (_companies(assessment, findings), of_facts, *of_topics):
        counted = counted.join(counts, on="topic", how="left", maintain_order="left")
    counted = counted.with_columns(pl.selectors.numeric().fill_null(0)).with_columns(thin=_thin())
    years = facts.drop_nulls("confirmed_on").group_by("topic", year=pl.col("confirmed_on").dt.year())
    used = assessment.edges["edge_id"].to_list()
    return Coverage(
        clocks.as_of,
        clocks.known_at,
        counted.select(*_COUNTS, *_GRADED[1:], *_AGED[1:], "thin"),
        years.agg(facts=pl.len()).sort("topic", "year"),
        searches,
        None if topics else int(con.execute(_IDLE, {"used": used}).fetchall()[0][0]),
    )


def _facts(assessment: Assessment, findings: pl.DataFrame) -> pl.DataFrame:
    """One row per (topic, fact): its ends, best source's grade, independent publishers, last confirmation and age."""
    stating = assessment.evidence.filter(~pl.col("ends")).group_by("edge_id")
    proof = stating.agg(grade=pl.col("grade").min(), publishers=pl.col("independent_publisher").n_unique())
    months = (pl.lit(assessment.clocks.as_of) - pl.col("confirmed_on")).dt.total_days() / DAYS_A_MONTH
    live = pl.when(months <= 12).then(pl.lit("year")).when(months <= STALE_MONTHS).then(pl.lit("two_years"))
    age = pl.when(pl.col("status") == "ended").then(pl.lit("ended")).otherwise(live.otherwise(pl.lit("older")))
    edges = assessment.edges.filter(pl.col("relation") != "listed_on").join(proof, on="edge_id", how="left")
    used = findings.select("topic", edge_id="edge_ids").explode("edge_id").unique()
    return used.join(edges.with_columns(age=age), on="edge_id")


def _companies(assessment: Assessment, findings: pl.DataFrame) -> pl.DataFrame:
    """topic, companies, exposed, unanswered: no statement of the company or of who acts for it is known."""
    answered = assessment.contacts.filter(pl.col("answered_on").is_not_null())
    stated = assessment.responses.filter(~pl.col("kind").is_in(["observation", "no_comment"]))
    spoke = pl.concat(frame.select("entity_id", "topic") for frame in (stated, answered))
    speakers = findings.select("company_id", "topic", entity_id=pl.concat_list("company_id", "actor_id"))
    heard = speakers.explode("entity_id").join(spoke, on=["entity_id", "topic"], how="semi")
    found, key = findings.select("company_id", "topic").unique(), ["company_id", "topic"]
    silent = found.join(heard, on=key, how="anti").group_by("topic").agg(unanswered=pl.len())
    scored = assessment.scores.topics.join(found, on=key).group_by("topic")
    counts = scored.agg(companies=pl.len(), exposed=pl.col("band").is_in(["high", "severe"]).sum())
    return counts.join(silent, on="topic", how="left")


def _thin() -> pl.Expr:
    """The words of REASONS that apply to a topic."""
    live = pl.col("facts") - pl.col("age_ended")
    true = {
        "empty": pl.col("facts") == 0,
        "few": pl.col("companies").is_between(1, FEW - 1),
        "single": 2 * pl.col("single") > pl.col("facts"),
        "weak": 2 * (pl.col("grade_d") + pl.col("grade_e")) > pl.col("facts"),
        "old": 2 * pl.col("age_older") > live,
        "silent": 2 * pl.col("unanswered") > pl.col("companies"),
    }
    return pl.concat_list(pl.when(holds).then(pl.lit(word)) for word, holds in true.items()).list.drop_nulls()


def coverage_page(c: Coverage, w: Wording, *, full: bool = False) -> Group:
    """The tables, and the searches on topics with few companies or none, or on all with `full`."""
    parts: list[RenderableType] = []
    for frame, head in _tables(c, w):
        parts += [table_page(w, frame, frame.columns, [head, ""]), ""]
    parts += [Text(line) for line in _thin_topics(c, w)]
    poor = c.topics.filter(pl.col("thin").list.set_intersection(["empty", "few"]).list.len() > 0)
    of_poor = c.searches.join(poor, on="topic", how="semi", maintain_order="left")
    for head, lines in _searched(c.searches if full else of_poor, w):
        parts += ["", Text(head, style="bold"), *(Text(f"  {line}") for line in lines)]
    return Group(*parts)


def coverage_markdown(c: Coverage, w: Wording) -> str:
    """The same with all searches, as Markdown."""
    parts = [markdown_table(w, frame, frame.columns, [head]) for frame, head in _tables(c, w)]
    parts.append("\n".join(f"- {line}" for line in _thin_topics(c, w)) + "\n")
    for head, lines in _searched(c.searches, w):
        parts.append("\n".join([f"**{markdown_safe(head)}**", "", *(f"- {markdown_safe(x)}" for x in lines)]) + "\n")
    return "\n".join(parts)


def coverage_json(c: Coverage) -> str:
    """Everything, in English words: schema `screener/coverage/1`; days are ISO dates."""
    rows = []
    for row in c.topics.iter_rows(named=True):
        years = c.years.filter(pl.col("topic") == row["topic"])
        searches = c.searches.filter(pl.col("topic") == row["topic"]).drop("topic").to_dicts()
        by_year = {str(year): facts for year, facts in years.select("year", "facts").iter_rows()}
        rows.append(row | {"by_year": by_year, "searched": searches})
    head = {"schema": "screener/coverage/1", "as_of": c.as_of, "known_at": c.known_at, "facts_in_no_finding": c.idle}
    return dump(head | {"topics": rows})


def _tables(c: Coverage, w: Wording) -> Iterator[tuple[pl.DataFrame, str]]:
    clocks = w("head.clocks", as_of=w.day(c.as_of), known_at=w.day(c.known_at))
    idle = "" if c.idle is None else f" {w('base.idle', idle=c.idle)}"
    yield c.topics.select(_COUNTS), f"{w('base.counts')} ({clocks}).{idle}"
    yield c.topics.select(_GRADED), w("base.grades")
    yield c.topics.select(_AGED), w("base.ages")
    first = c.as_of.year - _YEARS + 1
    label = pl.when(pl.col("year") < first).then(pl.lit(f"≤ {first - 1}")).otherwise(pl.col("year").cast(pl.String))
    years = c.years.sort("year").with_columns(label=label)
    order = years["label"].unique(maintain_order=True)
    summed = years.group_by("topic", "label", maintain_order=True).agg(pl.col("facts").sum())
    wide = summed.pivot("label", on_columns=order, index="topic", values="facts")
    yield c.topics.select("topic").join(wide, on="topic", how="left", maintain_order="left"), w("base.years")


def _thin_topics(c: Coverage, w: Wording) -> Iterator[str]:
    for row in c.topics.filter(pl.col("thin").list.len() > 0).iter_rows(named=True):
        reasons = "; ".join(w(f"base.thin_{word}", **row) for word in row["thin"])
        yield w("base.thin", topic=w.label("topics", row["topic"]), reasons=reasons)


def _searched(searches: pl.DataFrame, w: Wording) -> Iterator[tuple[str, list[str]]]:
    """A heading for each topic with its searches: what was searched when, with what result."""
    for (topic,), rows in cleaned(searches).group_by("topic", maintain_order=True):
        lines = []
        for row in rows.iter_rows(named=True):
            said = w("base.search", subject=row["subject"], day=w.day(row["searched_on"]), languages=row["languages"])
            lines.append(f"{said}: {w.translated(row['result'], row['result_ko'])[0] or ''}")
        yield w("base.searched", topic=w.label("topics", str(topic))), lines
