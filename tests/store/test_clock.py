"""Two clocks: what was so on a day, and what was known by another."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import strategies as st

from screener.match.ready import ready_store
from screener.store.build import open_store
from screener.store.clock import set_clocks
from tests.once import drawn, memory_store
from tests.rules.facts import Facts, at, scored, together
from tests.score.naive import last_day

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
    facts.source("first", published=published)
    facts.source("of-end", published=end_published)
    facts.does("kr-a", "leases_from", "mm-army", source_ids="first", **cells)
    with at(facts, DAY(as_of), DAY(known_at or as_of)) as con:
        rows = (
            con.sql(
                "select status, live, disputed, ended_on::varchar as ended_on, end_planned, until, confirmed_on::varchar as confirmed_on from edge"
            )
            .pl()
            .to_dicts()
        )
    return rows[0] if rows else None


ENDED = {"valid_from": "2012", "valid_to": "2020-12-31", "status": "ended", "end_source_ids": "of-end"}


def test_a_documented_end_is_ended_and_dated() -> None:
    assert _lease("2022-01-01", **ENDED) == {
        "status": "ended",
        "live": False,
        "disputed": False,
        "ended_on": "2020-12-31",
        "end_planned": False,
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


@pytest.mark.parametrize(("known_at", "summary"), [("2021-02-28", ""), ("2021-03-01", "Left in 2020.")])
def test_a_summary_says_nothing_that_only_a_later_source_says(known_at: str, summary: str) -> None:
    facts = Facts()
    facts.source("first", published="2015-01-01")
    facts.source("of-end", published="2021-03-01")
    facts.does("kr-a", "leases_from", "mm-army", source_ids="first", summary="Left in 2020.", **ENDED)
    with at(facts, DAY("2022-01-01"), DAY(known_at)) as con:
        assert con.sql("select summary from edge").fetchall() == [(summary,)]


def test_before_its_end_a_tie_was_active() -> None:
    before = _lease("2019-06-30", "2022-01-01", **ENDED)
    assert before is not None
    assert before["live"]
    assert before["status"] != "ended"


def test_a_fact_that_starts_after_the_day_is_left_out() -> None:
    assert _lease("2011-12-31", "2022-01-01", **ENDED) is None
    assert _lease("2012-01-01", "2022-01-01", **ENDED) is not None


def test_a_source_that_was_published_later_is_not_used() -> None:
    assert _lease("2017-01-01", "2015-12-31", published="2016") is None
    assert _lease("2017-01-01", "2016-12-31", published="2016") is not None


@pytest.mark.parametrize("until", ["2022", "2022-06", "2022-06-30"])
def test_an_end_stated_only_to_the_year_is_an_end_once_it_was_published(until: str) -> None:
    """The source of 30 June 2022 says that it is done; that the year is not over yet does not make the tie active."""
    edge = _lease("2022-07-15", end_published="2022-06-30", **{**ENDED, "valid_to": until})
    assert edge is not None
    assert (edge["status"], edge["live"], edge["until"]) == ("ended", False, until)
    assert edge["ended_on"] <= "2022-07-15"


def test_an_end_to_the_year_that_the_sources_of_the_fact_tell_is_an_end_too() -> None:
    edge = _lease("2022-07-15", published="2022-03-01", valid_from="2012", valid_to="2022", status="ended")
    assert edge is not None
    assert (edge["status"], edge["ended_on"]) == ("ended", "2022-03-01")


@pytest.mark.parametrize("until", ["2025", "2025-03"])
def test_an_end_that_was_only_planned_is_not_past_before_its_day(until: str) -> None:
    """A source of 2021 gives a term that ends in 2025: it ends then, not on the day on which the plan was made."""
    planned = {**ENDED, "valid_to": until, "end_published": "2021-03-01"}
    edge = _lease("2024-12-31", **planned)
    assert edge is not None
    assert (edge["status"], edge["live"]) == ("announced_exit", True)
    edge = _lease("2026-07-15", **planned)
    assert edge is not None
    assert (edge["status"], edge["ended_on"]) == ("ended", {"2025": "2025-12-31", "2025-03": "2025-03-31"}[until])
    assert edge["end_planned"], "no source says that it ended"


def test_an_announced_exit_is_not_an_end() -> None:
    edge = _lease("2022-01-01", status="announced_exit", end_source_ids="of-end", valid_from="2012")
    assert edge is not None
    assert (edge["status"], edge["live"], edge["ended_on"]) == ("announced_exit", True, None)


def test_an_announcement_that_was_not_yet_made_is_not_reported() -> None:
    edge = _lease("2020-01-01", "2020-01-01", status="announced_exit", end_source_ids="of-end", valid_from="2012")
    assert edge is not None
    assert edge["status"] == "active"


def test_a_disputed_tie_stays_disputed_when_it_has_ended() -> None:
    assert (_lease("2022-01-01", status="disputed") or {})["status"] == "disputed"
    ended = _lease("2022-01-01", **{**ENDED, "status": "disputed"}) or {}
    assert (ended["status"], ended["disputed"]) == ("ended", True)


def test_the_year_of_a_payment_is_over_and_the_tie_is_not() -> None:
    facts = Facts().does(
        "mm-field", "project_pays", "mm-board", valid_from="2019-01-01", valid_to="2019-12-31", period="2019"
    )
    with at(facts) as con:
        assert con.sql("select status, live, ended_on, confirmed_on::varchar from edge").fetchall() == [
            ("active", True, None, "2019-12-31")
        ]


def test_without_a_known_at_the_day_of_the_facts_counts() -> None:
    with memory_store(Facts().does("kr-a", "leases_from", "mm-army").rows) as con:
        assert set_clocks(con, DAY("2022-01-01")).known_at == DAY("2024-06-30")


def _with_a_fact_of_ones_own(tmp_path: Path, published: str) -> dt.date:
    (tmp_path / "source").mkdir()
    header = "source_id,publisher,publisher_kind,title,url,published_on,retrieved_on,grade\n"
    row = f"mine,Me,other,A note,https://mine.example/a,{published},2031-05-05,E\n"
    (tmp_path / "source" / "mine.csv").write_text(header + row, encoding="utf-8")
    path = ready_store(str(tmp_path / "s.duckdb"), [str(tmp_path)], lasting=False).path
    with open_store(path) as con:
        return set_clocks(con, DAY("2026-01-01")).known_at


def test_the_day_of_the_facts_does_not_move_because_a_fact_of_ones_own_was_read_today(
    shipped_con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    shipped_day = set_clocks(shipped_con, DAY("2026-01-01")).known_at
    assert _with_a_fact_of_ones_own(tmp_path, "2025-01-01") == shipped_day


def test_a_fact_of_ones_own_that_was_published_later_is_known(tmp_path: Path) -> None:
    assert _with_a_fact_of_ones_own(tmp_path, "2031-05-01") == DAY("2031-05-01")


def _edge(facts: Facts, as_of: str, known_at: str) -> dict[str, Any] | None:
    columns = "since, begun_known, valid_from::varchar as valid_from, confirmed_on::varchar as confirmed_on, read_on::varchar as read_on"
    with at(facts, DAY(as_of), DAY(known_at)) as con:
        rows: list[dict[str, Any]] = con.sql(f"select {columns} from edge").pl().to_dicts()
    return rows[0] if rows else None


def test_a_fact_whose_beginning_is_not_known_stands_from_the_first_day_for_which_a_source_speaks() -> None:
    facts = Facts()
    facts.source("first", published="2025-09-01")
    facts.does("kr-a", "leases_from", "mm-army", source_ids="first", confirmed_on="2025-06-30")
    assert _edge(facts, "2025-06-29", "2026-01-01") is None
    expected = {
        "since": None,
        "begun_known": False,
        "valid_from": "2025-06-30",
        "confirmed_on": "2025-06-30",
        "read_on": None,
    }
    assert _edge(facts, "2025-06-30", "2026-01-01") == expected
    assert _edge(facts, "2030-01-01", "2026-01-01") == expected


def test_without_a_confirmation_it_stands_from_the_publication() -> None:
    facts = Facts()
    facts.source("first", published="2025-09-01")
    facts.does("kr-a", "leases_from", "mm-army", source_ids="first")
    assert _edge(facts, "2025-08-31", "2026-01-01") is None
    assert (_edge(facts, "2025-09-01", "2026-01-01") or {})["confirmed_on"] == "2025-09-01"


def test_a_known_beginning_is_given_and_no_confirmation_is_moved_to_the_as_of_day() -> None:
    facts = Facts()
    facts.source("first", published="2025-09-01")
    facts.does("kr-a", "leases_from", "mm-army", source_ids="first", valid_from="2010", confirmed_on="2025-06-30")
    edge = _edge(facts, "2015-06-30", "2026-01-01") or {}
    assert (edge["begun_known"], edge["since"], edge["confirmed_on"]) == (True, "2010", "2025-06-30")


def test_nothing_is_confirmed_for_a_day_behind_its_newest_source() -> None:
    facts = Facts()
    facts.source("first", published="2019-03-01")
    facts.does("kr-a", "leases_from", "mm-army", source_ids="first", valid_from="2010", confirmed_on="2022-01-01")
    assert (_edge(facts, "2024-01-01", "2024-01-01") or {})["confirmed_on"] == "2019-03-01"


@pytest.mark.parametrize("written", [("2019-12", "2019-12-31"), ("2019-12-31", "2019-12")])
def test_of_two_acts_of_one_day_a_finding_takes_the_less_exact_date(written: tuple[str, str]) -> None:
    facts = Facts()
    facts.entity("mm-gas", kind="project")
    facts.does("kr-a", "operates_project", "mm-gas", share="0.5", confirmed_on=written[0])
    facts.does(
        "mm-gas", "project_pays", "mm-test-gas-board", amount_usd="1000000", period="yearly", confirmed_on=written[1]
    )
    facts.listed("mm-test-gas-board", "test-military-list")
    found = scored(facts).findings
    assert found["confirmed_written"].to_list() == ["2019-12"] * found.height
    assert found.height > 0


def test_a_listing_is_confirmed_by_the_newest_day_for_which_a_source_gives_the_list() -> None:
    facts = Facts()
    facts.source("gazette", published="2021-04-19")
    facts.source("consolidated", published="2024-02-02")
    facts.listed("mm-army", "test-list", valid_from="2021-04-19", source_ids="gazette;consolidated")
    edge = _edge(facts, "2030-01-01", "2030-01-01") or {}
    assert (edge["since"], edge["confirmed_on"], edge["read_on"]) == ("2021-04-19", "2024-02-02", "2024-02-02")
    assert (_edge(facts, "2023-01-01", "2023-01-01") or {})["read_on"] == "2021-04-19"
    assert _edge(facts, "2021-04-18", "2030-01-01") is None


def test_a_source_dated_to_the_year_was_out_when_it_was_read() -> None:
    facts = Facts()
    facts.rows["source"] = []
    facts.source("first", published="2024")  # read on 2024-06-30
    facts.does("kr-a", "leases_from", "mm-army", source_ids="first")
    assert (_edge(facts, "2024-06-30", "2024-06-30") or {})["confirmed_on"] == "2024-06-30"


DAYS = st.dates(dt.date(2005, 1, 1), dt.date(2030, 12, 31))
WRITTEN = st.none() | DAYS.map(str) | DAYS.map(lambda day: f"{day:%Y-%m}") | DAYS.map(lambda day: f"{day:%Y}")


@st.composite
def dated_worlds(draw: st.DrawFn) -> Facts:
    """A few facts of every table with any dates, on sources of any day."""
    facts = Facts()
    for number in range(3):
        facts.source(f"s-{number}", published=str(draw(DAYS)))
    sources = st.lists(st.sampled_from(["s-0", "s-1", "s-2"]), min_size=1, max_size=2, unique=True).map(";".join)
    for _ in range(draw(st.integers(1, 4))):
        span: dict[str, Any] = {"valid_from": draw(WRITTEN), "valid_to": draw(WRITTEN), "source_ids": draw(sources)}
        if draw(st.booleans()):
            facts.listed("mm-army", "test-list", **span)
            continue
        span |= {"confirmed_on": draw(WRITTEN), "end_source_ids": draw(st.none() | sources)}
        span["status"] = (
            "ended" if span["valid_to"] and draw(st.booleans()) else draw(st.sampled_from(["active", "disputed"]))
        )
        match draw(st.sampled_from(["owns", "buys", "does", "pays"])):
            case "owns":
                facts.owns("kr-a", "mm-army", 0.3, **span)
            case "buys":
                facts.buys("kr-a", "mm-army", **span)
            case "pays":
                facts.does("kr-a", "pays", "mm-army", **span)
            case _:
                facts.does("kr-a", "leases_from", "mm-army", **span)
    return facts


def test_every_day_of_an_edge_is_one_that_the_facts_give() -> None:
    """Of many worlds in one store, on some pairs of days."""
    worlds = drawn(dated_worlds(), 40)
    given_days = [set[dt.date]() for _ in worlds]
    written: list[set[str | None]] = [{None} for _ in worlds]
    for number, facts in enumerate(worlds):
        for table in ("source", "ownership", "supply", "activity", "listing"):
            for row in facts.rows.get(table, []):
                for cell in ("published_on", "retrieved_on", "valid_from", "valid_to", "confirmed_on"):
                    if row.get(cell):
                        given_days[number] |= {_first(row[cell]), last_day(row[cell])}
                        written[number].add(row[cell])
    asked = "select from_id, confirmed_written, valid_from, confirmed_on, read_on, ended_on from edge"
    with memory_store(together(worlds)) as con:
        for as_of, known_at in drawn(st.tuples(DAYS, DAYS), 8):
            set_clocks(con, as_of, known_at)
            for entity, confirmed, begun, *days in con.execute(asked).fetchall():
                number = int(entity.rpartition("-")[2])
                assert begun <= as_of
                assert {begun, *days} - {None} <= given_days[number], worlds[number]
                # Nor is a month or a year made a day.
                assert confirmed in written[number], worlds[number]
            assert con.execute("select count(*) from edge where ended_on >= ?", [as_of]).fetchall() == [(0,)]


def _first(written: str) -> dt.date:
    return dt.date.fromisoformat((written + "-01-01")[:10])


def test_a_verdict_of_a_store_that_knew_days_only_is_dated_by_its_day(checkout: Path) -> None:
    facts = Facts()
    facts.source("fund", published="2021-04")
    facts.source("fund-later", published="2023-01")
    verdict = {"entity_id": "kr-a", "institution": "Fund", "decision": "exclusion", "source_ids": "fund;fund-later"}
    facts.rows["verdict"] = [verdict | {"decided_on": "2021-03", "ended_on": "2022"}]
    query = (checkout / "screener" / "score" / "verdicts.sql").read_text(encoding="utf-8")
    written = f"select decided_written, ended_written, end_planned from ({query})"
    with at(facts, dt.date(2026, 1, 1), dt.date(2026, 1, 1)) as con:
        assert con.execute(written).fetchall() == [("2021-03", "2022", False)]
        con.execute("update verdict set decided_written = null, ended_written = null")
        assert con.execute(written).fetchall() == [("2021-03-31", "2022-12-31", False)]
    with at(facts, dt.date(2026, 1, 1), dt.date(2022, 12, 31)) as con:
        assert con.execute(written).fetchall() == [("2021-03", None, False)], "no source of that day knows of the end"
    facts.rows["verdict"][0]["source_ids"] = "fund"
    with at(facts, dt.date(2026, 1, 1), dt.date(2026, 1, 1)) as con:
        assert con.execute(written).fetchall() == [("2021-03", "2022", True)], "the term of the decision"


def test_articles_that_repeat_one_report_are_one_publisher() -> None:
    facts = Facts()
    facts.source("report", "C", publisher="Watch")
    facts.source("article", "D", publisher="Daily", repeats="report")
    facts.source("other", "D", publisher="Evening")
    facts.does("kr-a", "leases_from", "mm-army", source_ids="report;article;other")
    with at(facts) as con:
        assert con.sql("select source_id, independent_publisher from edge_source order by 1").fetchall() == [
            ("article", "Watch"),
            ("other", "Evening"),
            ("report", "Watch"),
        ]
