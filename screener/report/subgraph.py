"""What surrounds one company in the graph, for the tree, and for other programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from screener.store.clock import make_edges

_HERE: Final = Path(__file__).parent
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
    """The surroundings of an entity, as the facts say on the day.

    Args:
        con: a store with its clocks set (`screener.store.clock.set_clocks`).
        entity_id: whose surroundings.
        hops: stakes to follow up to owners and down to what is owned.
        tiers: tiers of suppliers to follow.
        most: edges to take at most, nearest and live ones first.
    """
    start = "node, 'self' as direction, 0 as depth, 0 as round, null::varchar as fact_id from node where entity_id = ?"
    con.execute(f"create or replace temp table near as select {start}", [entity_id])
    limits = {"hops": hops, "tiers": tiers}
    for number in range(1, hops + tiers + 1):
        con.execute((_HERE / "near.sql").read_text(encoding="utf-8"), limits | {"round": number})
    make_edges(con, "select fact_id from near where fact_id is not null")
    sql = (_HERE / "subgraph.sql").read_text(encoding="utf-8")
    found = pl.DataFrame(con.sql(sql, params=limits | {"id": entity_id, "most": most + 1}))
    edges = found.head(most)
    ids = sorted({entity_id, *edges["from_id"], *edges["to_id"]})
    nodes = pl.DataFrame(con.sql(_NODES, params={"ids": ids}))
    lists = pl.DataFrame(con.sql(_LISTS, params={"ids": ids}))
    return Subgraph(entity_id, edges, nodes, lists, found.height > most)
