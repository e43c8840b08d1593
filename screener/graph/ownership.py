"""Who answers for whom, and who counts as listed through its owners, from the stakes as of the clocks."""

from __future__ import annotations

from dataclasses import asdict

import duckdb
import polars as pl

from screener.files import sql
from screener.graph.holding import UNITS, solve_holdings
from screener.graph.parameters import GraphParameters
from screener.store.clock import keep

_TEST = {
    **dict.fromkeys(("list_id", "test_id"), pl.String()),
    "threshold": pl.Int64(),
    **dict.fromkeys(("inclusive", "aggregate", "operators"), pl.Boolean()),
    **dict.fromkeys(("since", "until"), pl.Date()),
}


def set_parameters(con: duckdb.DuckDBPyConnection, parameters: GraphParameters) -> None:
    """Creates `parameter` (one row), `grade_quality`, `ownership_test` and the tables of confidence.sql.

    Args:
        con: a store with its clocks set.
        parameters: the parameters of the graph.
    """
    values = asdict(parameters)
    quality, tests = values.pop("quality"), values.pop("ownership_tests")
    rows = [
        {name: getattr(test, name) for name in ("inclusive", "aggregate", "since", "until")}
        | {"list_id": name, "test_id": test.id, "operators": test.control}
        | {"threshold": None if test.share is None else round(test.share * UNITS)}
        for test in tests
        for name in test.lists
    ]
    grades = pl.DataFrame({"grade": list(quality), "quality": list(quality.values())})
    keep(
        con,
        sql(__file__, "confidence.sql") + sql(__file__, "members.sql"),
        parameter=pl.DataFrame(values),
        grade_quality=grades,
        ownership_test=pl.DataFrame(rows, schema=_TEST),
    )


def select_stakes(con: duckdb.DuckDBPyConnection, tops: str) -> None:
    """Creates `stake` (see stake.sql).

    Args:
        con: after `set_parameters`.
        tops: a query that gives the entity_id of those from whom chains of stakes begin.
    """
    chosen = f"create or replace temp table top as select node from node where entity_id in ({tops});"
    con.execute(chosen + sql(__file__, "stake.sql"))


def build_owned_by_listed(con: duckdb.DuckDBPyConnection) -> None:
    """Creates the temporary table `owned_by_listed`: firms that listed entities own by the tests of their regimes.

    Args:
        con: after `select_stakes`, with the listed entities among the tops.

    Columns out: list_id, live (of the listings), test_id, entity_id, anchor_id (one row for each listed entity that
    holds a counted part, itself or through what it owns), share (0-1, held in total by the listed; the least
    that is known), confidence (0-1, of the route), edge_ids (the strongest route, from the listed entity down),
    stake_ids (every stake that was counted, in order of size).
    """
    con.execute(sql(__file__, "owned_by_listed.sql"))


def build_ownership(con: duckdb.DuckDBPyConnection, holders: str) -> None:
    """Creates the temporary table `effective_ownership` (columns in holding.sql).

    Args:
        con: after `select_stakes`, with the holders among the tops.
        holders: a query that gives the entity_id of those whose holdings are asked for.
    """
    solve_holdings(con, f"select node from node where entity_id in ({holders})")
