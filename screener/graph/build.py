"""Who answers for whom: what of the stakes is known as of the clocks, solved for the owners that matter."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import duckdb

from screener.graph.holding import solve_holdings
from screener.graph.parameters import GraphParameters
from screener.store.clock import has_temporary_table

_HERE = Path(__file__).parent


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
