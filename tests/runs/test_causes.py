"""For each cause of a change a small world in which only it happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from screener.runs.causes import CAUSES
from screener.runs.changes import Run, changes
from tests.rules.facts import Facts, together
from tests.runs.worlds import LATER, World, leasing

Change = Callable[[World], None]


def _new_source(world: World) -> None:
    world.facts.source("ngo", "C", published="2024-07-15", publisher="An NGO")
    world.facts.rows["activity"][0]["source_ids"] += ";ngo"
    world.known_at = LATER


def _new_act(world: World) -> None:
    world.facts.source("ngo", "C", published="2024-07-15", publisher="An NGO")
    world.facts.does("kr-c", "leases_from", "mm-army", source_ids="ngo")
    world.as_of = LATER


def _confirmed_again(world: World) -> None:
    world.facts.source("ngo", "C", published="2024-07-15", publisher="A paper")
    world.facts.rows["activity"][0] |= {"confirmed_on": "2024-06-15", "source_ids": "filing;paper;ngo"}
    world.known_at = LATER


def _lease_ended(world: World) -> None:
    world.facts.source("notice", "A", published="2024-06-20")
    world.facts.rows["activity"][0] |= {"valid_to": "2024-06-15", "status": "ended", "end_source_ids": "notice"}


def _exit_announced(world: World) -> None:
    world.facts.rows["activity"][0]["status"] = "announced_exit"


def _denied(world: World) -> None:
    world.facts.rows["activity"][0]["status"] = "disputed"


def _answered(world: World) -> None:
    world.facts.row(
        "response",
        entity_id="kr-a",
        topic="myanmar-military",
        kind="denial",
        stated_on="2024-06-20",
        summary="No.",
        source_ids="filing",
    )


def _time_passed(world: World) -> None:
    world.as_of, world.known_at = dt.date(2029, 9, 30), dt.date(2024, 6, 30)


def _graver(world: World) -> None:
    world.severity = 0.7


def _other_grades(world: World) -> None:
    world.method = (("C = 0.70", "C = 0.60"),)


def _other_involvement(world: World) -> None:
    world.method = (("contribute = 0.8", "contribute = 0.7"),)


def _regraded(world: World) -> None:
    world.facts.rows["source"][0]["grade"] = "D"


def _withdrawn(world: World) -> None:
    world.facts.rows["activity"][0]["source_ids"] = "filing"


def _repeats(world: World) -> None:
    world.facts.rows["source"][1]["repeats"] = "filing"


def _smaller_stake(world: World) -> None:
    world.facts.rows["ownership"][0] |= {"share_min": "0.3", "share_max": "0.3"}


def _stake_sold(world: World) -> None:
    world.facts.rows["ownership"][0] |= {"valid_to": "2024-05-31", "status": "ended"}


def _stake_gone(world: World) -> None:
    del world.facts.rows["ownership"][0]


def _stake_bought(world: World) -> None:
    world.facts.owns("kr-d", "kr-a", 0.2, source_ids="filing")


def _amount_corrected(world: World) -> None:
    world.facts.rows["activity"][0]["amount_usd"] = "50000000"


def _act_taken_back(world: World) -> None:
    del world.facts.rows["activity"][0]


def _not_ended_after_all(world: World) -> None:
    world.facts.rows["activity"][0]["valid_from"] = "2019"


WORLDS: list[tuple[str, Change]] = [
    ("new_evidence", _new_source),
    ("new_evidence", _new_act),
    ("new_evidence", _confirmed_again),
    ("ended", _lease_ended),
    ("ended", _exit_announced),
    ("answer", _denied),
    ("answer", _answered),
    ("aged", _time_passed),
    ("rule_changed", _graver),
    ("method_changed", _other_grades),
    ("method_changed", _other_involvement),
    ("source_changed", _regraded),
    ("source_changed", _withdrawn),
    ("source_changed", _repeats),
    ("ownership_changed", _smaller_stake),
    ("ownership_changed", _stake_sold),
    ("ownership_changed", _stake_gone),
    ("ownership_changed", _stake_bought),
    ("corrected", _amount_corrected),
    ("corrected", _act_taken_back),
    ("corrected", _not_ended_after_all),
]


_FIRST: list[Run] = []


def _first_run(here: Path) -> Run:
    """The run of the small world as it is, made once: each change is compared with it."""
    if not _FIRST:
        _FIRST.append(World().run(here / "rules"))
    return _FIRST[0]


def _changed(change: Change) -> World:
    world = World()
    change(world)
    return world


def _only_facts(world: World) -> bool:
    plain = World()
    return (world.severity, world.method, world.as_of, world.known_at) == (
        plain.severity,
        plain.method,
        plain.as_of,
        plain.known_at,
    )


CHANGED = {f"{cause}: {change.__name__[1:]}": (cause, _changed(change)) for cause, change in WORLDS}
OF_FACTS = {name: world.facts for name, (_, world) in CHANGED.items() if _only_facts(world)}
OTHERS = sorted(CHANGED.keys() - OF_FACTS.keys())


def test_where_only_one_fact_is_another_every_change_has_its_cause(here: Path) -> None:
    """In worlds side by side, each with a change of its own."""
    assert len(OF_FACTS) > 12
    before, after = (
        World(Facts(together(side))).run(here / "rules") for side in ([leasing()] * len(OF_FACTS), [*OF_FACTS.values()])
    )
    found = changes(before, after)
    add_up(before, after, found)
    causes = {name: set[str]() for name in OF_FACTS}
    for company, cause in found.select("company_id", "cause").iter_rows():
        causes[list(OF_FACTS)[int(company.rpartition("-")[2])]].add(cause)
    assert causes == {name: {CHANGED[name][0]} for name in OF_FACTS}


@pytest.mark.parametrize("name", OTHERS)
def test_where_only_one_thing_happened_every_change_has_its_cause(here: Path, name: str) -> None:
    cause, then = CHANGED[name]
    before, after = _first_run(here), then.run(here / "rules")
    found = changes(before, after)
    assert set(found["cause"]) == {cause}, found.to_dicts()
    add_up(before, after, found)


def test_the_worlds_show_every_cause_of_a_score() -> None:
    assert {cause for cause, _ in WORLDS} == set(CAUSES) - {"portfolio_changed"}


def test_the_effects_of_a_sold_stake_a_new_source_and_time_are_distinguished(here: Path) -> None:
    first = World()
    first.facts.does("kr-c", "leases_from", "mm-army", source_ids="filing")
    before = first.run(here / "rules")
    then = first.copy()
    _smaller_stake(then)
    _new_source(then)
    then.severity, then.as_of = 0.8, LATER
    after = then.run(here / "rules")
    found = changes(before, after)
    causes = {company: set(rows["cause"]) for (company,), rows in found.group_by("company_id")}
    assert causes["kr-b"] == {"rule_changed", "ownership_changed", "new_evidence"}
    assert causes["kr-c"] == {"rule_changed", "aged"}
    add_up(before, after, found)


def test_another_weight_of_further_topics_is_a_change_of_the_method_even_where_no_topic_changed(here: Path) -> None:
    before, after = (_two_topics(here, weight) for weight in ("0.2", "0.4"))
    found = changes(before, after)
    assert set(found["cause"]) == {"method_changed"}
    assert found["topic"].null_count() == found.height
    add_up(before, after, found)


def _two_topics(here: Path, weight: str) -> Run:
    world = World(method=(("further_topics = 0.2", f"further_topics = {weight}"),))
    other = (world.rules(here / "rules") / "myanmar-military" / "leases-from-the-army.toml").read_text(encoding="utf-8")
    folder = here / "rules" / "myanmar-manufacturing"
    folder.mkdir(exist_ok=True)
    other = other.replace("leases-from-the-army", "rents-from-the-army").replace(
        "myanmar-military", "myanmar-manufacturing"
    )
    (folder / "rents-from-the-army.toml").write_text(other, encoding="utf-8")
    return world.run(here / "rules")


def test_other_bands_are_a_change_of_the_method(here: Path) -> None:
    before, world = _first_run(here), World()
    world.method = (
        ("elevated = 15.0", "elevated = 5.0"),
        ("high = 35.0", "high = 6.0"),
        ("severe = 55.0", "severe = 7.0"),
    )
    after = world.run(here / "rules")
    found = changes(before, after)
    assert set(found["cause"]) == {"method_changed"}
    assert (found["company_before"] == found["company_after"]).all()
    assert "severe" in found["detail"][0]


def test_the_same_run_has_no_changes_and_one_read_with_another_clock_has_none_either(here: Path) -> None:
    run, world = _first_run(here), World()
    assert changes(run, run).is_empty()
    world.as_of, world.known_at = dt.date(2024, 7, 1), dt.date(2024, 6, 30)
    assert changes(run, world.run(here / "rules")).is_empty()


def test_a_weight_that_changed_or_a_holding_that_came_is_a_change_of_the_portfolio(here: Path) -> None:
    run = _first_run(here)

    def held(**weights: float) -> Run:
        frame = pl.DataFrame({"company_id": list(weights), "weight": list(weights.values())})
        return Run(**{**vars(run), "tables": {**run.tables, "holdings": frame}})

    found = changes(held(a=0.5, b=0.5), held(a=0.4, b=0.5, c=0.1))
    assert found.select("company_id", "cause", "detail").rows() == [
        ("a", "portfolio_changed", "50.0000% -> 40.0000%"),
        ("c", "portfolio_changed", "0.0000% -> 10.0000%"),
    ]


def add_up(before: Run, after: Run, found: pl.DataFrame) -> None:
    """Each change begins where the one above ends; the first begins at the earlier run, and the last ends at the later one."""
    _chained(before, after, found, ["company_id"], "company_before", "company_after", "company_score")
    of_topics = found.filter(pl.col("topic").is_not_null())
    _chained(before, after, of_topics, ["company_id", "topic"], "before", "after", "score")


def _chained(before: Run, after: Run, found: pl.DataFrame, by: list[str], first: str, last: str, score: str) -> None:
    scores = [_scores(run, by, score) for run in (before, after)]
    scored = found.filter(pl.col(first).is_not_null())
    for key, rows in scored.group_by(by, maintain_order=True):
        assert rows[first].to_list()[1:] == rows[last].to_list()[:-1], (key, rows.to_dicts())
        assert rows[first][0] == scores[0].get(key, 0.0), (key, rows.to_dicts(), scores[0].get(key))
        assert rows[last][-1] == scores[1].get(key, 0.0), (key, rows.to_dicts(), scores[1].get(key))
    explained = set(scored.select(by).iter_rows())
    for key in scores[0].keys() | scores[1].keys():
        assert key in explained or scores[0].get(key, 0.0) == scores[1].get(key, 0.0), (
            f"{key} changed, and nothing says why"
        )


def _scores(run: Run, by: list[str], score: str) -> dict[tuple[Any, ...], float]:
    return {tuple(row[:-1]): row[-1] for row in run.tables["companies"].select(*by, score).iter_rows()}
