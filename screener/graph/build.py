"""The joins that make a finding: who answers for whom, and whom goods of an anchor reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from screener.graph.holding import solve_holdings
from screener.graph.reach import best_paths, forget_paths
from screener.store.clock import has_temporary_table, tell_deliveries

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class GraphParameters:
    """Parameters of the graph, from `rules/method.toml` [graph], and what makes one way stronger than another.

    control_share: above it (or at it, with operation) an owner controls. influence_share: from it on an owner answers for its part.
    tier_decay: factor for each further supply tier. unknown_input_share: weight of a delivery whose share in the input is not known.
    quality: grade of a source -> how far it can be relied on, 0-1. disputed: factor where a tie is denied with reasons.
    ended_half_life, unconfirmed_grace, unconfirmed_half_life: days; unconfirmed_floor: 0-1 ([recency]).
    """

    control_share: float
    influence_share: float
    max_hops: int
    max_tiers: int
    tier_decay: float
    unknown_input_share: float
    quality: Mapping[str, float]
    disputed: float
    ended_half_life: float
    unconfirmed_grace: float
    unconfirmed_half_life: float
    unconfirmed_floor: float


def number_stakes(con: duckdb.DuckDBPyConnection, parameters: GraphParameters) -> None:
    """Creates the temporary table `owning` and the view `owning_edge` (columns in stake_link.sql) of a store with its clocks set."""
    _weigh_sources(con, parameters)
    con.execute(_sql("stake_link.sql"))


def build_ownership(con: duckdb.DuckDBPyConnection, parameters: GraphParameters) -> None:
    """Creates the temporary table `effective_ownership` (columns in ownership.sql).

    Args:
        con: after `number_stakes`; if it has a temporary table `holder_id` (entity_id varchar), only these owners are told.
        parameters: the parameters of the graph.
    """
    chosen = (
        "select node from node join holder_id using (entity_id)"
        if has_temporary_table(con, "holder_id")
        else "select distinct owner as node from owning"
    )
    con.execute(f"create or replace temp table holder as {chosen}")
    nodes = int(con.execute("select count(*) from node").fetchall()[0][0])
    solve_holdings(con, nodes=nodes, control_share=parameters.control_share)
    con.execute(_sql("ownership.sql"))


def build_supply_reach(con: duckdb.DuckDBPyConnection, parameters: GraphParameters) -> None:
    """Creates the temporary table `supply_reach`: which buyers goods of an anchor reach, over tiers of suppliers, on the best path.

    Args:
        con: a store with its clocks set, and the temporary tables `anchor` (anchor_id varchar; products varchar, HS families
            parted by blanks, or null for all goods; max_tiers integer, the longest path that the asker allows) and, if only some buyers
            matter, `buyer` (buyer_id varchar).
        parameters: the parameters of the graph.

    Columns out: buyer_id, anchor_id, products, max_tiers, tier, proximity (0-1), live, edge_ids (from the buyer up to the anchor). The
    strongest live path, and beside it the strongest of all where that has ended.
    """
    _weigh_sources(con, parameters)
    everywhere = not has_temporary_table(con, "buyer")
    if everywhere:
        con.execute("create or replace temp view buyer as select entity_id as buyer_id from entity")
    forget_paths(con)
    con.execute(_sql("supply_link.sql"))
    con.execute(
        "create or replace temp table reach_anchor as select distinct node, least(max_tiers, ?::integer) as tiers from start",
        [parameters.max_tiers],
    )
    nodes = int(con.execute("select getvariable('supply_nodes')").fetchall()[0][0])
    best_paths(con, nodes=nodes, decay=parameters.tier_decay, everywhere=everywhere, ends="link_end")
    tell_deliveries(con, "select unnest(links) as link_no from reach")
    con.execute(_sql("supply_reach.sql"))


def _weigh_sources(con: duckdb.DuckDBPyConnection, parameters: GraphParameters) -> None:
    """Creates the temporary tables `graph_parameter`, and `set_voice` and `told_set` (columns in told_set.sql)."""
    values = asdict(parameters)
    grades = values.pop("quality")
    selected = ", ".join(f"? as {name}" for name in values)
    con.execute(
        f"create or replace temp table graph_parameter as select {selected}, map(?::varchar[], ?::double[]) as quality",
        [*values.values(), list(grades), list(grades.values())],
    )
    con.execute(_sql("told_set.sql"))


def _sql(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
