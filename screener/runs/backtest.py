"""Replays outside verdicts on what was known before: would the program have flagged the company, and how early?

A verdict is never an input of a score. The replay uses only sources published before it: both clocks are set
to the day before the decision, and the verdict's own sources, whatever their dates, are removed from the store first.
So nothing from or about the verdict can leak back. Each company with a verdict is compared with controls of the same
sector and similar size without one; a program that flags everybody would flag them as often.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import dataframely as dy
import duckdb
import polars as pl

from screener.schema.frames import of
from screener.score.assess import Assessment, assess

FAVOURABLE: Final = ("no_finding", "readmission", "acquittal")
"""Decisions in a company's favour."""
CONTROLS: Final = 5
"""Companies of the same sector, nearest in market value, with which each company with a verdict is compared."""
_VERDICTS: Final = """
select
    v.entity_id, institution, decision, first_day(decided_written) as decided_on,
    as_written(v.decided_on, [decided_written]) as decided_written, topic, subject, subject_ko, v.source_ids
from verdict as v
join entity using (entity_id)
cross join clock
where country = 'KR' and v.decided_on <= as_of
    and list_has_any(v.source_ids, (select list(source_id) from known_source))"""


class Replay(dy.Schema):
    """One verdict replayed. `band`, `score`, `findings` are of its topic on `known_at`, the day before the decision.

    `decided_written`: the day as precise as it is known; `decided_on` is the first day that it may be: what became
    known after that may have been known after the decision.

    `lead_days`: days from the first on which a finding could be made (every step of its path had a source) to the
    decision; null where not flagged. `miss`: why it was not flagged, null where it was: `off_topic`, `below_bands`
    (found, too weak), `no_rule` (facts on the company were known, and none fits the topic), `no_fact`. `expected`:
    whether the verdict's subject is one of the topics at all. `controls` and `controls_flagged` count the companies
    that it is compared with, and those of them that would have been flagged on the same topic and day.
    """

    company_id, name = of(dy.String, 2)
    name_ko = dy.String(nullable=True)
    institution, decision = of(dy.String, 2)
    decided_on, known_at = of(dy.Date, 2)
    decided_written = dy.String(nullable=False)
    topic, subject, subject_ko = of(dy.String, 3, nullable=True)
    expected, flagged = of(dy.Bool, 2)
    band = dy.String(nullable=False)
    score = dy.Float64(nullable=False)
    findings, sources = of(dy.Int64, 2)
    lead_days = dy.Int64(nullable=True)
    controls, controls_flagged = of(dy.Int64, 2)
    miss = dy.String(nullable=True)


@dataclass(frozen=True)
class Backtest:
    """All replays, and rates over those whose subject is a topic: flagged, controls flagged, lift over controls."""

    replays: dy.DataFrame[Replay]
    flagged_rate: float | None
    control_rate: float | None
    lift: float | None


def backtest(
    con: duckdb.DuckDBPyConnection,
    companies: pl.DataFrame,
    *,
    rules: Sequence[str] = (),
    topics: Sequence[str] = (),
    seen: Callable[[], None] = lambda: None,
) -> Backtest:
    """Replays each verdict on a Korean company that was made and known by the days that are set.

    Decisions in a company's favour are not replayed: nothing had to be flagged. `companies` has entity_id, name,
    name_ko, sector and value_krw of all Korean companies, controls among them; `rules` and `topics` are those of
    `assess`. `seen` is called after each day with replayed verdicts.
    """
    verdicts = verdicts_of(con, topics).join(
        companies.select("entity_id", "name", "name_ko"), on="entity_id", how="inner"
    )
    judged = verdicts.filter(~pl.col("decision").is_in(FAVOURABLE))
    rows: list[dict[str, object]] = []
    judged = judged.sort("decided_on", "entity_id", "institution", "decision")
    for (decided,), group in judged.group_by("decided_on", maintain_order=True):
        assert isinstance(decided, dt.date)
        eve = decided - dt.timedelta(days=1)
        asked = sorted(group["topic"].drop_nulls().unique())
        # A verdict on no topic cannot have been flagged; it is shown without an assessment of its day.
        assessment = None
        if asked:
            own = group.filter(pl.col("topic").is_not_null())["source_ids"].explode().drop_nulls().unique()
            with without_sources(con, own.to_list()):
                assessment = assess(con, rules=rules, topics=asked, as_of=eve, known_at=eve)
            seen()
        rows += [_replay(verdict, eve, assessment, companies, verdicts) for verdict in group.iter_rows(named=True)]
    replays = Replay.validate(pl.DataFrame(rows, schema=Replay.create_empty().schema), cast=True)
    counted = replays.filter("expected")
    controls = int(counted["controls"].sum())
    flagged = int(counted["flagged"].sum()) / counted.height if counted.height else None
    control = int(counted["controls_flagged"].sum()) / controls if controls else None
    lift = flagged / control if flagged is not None and control else None
    return Backtest(replays, flagged, control, lift)


