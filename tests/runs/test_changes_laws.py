"""Laws of what changed: the causes add up, the same is the same, and a finding keeps its name. On tables made up at random, hundreds of them, and
on whole worlds."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Sequence
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screener.runs.causes import CAUSES
from screener.runs.changes import Run, changes
from screener.runs.tables import AnswerRow, CompanyRow, EvidenceRow, FindingRow, StepRow
from screener.score.assess import assess
from screener.score.findings import rescore
from tests.golden.world import HERE
from tests.once import drawn, memory_store
from tests.rules.facts import Facts, together
from tests.runs.test_causes import add_up
from tests.runs.worlds import FIRST, OF_FILES, run_of
from tests.score.test_laws import sources, worlds

PARTS = 3
"""Groups of companies of one made-up run that share nothing: each example is so many."""
CHEAP = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WORLDS = 20
FACTORS = st.sampled_from([0.0, 0.2, 0.5, 0.730001, 0.9, 1.0])
DAYS = st.sampled_from([None, dt.date(2022, 1, 1), dt.date(2024, 5, 5)])
TOPICS = ("myanmar-gas", "russia-war")


@st.composite
def findings(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """Findings of three companies of each part by name, each with two steps and some sources."""
    found = {}
    for part, number in ((part, n) for part in range(PARTS) for n in draw(st.sets(st.integers(0, 8)))):
        name, company = f"f-{part}-{number}", f"kr-{part}-{number % 3}"
        found[name] = {
            "finding_id": name,
            "company_id": company,
            "rule": f"r-{number % 2}",
            "topic": TOPICS[number % 2],
            "status": draw(st.sampled_from(["active", "disputed", "ended", "announced_exit"])),
            "since": draw(st.sampled_from([None, "2020"])),
            "until": draw(st.sampled_from([None, "2023"])),
            "last_confirmed_on": str(draw(DAYS)),
            **{factor: draw(FACTORS) for factor in ("severity", "involvement", "proximity", "magnitude", "recency")},
            "confidence": draw(FACTORS),
            "anchor_id": "mm-army",
            "actor_id": company,
            "dedup_anchor_id": draw(st.sampled_from(["mm-army", "mm-firm"])),
            "fact_key": draw(st.sampled_from(["k1", "k2", "k3"])),
            "relation": draw(st.sampled_from(["direct", "owned", "supply", "group"])),
            "tier": 0,
            "included_in_topic_score": True,
            "share": draw(st.sampled_from([None, 0.4])),
            "amount_usd": draw(st.sampled_from([None, 1e6])),
            "steps": [
                ("owns", draw(st.sampled_from([0.4, 0.8]))),
                (draw(st.sampled_from(["leases_from", "pays"])), None),
            ],
            "sources": draw(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from("AC"), min_size=1)),
        }
    return found


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """A run with those findings, of whatever rules, method, day and version."""
    found = draw(findings())
    further = draw(st.sampled_from([0.2, 0.4]))
    rows = [{c: row.get(c) for c in FindingRow.column_names()} for row in found.values()]
    frame = pl.DataFrame(rows, schema=FindingRow.create_empty().schema)
    factors = [pl.col(c) for c in ("severity", "involvement", "proximity", "magnitude", "recency")]
    frame = frame.with_columns(exposure=pl.fold(pl.lit(1.0), lambda a, b: a * b, factors))
    topics, companies = rescore(frame, further)
    whole = companies.select("company_id", company_score=pl.col("score").round(6))
    scores = topics.with_columns(pl.col("score").round(6)).join(whole, on="company_id", how="left")
    steps = [
        {
            "finding_id": f,
            "step": n,
            "scored": True,
            "relation": r,
            "from_id": "kr",
            "to_id": str(n),
            "share": share,
            "status": "active",
        }
        for f, row in found.items()
        for n, (r, share) in enumerate(row["steps"], 1)
    ]
    evidence = [
        {
            "finding_id": f,
            "step": 1,
            "source_id": s,
            "publisher": s,
            "independent_publisher": s,
            "title": s,
            "url": s,
            "published_on": "2024",
            "grade": g,
            "ends": False,
        }
        for f, row in found.items()
        for s, g in row["sources"].items()
    ]
    answered = draw(st.sets(st.sampled_from([f"kr-{part}-{n}" for part in range(PARTS) for n in range(2)])))
    answers = [
        {"company_id": c, "topic": TOPICS[0], "kind": "denial", "stated_on": "2024", "summary": "No.", "source_id": "a"}
        for c in answered
    ]
    plain = {
        "band": "low",
        "company_band": "low",
        "confidence": 0.5,
        "status": "active",
        "coverage": "thin",
        "rank_low": 1,
        "stale": False,
        "group": False,
    }
    company_rows = [plain | {"rank_high": 1} | row for row in scores.to_dicts()]

    def table(schema: Any, rows: list[dict[str, Any]]) -> pl.DataFrame:
        return pl.DataFrame(rows, schema=schema.create_empty().schema)

    return Run(
        as_of=draw(st.sampled_from(["2024-06-30", "2024-09-30"])),
        known_at="2024-06-30",
        version=draw(st.sampled_from(["1", "2"])),
        method_sha256=draw(st.sampled_from(["m1", "m2"])),
        rules={"r-0": draw(st.sampled_from(["x", "y"])), "r-1": "z"},
        further_topics=further,
        tables={
            "companies": table(CompanyRow, company_rows),
            "findings": frame,
            "steps": table(StepRow, steps),
            "evidence": table(EvidenceRow, evidence),
            "answers": table(AnswerRow, answers),
        },
    )


@CHEAP
@given(runs(), runs())
def test_the_causes_of_a_score_add_up_to_its_difference_whatever_happened(before: Run, after: Run) -> None:
    found = changes(before, after)
    add_up(before, after, found)
    assert set(found["cause"]) <= set(CAUSES)
    of_findings = found.filter(pl.col("finding_id").is_not_null()).select("finding_id", "cause", "detail")
    assert of_findings.height == of_findings.unique().height, "the same change is reported once"
    unscored = ("exposure", "included_in_topic_score", "attributed_usd", "dedup_anchor_id", "fact_key")
    rows = [{r["finding_id"]: r for r in run.tables["findings"].drop(unscored).to_dicts()} for run in (before, after)]
    differ = {name for name in rows[0].keys() | rows[1].keys() if rows[0].get(name) != rows[1].get(name)}
    assert differ <= set(of_findings["finding_id"]), "every finding that differs is reported"


@CHEAP
@given(runs())
def test_between_a_run_and_itself_nothing_changed(run: Run) -> None:
    assert changes(run, run).is_empty()


def _of(worlds: Sequence[Facts]) -> Run:
    with memory_store(together(worlds)) as con:
        con.execute(OF_FILES)
        return run_of(assess(con, rules=[str(HERE / "rules")], as_of=FIRST, known_at=FIRST))


@st.composite
def with_one_source_or_listing_more(draw: st.DrawFn) -> tuple[Facts, Facts]:
    """A world, and the same with a source more or another copy of a list."""
    facts = draw(worlds())
    then = copy.deepcopy(facts)
    then.source("s-new", draw(st.sampled_from("ABCDE")), published="2024-06-01", publisher="Another")
    table = draw(st.sampled_from([t for t in ("activity", "ownership", "supply", "listing") if then.rows.get(t)]))
    rows = then.rows[table]
    row = rows[draw(st.integers(0, len(rows) - 1))]
    if table == "listing" and draw(st.booleans()):
        rows.append({**row, "programme": "another copy", "source_ids": draw(sources())})
    else:
        row["source_ids"] += ";s-new"
    return facts, then


def test_a_new_source_or_another_copy_of_a_list_takes_no_finding_its_name() -> None:
    pairs = drawn(with_one_source_or_listing_more(), WORLDS)
    before, after = (_of([pair[n] for pair in pairs]) for n in (0, 1))
    add_up(before, after, changes(before, after))
    names = [set(one.tables["findings"]["finding_id"]) for one in (before, after)]
    assert names[0] <= names[1]
