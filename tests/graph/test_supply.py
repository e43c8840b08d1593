"""Supply reach out of a store: places, products, clocks, and stores with very many deliveries."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import pytest

from screener.files import sql
from screener.graph import ownership
from screener.graph.supply import build_supply_reach
from screener.score.assess import assess
from screener.store.clock import create_tables
from tests.rules.facts import Facts, at, world_method

METHOD = world_method()
DAY = dt.date(2024, 6, 30)


def reach(
    facts: Facts,
    *anchors: tuple[str, str | None, int],
    as_of: dt.date = DAY,
    known_at: dt.date | None = None,
    buyers: tuple[str, ...] = (),
) -> dict[tuple[str, str, str | None], Any]:
    """(buyer, anchor, products) -> (tier, proximity, live, who stands along the path from the buyer up)."""
    with at(facts, as_of, known_at) as con:
        con.execute("create temp table given (anchor_id varchar, products varchar, max_tiers integer)")
        con.executemany("insert into given values (?, ?, ?)", [list(anchor) for anchor in anchors])
        con.execute("create temp table buyer as select unnest(?::varchar[]) as buyer_id", [list(buyers)])
        ends = "select node from node join buyer on entity_id = buyer_id" if buyers else "select node from node"
        create_tables(con, sql(ownership.__file__, "confidence.sql"), **METHOD.graph_tables())
        build_supply_reach(con, "from given", ends, max_tiers=4)
        ends = dict(con.execute("select edge_id, from_id from edge").fetchall())
        rows = con.execute("select * from supply_reach").fetchall()
    return {
        (b, a, p): (tier, round(proximity, 9), live, [ends[e] for e in edges])
        for b, a, p, _, tier, proximity, live, edges in rows
    }


def xinjiang() -> Facts:
    facts = Facts()
    facts.entity("cn-xinjiang", kind="place", region="CN-XJ")
    return facts


def test_goods_from_a_region_come_from_its_place() -> None:
    facts = xinjiang().buys("kr-a", "cn-b", origin_region="CN-XJ", input_share="0.4").buys("kr-c", "kr-a")
    assert reach(facts, ("cn-xinjiang", None, 4)) == {
        ("kr-a", "cn-xinjiang", None): (1, 0.4, True, ["kr-a"]),
        ("kr-c", "cn-xinjiang", None): (2, 0.5 * 0.4 * 0.6, True, ["kr-c", "kr-a"]),
    }


def test_chinese_goods_of_unknown_origin_are_weighed_by_the_regions_share() -> None:
    facts = (
        xinjiang()
        .buys("kr-a", "cn-b", hs_code="2804.61", input_share="0.4")
        .buys("kr-c", "cn-d", hs_code="9999")
        .buys("kr-e", "jp-f", hs_code="280461")
    )
    facts.buys("kr-g", "cn-h", hs_code="280461", origin_region="CN-NM")
    facts.row(
        "region_share",
        region="CN-XJ",
        hs_code="2804.61",
        product="polysilicon",
        share_of="CN",
        share_min="0.3",
        share_max="0.35",
        year="2023",
    )
    assert reach(facts, ("cn-xinjiang", None, 4)) == {("kr-a", "cn-xinjiang", None): (1, 0.14, True, ["kr-a"])}


def test_only_deliveries_of_the_products_lead_from_an_anchor_that_is_asked_for_them() -> None:
    # The stronger delivery is of other goods; it must not hide the one that counts.
    facts = (
        Facts()
        .buys("kr-a", "cn-b", hs_code="85.41", input_share="0.9")
        .buys("kr-a", "cn-b", hs_code="2804.61.90", input_share="0.1")
        .buys("kr-c", "kr-a", hs_code="8541")
    )
    found = reach(facts, ("cn-b", None, 4), ("cn-b", "28 3901", 4), ("cn-b", "72", 4))
    assert found["kr-a", "cn-b", None][1] == 0.9
    assert found["kr-a", "cn-b", "28 3901"][:2] == (1, 0.1)
    assert found["kr-c", "cn-b", "28 3901"][:2] == (2, 0.1 * 0.5 * 0.6)
    assert ("kr-a", "cn-b", "72") not in found


def test_each_asker_gets_the_best_path_that_is_short_enough_for_it() -> None:
    facts = (
        Facts()
        .buys("kr-a", "cn-b", input_share="0.1")
        .buys("kr-a", "kr-c", input_share="0.9")
        .buys("kr-c", "cn-b", input_share="0.9")
    )
    with at(facts, DAY) as con:
        anchors = "select 'cn-b' as anchor_id, null::varchar as products, unnest([1, 4]) as max_tiers"
        create_tables(con, sql(ownership.__file__, "confidence.sql"), **METHOD.graph_tables())
        build_supply_reach(con, anchors, "select node from node", max_tiers=4)
        rows = con.execute(
            "select max_tiers, tier, proximity from supply_reach where buyer_id = 'kr-a' order by max_tiers"
        ).fetchall()
    assert rows == [(1, 1, pytest.approx(0.1)), (4, 2, pytest.approx(0.9 * 0.9 * 0.6))]


def test_a_path_is_ended_as_soon_as_one_of_its_deliveries_is() -> None:
    facts = Facts().buys("kr-a", "kr-b").buys("kr-b", "cn-c", valid_to="2023-05-31", status="ended")
    assert reach(facts, ("cn-c", None, 4))["kr-a", "cn-c", None][2] is False
    assert reach(facts, ("cn-c", None, 4), as_of=dt.date(2023, 5, 31))["kr-a", "cn-c", None][2] is True


def test_what_was_not_known_or_not_begun_is_no_delivery() -> None:
    facts = Facts()
    facts.source("late", published="2024-03-01")
    facts.buys("kr-a", "cn-b", source_ids="late").buys("kr-c", "cn-b", valid_from="2024-09")
    assert reach(facts, ("cn-b", None, 4)).keys() == {("kr-a", "cn-b", None)}
    assert reach(facts, ("cn-b", None, 4), known_at=dt.date(2024, 2, 29)) == {}
    ended = Facts()
    ended.source("end", published="2024-03-01")
    ended.buys("kr-a", "cn-b", valid_to="2023-01-01", status="ended", end_source_ids="end")
    assert reach(ended, ("cn-b", None, 4))["kr-a", "cn-b", None][2] is False
    assert reach(ended, ("cn-b", None, 4), known_at=dt.date(2024, 2, 29))["kr-a", "cn-b", None][2] is True


def test_asking_for_some_buyers_changes_nothing_for_them() -> None:
    facts = Facts().buys("kr-a", "kr-b").buys("kr-b", "cn-c").buys("kr-d", "kr-b")
    everybody = reach(facts, ("cn-c", None, 4))
    assert reach(facts, ("cn-c", None, 4), buyers=("kr-d",)) == {k: v for k, v in everybody.items() if k[0] == "kr-d"}


def test_only_deliveries_on_paths_become_edges(shipped_con: duckdb.DuckDBPyConnection) -> None:
    assess(shipped_con, as_of=DAY)
    count = "select count(*) from {} where kind = 'supply'"
    (made,) = shipped_con.execute(count.format("edge")).fetchone() or (0,)
    (facts,) = shipped_con.execute("select count(*) from supply").fetchone() or (0,)
    assert 0 < made < facts
