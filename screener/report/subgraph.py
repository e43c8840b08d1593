"""What stands around one company in the graph, for the tree, and for other programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from screener.store.clock import make_edges

_SQL: Final = Path(__file__).with_name("subgraph.sql")
_NEAR: Final = Path(__file__).with_name("near_fact.sql")
_NODES: Final = """
select e.entity_id, e.kind, e.name, e.name_ko, e.name_local, e.country, e.region, e.sector, e.status,
    coalesce((
        select list({scheme: i.scheme, value: i.value} order by i.scheme, i.value) from identifier as i
        where i.entity_id = e.entity_id and coalesce(i.security, 'common') = 'common'
    ), []) as identifiers
from entity as e
where e.entity_id in (select unnest($ids))
order by e.entity_id"""
_LISTS: Final = """
select 'list:' || list_id as entity_id, list_id, title, publisher, jurisdiction, url
from list
where 'list:' || list_id in (select unnest($ids))
order by list_id"""


@dataclass(frozen=True)
class Subgraph:
    """The surroundings of `entity_id`.

    edges: the columns of subgraph.sql, nearest first. nodes: entity_id, kind, name, name_ko, name_local, country,
    region, sector, status, identifiers (list of {scheme, value}). lists: entity_id (`list:<id>`), list_id, title,
    publisher, jurisdiction, url. cut: edges beyond the limit were left out.
    """

    entity_id: str
    edges: pl.DataFrame
    nodes: pl.DataFrame
    lists: pl.DataFrame
    cut: bool


def subgraph(
    con: duckdb.DuckDBPyConnection, entity_id: str, *, hops: int = 3, tiers: int = 4, most: int = 2000
) -> Subgraph:
    """The surroundings of an entity, out of the facts as they stand on the day.

    Args:
        con: a store with its clocks set (`screener.store.clock.set_clocks`).
        entity_id: whose surroundings.
        hops: stakes to follow up to owners and down to what is owned.
        tiers: tiers of suppliers to follow.
        most: edges to take at most, nearest and live ones first.
    """
    _materialise_near(con, entity_id, hops, tiers)
    limits = {"id": entity_id, "hops": hops, "tiers": tiers, "most": most + 1}
    found = pl.DataFrame(con.sql(_SQL.read_text(encoding="utf-8"), params=limits))
    edges = found.head(most)
    ids = sorted({entity_id, *edges["from_id"], *edges["to_id"]})
    nodes = pl.DataFrame(con.sql(_NODES, params={"ids": ids}))
    lists = pl.DataFrame(con.sql(_LISTS, params={"ids": ids}))
    return Subgraph(entity_id, edges, nodes, lists, found.height > most)


def _materialise_near(con: duckdb.DuckDBPyConnection, entity_id: str, hops: int, tiers: int) -> None:
    con.execute(
        "create or replace temp table near as"
        " select node, 'self' as way, 0 as depth, 0 as round from node where entity_id = ?",
        [entity_id],
    )
    con.execute("create or replace temp table near_fact (fact_id varchar)")
    con.execute("set variable near_hops = ?::integer", [hops])
    con.execute("set variable near_tiers = ?::integer", [tiers])
    for number in range(1, hops + tiers + 1):
        con.execute("set variable near_round = ?::integer", [number])
        con.execute(_NEAR.read_text(encoding="utf-8"))
    make_edges(con, "select fact_id from near_fact")
