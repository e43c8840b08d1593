"""The back-test: nothing of a verdict leaks into what it is compared with, and every miss has its reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from screener.runs import backtest as module
from screener.runs.backtest import backtest
from screener.score.assess import Assessment, assess
from screener.store.clock import set_clocks
from tests.once import memory_store
from tests.rules.facts import Facts
from tests.runs.worlds import OF_FILES, World, leasing

DECIDED = "2022-06-15"
EVE = "2022-06-14"
COMPANIES = pl.DataFrame(
    {
        "entity_id": ["kr-a", "kr-b", "kr-c", "kr-d", "kr-e"],
        "name": ["A", "B", "C", "D", "E"],
        "name_ko": ["가", "나", "다", "라", None],
        "sector": ["steel", "steel", "steel", "steel", "food"],
        "value_krw": [100.0, 90.0, 110.0, 5.0, 100.0],
    }
)


def _verdict(
    facts: Facts, company: str = "kr-a", topic: str | None = "myanmar-military", on: str = DECIDED, **cells: str
) -> Facts:
    facts.source(f"verdict-{company}-{on}", "A", published=on)
    given = {"institution": "Fund", "decision": "exclusion", "subject": "a subject", "summary": "It did."}
    given |= {"source_ids": f"verdict-{company}-{on}"} | cells
    return facts.row("verdict", entity_id=company, decided_on=on, topic=topic, **given)


@contextmanager
def _store(facts: Facts, *days: dt.date) -> Iterator[duckdb.DuckDBPyConnection]:
    with memory_store(facts.rows) as con:
        con.execute(OF_FILES)
        set_clocks(con, *days)
        yield con


def _replays(here: Path, facts: Facts) -> list[dict[str, Any]]:
    World().rules(here / "rules")
    with _store(facts) as con:
        return backtest(con, COMPANIES).replays.to_dicts()


@pytest.fixture
def assessed(monkeypatch: pytest.MonkeyPatch) -> list[Assessment]:
    """Every assessment that a back-test makes."""
    made: list[Assessment] = []

    def recorded(*arguments: Any, **options: Any) -> Assessment:
        made.append(assess(*arguments, **options))
        return made[-1]

    monkeypatch.setattr(module, "assess", recorded)
    return made


@pytest.mark.parametrize(
    ("published", "flagged"), [(EVE, True), (DECIDED, False), ("2022-06-16", False), ("2022-06", False)]
)
def test_only_what_was_published_before_the_decision_counts(here: Path, published: str, flagged: bool) -> None:
    facts = leasing()
    for source in facts.rows["source"][:2]:
        source["published_on"] = published
    (replay,) = _replays(here, _verdict(facts))
    assert (replay["flagged"], replay["known_at"].isoformat()) == (flagged, EVE)
    assert replay["lead_days"] == (1 if flagged else None)


def test_the_verdicts_own_source_is_no_evidence_whenever_it_was_published(here: Path) -> None:
    facts = _verdict(leasing(), source_ids="filing;paper")
    (replay,) = _replays(here, facts)
    assert (replay["flagged"], replay["sources"], replay["miss"]) == (False, 0, "no_fact")
    again = _verdict(leasing(), source_ids="paper")
    (replay,) = _replays(here, again)
    assert (replay["flagged"], replay["miss"]) == (True, None)


def test_no_assessment_holds_a_source_of_the_day_or_of_the_verdict(here: Path, assessed: list[Assessment]) -> None:
    facts = leasing()
    _verdict(facts, "kr-a", on="2021-01-01", source_ids="filing")
    _verdict(facts, "kr-b", on=DECIDED)
    _verdict(facts, "kr-b", on="2024-05-01", source_ids="paper")
    _verdict(facts, "kr-c", on="2024-05-02")
    _replays(here, facts)
    assert len(assessed) == 4
    own = {
        "2020-12-31": "filing",
        "2022-06-14": f"verdict-kr-b-{DECIDED}",
        "2024-04-30": "paper",
        "2024-05-01": "verdict-kr-c-2024-05-02",
    }
    for one in assessed:
        eve = one.clocks.known_at
        assert one.clocks.as_of == eve
        assert (one.evidence["published_on"] <= eve).all()
        assert own[eve.isoformat()] not in set(one.evidence["source_id"])
        assert one.verdicts.filter(pl.col("decided_on") > eve).is_empty()


def test_the_store_is_as_it_was_afterwards(here: Path) -> None:
    World().rules(here / "rules")
    with _store(_verdict(leasing())) as con:
        before = con.sql("select * from source order by all").fetchall()
        backtest(con, COMPANIES)
        assert con.sql("select * from source order by all").fetchall() == before


def test_controls_are_the_nearest_in_value_of_the_same_sector_without_a_verdict(here: Path) -> None:
    facts = _verdict(_verdict(leasing()), "kr-c", topic=None)
    replays = {row["company_id"]: row for row in _replays(here, facts)}
    # B and D are left of the steel makers; B holds most of A, and is flagged for that.
    assert (replays["kr-a"]["controls"], replays["kr-a"]["controls_flagged"]) == (2, 1)


def test_every_miss_has_its_reason(here: Path) -> None:
    facts = leasing()
    facts.does("kr-c", "sells_to", "mm-army", source_ids="filing")
    _verdict(facts, "kr-a", topic=None)
    _verdict(facts, "kr-c")
    _verdict(facts, "kr-d")
    _verdict(facts, "kr-b", on="2019-01-01")
    misses = {row["company_id"]: row["miss"] for row in _replays(here, facts)}
    assert misses == {"kr-a": "off_topic", "kr-c": "no_rule", "kr-d": "no_fact", "kr-b": "no_fact"}


def test_rates_leave_out_what_is_none_of_the_topics_and_no_day_is_worked_out_for_it(
    here: Path, assessed: list[Assessment]
) -> None:
    World().rules(here / "rules")
    facts = _verdict(_verdict(leasing()), "kr-d", topic=None, on="2020-01-01")
    with _store(facts) as con:
        found = backtest(con, COMPANIES)
    assert [one.clocks.known_at for one in assessed] == [dt.date(2022, 6, 14)]
    assert (found.flagged_rate, found.control_rate, found.lift) == (1.0, 0.5, 2.0)


@pytest.mark.parametrize(
    ("day", "replayed"), [("2022-06-14", []), ("2022-06-15", ["kr-a"]), ("2024-06-30", ["kr-a", "kr-b"])]
)
def test_decisions_after_the_as_of_day_are_not_replayed(here: Path, day: str, replayed: list[str]) -> None:
    World().rules(here / "rules")
    facts = _verdict(_verdict(leasing()), "kr-b", on="2023-01-01")
    with _store(facts, dt.date.fromisoformat(day), dt.date(2024, 6, 30)) as con:
        assert backtest(con, COMPANIES).replays["company_id"].to_list() == replayed
