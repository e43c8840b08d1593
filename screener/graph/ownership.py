"""Who answers for whom, and who counts as listed through its owners, from the stakes as of the clocks."""

from __future__ import annotations

from dataclasses import asdict

import duckdb
import polars as pl

from screener.graph.holding import UNITS, keep, solve_holdings, sql
from screener.graph.parameters import GraphParameters

_TEST = {
    **dict.fromkeys(("list_id", "test_id"), pl.String()),
    "threshold": pl.Int64(),
    **dict.fromkeys(("inclusive", "aggregate", "operators"), pl.Boolean()),
    **dict.fromkeys(("since", "until"), pl.Date()),
}


def weigh_sources(con: duckdb.DuckDBPyConnection, parameters: GraphParameters) -> None:
    """Creates `graph_parameter`, `set_voice` and `told_set` (see told_set.sql) of a store with its clocks set."""
    values = asdict(parameters)
    grades = values.pop("quality")
    tests = values.pop("ownership_tests")
    selected = ", ".join(f"? as {name}" for name in values)
    con.execute(
        f"create or replace temp table graph_parameter as select {selected}, map(?::varchar[], ?::double[]) as quality",
        [*values.values(), list(grades), list(grades.values())],
    )
    rows = [
        {
            "list_id": name,
            "test_id": test["id"],
            "threshold": None if test["share"] is None else round(test["share"] * UNITS),
        }
        | {"operators": test["control"]}
        | {name: test[name] for name in ("inclusive", "aggregate", "since", "until")}
        for test in tests
        for name in test["lists"]
    ]
    keep(con, "ownership_test", pl.DataFrame(rows, schema=_TEST))
    con.execute(sql("told_set.sql"))


def select_stakes(con: duckdb.DuckDBPyConnection, tops: str) -> None:
    """Creates `owning`, `stake` and `stake_problem` (see near_owning.sql and stake.sql).

    Args:
        con: after `weigh_sources`.
        tops: a query that gives the entity_id of those from whom chains of stakes begin.
    """
    con.execute(f"create or replace temp table top as select node from node where entity_id in ({tops})")
    con.execute(sql("near_owning.sql"))
    con.execute(sql("stake.sql"))


def build_owned_by_listed(con: duckdb.DuckDBPyConnection) -> None:
    """Creates the temporary table `owned_by_listed`: firms that listed entities own by the tests of their regimes.

    Args:
        con: after `select_stakes`, with the listed entities among the tops.

    Columns out: list_id, live (of the listings), test_id, entity_id, anchor_id (one row for each listed entity that
    holds a counted part, itself or through what it owns that way), share (0-1, held in total by the listed; the least
    that is known), sure (0-1, of the route), edge_ids (the strongest route, from the listed entity down), stake_ids
    (every stake that was counted, in order of size).
    """
    for name in ("listed_group.sql", "member.sql", "owned_by_listed.sql"):
        con.execute(sql(name))


def build_ownership(con: duckdb.DuckDBPyConnection, parameters: GraphParameters, holders: str) -> None:
    """Creates the temporary table `effective_ownership` (columns in ownership.sql).

    Args:
        con: after `select_stakes`, with the holders among the tops.
        parameters: the parameters of the graph.
        holders: a query that gives the entity_id of those whose holdings are told.
    """
    con.execute(f"create or replace temp table holder as select node from node where entity_id in ({holders})")
    solve_holdings(con, control_share=parameters.control_share)
    con.execute(sql("ownership.sql"))
