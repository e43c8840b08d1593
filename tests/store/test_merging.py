"""What becomes of facts stated twice: dates merge as days, ids of different facts differ, and what no row may say is named."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from screener.schema.tables import TABLES, columns
from screener.store.build import memory_store
from screener.store.load import notices, problems
from tests.rules.facts import Facts

DAY = dt.date.fromisoformat


def _numbers(*spans: tuple[str | None, str | None]) -> tuple[dt.date | None, dt.date | None]:
    facts = Facts()
    for begun, ended in spans:
        facts.row("identifier", entity_id="kr-a", scheme="dart", value="00126380", valid_from=begun, valid_to=ended)
    with memory_store(facts.rows) as con:
        ((first, last),) = con.execute("select valid_from, valid_to from identifier where scheme = 'dart'").fetchall()
    return first, last


@pytest.mark.parametrize(
    ("spans", "merged"),
    [
        ([("2020", "2020"), ("2020-03", "2020-03")], ("2020-01-01", "2020-12-31")),
        ([("2020-03", "2020"), ("2020", "2020-03")], ("2020-01-01", "2020-12-31")),
        ([("2015", "2018"), ("2016", None)], ("2015-01-01", None)),
        ([(None, "2018"), ("2016", "2019-06")], (None, "2019-06-30")),
    ],
)
def test_dates_merge_as_days_and_an_open_end_stays_open(
    spans: list[tuple[str | None, str | None]], merged: tuple[str | None, str | None]
) -> None:
    expected = tuple(None if day is None else DAY(day) for day in merged)
    assert _numbers(*spans) == _numbers(*spans[::-1]) == expected


def test_stakes_that_differ_in_which_share_is_known_are_two_facts() -> None:
    facts = (
        Facts()
        .owns("kr-a", "kr-b", share_min="0.3", share_max=None)
        .owns("kr-a", "kr-b", share_min=None, share_max="0.3")
    )
    with memory_store(facts.rows) as con:
        assert con.execute("select count(distinct fact_id) from ownership").fetchall() == [(2,)]


def _tables(facts: Facts) -> dict[str, pl.DataFrame]:
    found = {}
    for table in TABLES:
        names = columns(table)
        rows = [{name: row.get(name) for name in names} for row in facts.rows.get(table, [])]
        frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String))
        found[table] = frame.with_columns(
            _file=pl.lit(f"{table}/t.csv"), _row=pl.int_range(2, pl.len() + 2, dtype=pl.Int64)
        )
    return found


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"url": "http://210.207.174.245:8184/news"}, "an address of a machine"),
        ({"url": "https://r.jina.ai/https://s.example/a"}, "a proxy"),
        ({"url": "https://s.example/"}, "the root of a site"),
        ({"url": "https://s.example/a", "copy_of": "https://o.example/a"}, "grade A, but a copy was read"),
    ],
)
def test_a_source_that_is_not_what_was_read_is_named(cells: dict[str, str], problem: str) -> None:
    facts = Facts()
    facts.source("one", "A", **cells)
    assert problems(_tables(facts))["problem"].to_list() == [problem]


def test_a_publisher_spelled_two_ways_is_named_where_it_is_rarer() -> None:
    facts = Facts()
    for number, publisher in enumerate(("The Guru", "The Guru", "TheGuru")):
        facts.source(f"s-{number}", publisher=publisher, url="https://s.example/a")
    assert problems(_tables(facts))["key"].to_list() == ["s-2"]


def test_an_end_that_is_past_is_not_active_but_a_period_of_payment_may_be() -> None:
    facts = Facts()
    facts.source("register", url="https://s.example/a")
    facts.does("kr-a", "leases_from", "mm-b", valid_to="2022").does(
        "kr-a", "pays", "mm-b", valid_to="2022", period="2022"
    )
    assert problems(_tables(facts))["row"].to_list() == [2]


def test_what_is_stale_or_lacks_its_korean_is_counted_and_no_fault() -> None:
    facts = Facts()
    facts.source("register", published="2019-01-01", url="https://s.example/a")
    facts.does("kr-a", "leases_from", "mm-b", summary="It rents.")
    tables = _tables(facts)
    assert problems(tables).is_empty()
    assert [notice.split(":")[0] for notice in notices(tables)] == ["activity", "activity"]
