"""Fills the tables that the graph layer works on, as numbers, without a store around them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import duckdb
import polars as pl

from screener.files import sql
from screener.graph import ownership, supply
from screener.graph.ownership import solve_holdings
from screener.graph.prune import as_statement, prune_steps
from screener.store.clock import create_tables
from tests.graph.naive import Link

_LINK = {
    "link_no": pl.Int64,
    "buyer": pl.Int32,
    "supplier": pl.Int32,
    "weight": pl.Float64,
    "confidence": pl.Float64,
    "live": pl.Boolean,
    "tie": pl.Int32,
}
_STATED = {
    "edge_no": pl.Int64,
    "owner": pl.Int32,
    "owned": pl.Int32,
    "share_min": pl.Float64,
    "share_max": pl.Float64,
    "operates": pl.Boolean,
    "stated": pl.Date,
    "tie": pl.Int32,
}
Stake = tuple[int, int, int, float | None, float | None, bool, dt.date | None]


def _tie(number: int) -> int:
    return hash(number * 7919) & 1023


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
    return {(anchor, buyer, live): path for (_, anchor, buyer, live), path in found.items()}


def reached_together(
    con: duckdb.DuckDBPyConnection,
    links: Sequence[Link],
    starts: Sequence[tuple[int, int]],
    buyers: Iterable[int] | None,
    decay: float,
) -> dict[tuple[int, int, int, bool], tuple[int, float, list[int]]]:
    """(tiers, anchor, buyer, live) -> as `reached`, of anchors that allow so many tiers each."""
    link_rows = [(k.link_no, k.buyer, k.supplier, k.weight, k.confidence, k.live, _tie(k.link_no)) for k in links]
    if buyers is None:
        buyers = {node for link in links for node in (link.buyer, link.supplier)} | {anchor for anchor, _ in starts}
    create_tables(
        con,
        link=pl.DataFrame(link_rows, schema=_LINK, orient="row"),
        parameter=pl.DataFrame({"tier_decay": [decay]}),
        start=pl.DataFrame(list(starts), schema={"node": pl.Int32, "tiers": pl.Int32}, orient="row"),
        reach_buyer=pl.DataFrame({"node": list(buyers)}, schema={"node": pl.Int32}),
    )
    tiers = max((allowed for _, allowed in starts), default=0)
    near = as_statement(prune_steps("link", "start", "reach_buyer", tiers))
    con.execute(f"create or replace temp table near_link as select distinct * from ({near})")
    con.execute(sql(supply.__file__, "best_path.sql"))
    rows = con.execute("select tiers, anchor, buyer, live, tier, proximity, links from reach").fetchall()
    found = {(tiers, anchor, buyer, live): (tier, near, path) for tiers, anchor, buyer, live, tier, near, path in rows}
    assert len(found) == len(rows)
    return found


def held(
    con: duckdb.DuckDBPyConnection, stakes: Sequence[Stake], holders: Iterable[int]
) -> dict[tuple[int, int], tuple[float, float, bool, list[int]]]:
    """(owner, owned) -> (share_min, share_max, controls, edge numbers from the owner down), by `screener.graph.ownership`."""
    create_tables(con, stated=pl.DataFrame([(*s, _tie(s[0])) for s in stakes], schema=_STATED, orient="row"))
    holder = f"select unnest({list(holders)}::integer[]) as node"
    con.execute(
        f"create or replace temp table top as {holder};"
        "create or replace temp table stake_link as"
        " select *, edge_no::varchar as fact_id, stated as confirmed_on, 0 as source_set from stated;"
        + stakes_of_one_source()
    )
    solve_holdings(con, holder)
    rows = con.execute("select owner, owned, share_min, share_max, controls, edge_nos from holding").fetchall()
    found = {(owner, owned): (low, high, controls, edges) for owner, owned, low, high, controls, edges in rows}
    assert len(found) == len(rows)
    return found


def stakes_of_one_source() -> str:
    """The script that makes `stake` of `top` and `stake_link`, all on the word of one source that leaves no doubt."""
    return f"""
        create or replace temp table clock as select date '2024-06-01' as as_of;
        create or replace temp table parameter as select 0.5::double as control_share, 1.0::double as disputed, 30 as max_hops;
        create or replace temp table node as select 0 as node, '' as entity_id where false;
        create or replace temp table known_set as
        select 0 as source_set, null::date as newest, null::date as last_known_on, true as end_known, null::date as end_known_on, null::date as end_newest;
        create or replace temp table set_confidence as select 0 as source_set, 1.0::double as confidence;
        create or replace temp table set_publisher as select 0 as source_set, 'x' as independent_publisher, 1.0::double as quality;
        create or replace temp macro known_end(valid_from, valid_to, vague_from, end_known, end_known_on, end_newest) as valid_to;
        create or replace temp macro joint_confidence(quality, publisher) as max(quality);
        create or replace temp table stake_link as
        select *, date '2000-01-01' as valid_from, null::date as valid_to, null::date as vague_from, false as disputed, true as repeated
        from stake_link;
        {sql(ownership.__file__, "members.sql")}
        {sql(ownership.__file__, "stake.sql")}"""
