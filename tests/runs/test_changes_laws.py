"""Laws of what changed, on generated worlds: the causes add up, the same is the same, and a finding keeps its name."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screener.runs.causes import CAUSES
from screener.runs.changes import Run, changes
from screener.runs.quarter import run_of
from screener.score.assess import assess
from screener.store.build import memory_store
from tests.golden.world import HERE
from tests.rules.facts import Facts
from tests.runs.test_causes import add_up
from tests.runs.worlds import FIRST, OF_FILES
from tests.score.test_laws import add_edge, sources, worlds

LAW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LATER = (FIRST, dt.date(2024, 9, 30), dt.date(2027, 6, 30))
CELLS = {
    "activity": {"status": ["active", "disputed"], "amount_usd": [None, "5000000"], "confirmed_on": ["2024-05-02"]},
    "ownership": {"share_max": ["0.4", "0.9"], "status": ["active", "announced_exit"]},
    "supply": {"input_share": [None, "0.2"], "status": ["active", "disputed"]},
    "source": {"grade": list("ABCDE")},
}


def run(facts: Facts, as_of: dt.date = FIRST) -> Run:
    """The world with the rules of the small world, as a run."""
    with memory_store(facts.rows) as con:
        con.execute(OF_FILES)
        return run_of(assess(con, rules=[str(HERE / "rules")], as_of=as_of, known_at=as_of))


@st.composite
def later(draw: st.DrawFn, facts: Facts) -> Facts:
    """The same world with rows that came, went or say something else."""
    then = copy.deepcopy(facts)
    for _ in range(draw(st.integers(0, 3))):
        table = draw(st.sampled_from(sorted(CELLS)))
        rows = then.rows.get(table) or then.rows["source"]
        row: dict[str, Any] = rows[draw(st.integers(0, len(rows) - 1))]
        match draw(st.sampled_from(["cell", "cell", "edge", "gone"])):
            case "edge":
                add_edge(draw, then, draw(sources()))
            case "gone" if "source_id" not in row:
                rows.remove(row)
            case _:
                for column, values in CELLS[table if "source_id" not in row else "source"].items():
                    row[column] = draw(st.sampled_from([row.get(column), *values]))
                if "share_max" in row:
                    row["share_min"] = row["share_max"]
    return then


@LAW
@given(worlds(), st.data())
def test_the_causes_of_a_score_add_up_to_its_difference(facts: Facts, data: st.DataObject) -> None:
    before = run(facts)
    after = run(data.draw(later(facts)), data.draw(st.sampled_from(LATER)))
    found = changes(before, after)
    add_up(before, after, found)
    assert set(found["cause"]) <= set(CAUSES)
    keys = found.filter(found["finding_id"].is_not_null()).select("topic", "finding_id", "cause")
    assert keys.is_unique().all() or keys.height == 0
    add_up(after, before, changes(after, before))


@LAW
@given(worlds(), st.data())
def test_a_new_source_or_another_copy_of_a_list_changes_no_name_and_nothing_else_but_its_cause(
    facts: Facts, data: st.DataObject
) -> None:
    then = copy.deepcopy(facts)
    then.source("s-new", data.draw(st.sampled_from("ABCDE")), published="2024-06-01", publisher="Another")
    table = data.draw(st.sampled_from([t for t in ("activity", "ownership", "supply", "listing") if then.rows.get(t)]))
    rows = then.rows[table]
    row = rows[data.draw(st.integers(0, len(rows) - 1))]
    if table == "listing" and data.draw(st.booleans()):
        rows.append({**row, "programme": "another copy", "source_ids": "s-new"})
    else:
        row["source_ids"] += ";s-new"
    before, after = run(facts), run(then)
    names = [set(one.tables["findings"]["finding_id"]) for one in (before, after)]
    found = changes(before, after)
    add_up(before, after, found)
    assert names[0] <= names[1]
    assert changes(after, after).is_empty()
