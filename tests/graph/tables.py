"""Fills the tables that the graph room works on, as numbers, without a store around them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import duckdb

from screener.graph.holding import solve_holdings, sql
from screener.graph.prune import as_statement, prune_steps
from screener.graph.supply import best_paths
from tests.graph.naive import Link

Stake = tuple[int, int, int, float | None, float | None, bool, dt.date | None]


def reached(
    con: duckdb.DuckDBPyConnection,
    links: Sequence[Link],
    anchors: Iterable[int],
    buyers: Iterable[int] | None,
    tiers: int,
    decay: float,
) -> dict[tuple[int, int, bool], tuple[int, float, list[int]]]:
    """(anchor, buyer, live) -> (tier, proximity, links from the buyer up), by `screener.graph.supply`; buyers None means everybody."""
    found = reached_together(con, links, [(anchor, tiers) for anchor in anchors], buyers, decay)
    return {(anchor, buyer, live): told for (_, anchor, buyer, live), told in found.items()}


def reached_together(
    con: duckdb.DuckDBPyConnection,
    links: Sequence[Link],
    starts: Sequence[tuple[int, int]],
    buyers: Iterable[int] | None,
    decay: float,
) -> dict[tuple[int, int, int, bool], tuple[int, float, list[int]]]:
    """(tiers, anchor, buyer, live) -> as `reached`, of anchors that allow so many tiers each."""
    con.execute(
        "create or replace temp table link (link_no bigint, buyer integer, supplier integer, weight double, sure double, live boolean, tie integer)"
    )
    if links:
        con.executemany(
            "insert into link values (?, ?, ?, ?, ?, ?, ?)",
            [(k.link_no, k.buyer, k.supplier, k.weight, k.sure, k.live, hash(k.link_no * 7919) & 1023) for k in links],
        )
    con.execute("create or replace temp table reach_anchor (node integer, tiers integer)")
    con.execute("create or replace temp table reach_buyer (node integer)")
    if starts:
        con.executemany("insert into reach_anchor values (?, ?)", starts)
    if buyers is not None and (ends := [(node,) for node in buyers]):
        con.executemany("insert into reach_buyer values (?)", ends)
    tiers = max((allowed for _, allowed in starts), default=0)
    companies = None if buyers is None else "reach_buyer"
    con.execute(
        f"create or replace temp table near as {as_statement(prune_steps('link', 'reach_anchor', companies, tiers))}"
    )
    con.execute(
        "create or replace temp table near_link as select distinct n.*, weight, sure, live, tie from near as n"
        " join (select * exclude (buyer, supplier) from link) using (link_no)"
    )
    paths = best_paths("near_link", "reach_anchor", companies, max_tiers=tiers, decay=decay)
    rows = con.execute(f"select tiers, anchor, buyer, live, tier, proximity, links from ({paths})").fetchall()
    found = {(tiers, anchor, buyer, live): (tier, near, path) for tiers, anchor, buyer, live, tier, near, path in rows}
    assert len(found) == len(rows)
    return found


def held(
    con: duckdb.DuckDBPyConnection, stakes: Sequence[Stake], holders: Iterable[int]
) -> dict[tuple[int, int], tuple[float, float, bool, list[int]]]:
    """(owner, owned) -> (share_min, share_max, controls, edge numbers from the owner down), by `screener.graph.holding`."""
    con.execute("create or replace temp table graph_parameter as select 0.5::double as control_share")
    con.execute(
        "create or replace temp table owning (edge_no bigint, owner integer, owned integer, share_min double, share_max double, operates boolean, stated date, tie integer, sure double, fact_id varchar)"
    )
    if stakes:
        con.executemany(
            "insert into owning values (?, ?, ?, ?, ?, ?, ?, ?, 1, ?)",
            [(*s, hash(s[0] * 7919) & 1023, str(s[0])) for s in stakes],
        )
    con.execute("create or replace temp table holder (node integer)")
    con.executemany("insert into holder values (?)", [(holder,) for holder in holders])
    con.execute("create or replace temp table top as from holder")
    con.execute(sql("stake.sql"))
    solve_holdings(con, control_share=0.5)
    rows = con.execute("select owner, owned, share_min, share_max, controls, edge_nos from holding").fetchall()
    found = {(owner, owned): (low, high, controls, edges) for owner, owned, low, high, controls, edges in rows}
    assert len(found) == len(rows)
    return found


def problems(con: duckdb.DuckDBPyConnection) -> list[tuple[int, float, str]]:
    """What `held` found wrong with the stakes."""
    return [
        (owned, round(total, 9), problem)
        for owned, total, problem in con.execute("from stake_problem order by all").fetchall()
    ]