def verdicts_of(con: duckdb.DuckDBPyConnection, topics: Sequence[str] = ()) -> pl.DataFrame:
    """Verdicts on Korean entities at the set clocks, with the columns of _VERDICTS."""
    found = pl.DataFrame(con.sql(_VERDICTS))
    return found.filter(pl.col("topic").is_in(list(topics))) if topics else found


@contextmanager
def without_sources(con: duckdb.DuckDBPyConnection, source_ids: Sequence[str]) -> Iterator[None]:
    """Inside the block, assessments on this connection are made as if these sources did not exist.

    A temporary view hides the table `source`. If something was fetched, such a view exists already; what it adds was
    fetched after every replayed verdict, so nothing is lost when this one replaces it.
    """
    name = con.execute("select current_database()").fetchall()[0][0].replace('"', '""')
    left_out = ", ".join("'" + source_id.replace("'", "''") + "'" for source_id in sorted(source_ids)) or "''"
    con.execute(
        f'create or replace temp view source as select * from "{name}".main.source where source_id not in ({left_out})'
    )
    try:
        yield
    finally:
        con.execute("drop view temp.source")


def _replay(
    verdict: dict[str, Any], eve: dt.date, assessment: Assessment | None, companies: pl.DataFrame, judged: pl.DataFrame
) -> dict[str, object]:
    company, topic = verdict["entity_id"], verdict["topic"]
    known = {k: verdict[k] for k in verdict if k not in ("entity_id", "source_ids")}
    known |= {"company_id": company, "known_at": eve, "expected": topic is not None, "lead_days": None}
    known |= dict.fromkeys(("findings", "sources", "controls", "controls_flagged"), 0)
    known |= {"flagged": False, "band": "none", "score": 0.0, "miss": "off_topic"}
    if topic is None or assessment is None:
        return known
    of_topic = pl.col("topic") == topic
    topics = assessment.scores.topics.filter(of_topic)
    findings = assessment.scores.findings.filter(of_topic & (pl.col("company_id") == company))
    edges = findings.select("finding_id", edge_id="edge_ids").explode("edge_id")
    evidence = edges.join(assessment.evidence.filter(~pl.col("ends")), on="edge_id")
    # A finding can be made from the day on which the last of its steps had a source.
    step = evidence.group_by("finding_id", "edge_id").agg(pl.col("published_on").min())
    first = step.group_by("finding_id").agg(pl.col("published_on").max())["published_on"].min()
    for score, band in topics.filter(pl.col("company_id") == company).select("score", "band").iter_rows():
        known |= {"flagged": band != "none", "band": band, "score": round(score, 2)}
    if known["flagged"] and isinstance(first, dt.date):
        known["lead_days"] = (verdict["decided_on"] - first).days
    # An entry in the registry is not a fact that a rule could weigh.
    facts = assessment.known.filter((pl.col("company_id") == company) & pl.col("kind").is_in(["activity", "supply"]))
    missed = "below_bands" if findings.height else "no_rule" if facts.height else "no_fact"
    controls = _controls(company, companies, judged["entity_id"])
    flagged_controls = topics.filter(pl.col("company_id").is_in(controls) & (pl.col("band") != "none"))
    return known | {
        "miss": None if known["flagged"] else missed,
        "findings": findings.height,
        "sources": evidence["source_id"].n_unique(),
        "controls": len(controls),
        "controls_flagged": flagged_controls.height,
    }


def _controls(company: str, companies: pl.DataFrame, judged: pl.Series) -> list[str]:
    """The companies of the same sector nearest in market value that never had a verdict, nearest first."""
    known = companies.drop_nulls(["sector", "value_krw"])
    own = known.filter(pl.col("entity_id") == company).select("sector", value="value_krw")
    others = known.join(own, on="sector").filter(~pl.col("entity_id").is_in(judged.unique().implode()))
    apart = (pl.col("value_krw").log() - pl.col("value").log()).abs()
    return others.sort(apart, "entity_id").head(CONTROLS)["entity_id"].to_list()
