"""Two clocks: what was so on a day, and what was known by another."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.rules.facts import Facts, at

DAY = dt.date.fromisoformat


def _lease(
    as_of: str,
    known_at: str | None = None,
    *,
    published: str = "2015-01-01",
    end_published: str = "2021-03-01",
    **cells: str,
) -> dict[str, Any] | None:
    facts = Facts()
    facts.source("told", published=published)
    facts.source("end-told", published=end_published)
    facts.does("kr-a", "leases_from", "mm-army", source_ids="told", **cells)
    with at(facts, DAY(as_of), DAY(known_at or as_of)) as con:
        rows = (
            con.sql(
                "select status, live, ended_on::varchar as ended_on, until, confirmed_on::varchar as confirmed_on from edge"
            )
            .pl()
            .to_dicts()
        )
    return rows[0] if rows else None


ENDED = {"valid_from": "2012", "valid_to": "2020-12-31", "status": "ended", "end_source_ids": "end-told"}


def test_a_documented_end_is_ended_and_dated() -> None:
    assert _lease("2022-01-01", **ENDED) == {
        "status": "ended",
        "live": False,
        "ended_on": "2020-12-31",
        "until": "2020-12-31",
        "confirmed_on": "2015-01-01",
    }


def test_an_end_that_was_not_yet_known_is_not_known() -> None:
    known_later = _lease("2022-01-01", "2021-02-28", **ENDED)
    assert known_later is not None
    assert (known_later["status"], known_later["live"], known_later["ended_on"], known_later["until"]) == (
        "active",
        True,
        None,
        None,
    )


def test_before_its_end_a_tie_was_active() -> None:
    before = _lease("2019-06-30", "2022-01-01", **ENDED)
    assert before is not None
    assert before["live"]
    assert before["status"] != "ended"


def test_a_fact_that_starts_after_the_day_is_left_out() -> None:
    assert _lease("2011-12-31", "2022-01-01", **ENDED) is None
    assert _lease("2012-01-01", "2022-01-01", **ENDED) is not None


def test_a_source_that_was_published_later_is_not_used() -> None:
    assert _lease("2016-01-01", "2015-12-31", published="2016") is None
    assert _lease("2016-01-01", "2016-12-31", published="2016") is not None


@pytest.mark.parametrize("until", ["2022", "2022-06", "2022-06-30"])
def test_an_end_told_only_to_the_year_is_an_end_once_it_was_told(until: str) -> None:
    """The source of 30 June 2022 says that it is done; that the year is not over yet does not make the tie active."""
    told = _lease("2022-07-15", end_published="2022-06-30", **{**ENDED, "valid_to": until})
    assert told is not None
    assert (told["status"], told["live"], told["until"]) == ("ended", False, until)
    assert told["ended_on"] <= "2022-07-15"


def test_an_end_to_the_year_that_the_sources_of_the_fact_tell_is_an_end_too() -> None:
    told = _lease("2022-07-15", published="2022-03-01", valid_from="2012", valid_to="2022", status="ended")
    assert told is not None
    assert (told["status"], told["ended_on"]) == ("ended", "2022-03-01")


def test_an_announced_exit_is_not_an_end() -> None:
    told = _lease("2022-01-01", status="announced_exit", end_source_ids="end-told", valid_from="2012")
    assert told is not None
    assert (told["status"], told["live"], told["ended_on"]) == ("announced_exit", True, None)


def test_an_announcement_that_was_not_yet_made_is_not_told() -> None:
    told = _lease("2020-01-01", "2020-01-01", status="announced_exit", end_source_ids="end-told", valid_from="2012")
    assert told is not None
    assert told["status"] == "active"


def test_a_disputed_tie_stays_disputed_until_it_ends() -> None:
    assert (_lease("2022-01-01", status="disputed") or {})["status"] == "disputed"
    assert (_lease("2022-01-01", **{**ENDED, "status": "disputed"}) or {})["status"] == "ended"


def test_the_year_of_a_payment_is_over_and_the_tie_is_not() -> None:
    facts = Facts().does(
        "mm-field", "project_pays", "mm-board", valid_from="2019-01-01", valid_to="2019-12-31", period="2019"
    )
    with at(facts) as con:
        assert con.sql("select status, live, ended_on, confirmed_on::varchar from edge").fetchall() == [
            ("active", True, None, "2019-12-31")
        ]


def test_without_a_known_at_the_day_of_the_facts_counts() -> None:
    from screener.store.build import memory_store
    from screener.store.clock import set_clocks

    with memory_store(Facts().does("kr-a", "leases_from", "mm-army").rows) as con:
        assert set_clocks(con, DAY("2022-01-01")).known_at == DAY("2024-06-30")


def test_articles_that_repeat_one_report_are_one_voice() -> None:
    facts = Facts()
    facts.source("report", "C", publisher="Watch")
    facts.source("article", "D", publisher="Daily", repeats="report")
    facts.source("other", "D", publisher="Evening")
    facts.does("kr-a", "leases_from", "mm-army", source_ids="report;article;other")
    with at(facts) as con:
        assert con.sql("select source_id, voice from edge_source order by 1").fetchall() == [
            ("article", "Watch"),
            ("other", "Evening"),
            ("report", "Watch"),
        ]
