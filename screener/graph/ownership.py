"""Who answers for whom, and who counts as listed through its owners, from the stakes at the set clocks."""

from __future__ import annotations

import duckdb
import polars as pl

from screener.files import sql
from screener.store.clock import keep


def set_parameters(con: duckdb.DuckDBPyConnection, **tables: pl.DataFrame) -> None:
    """Creates the tables of parameters, those of confidence.sql and the macro of members.sql.

    Args:
        con: a store with its clocks set.
        tables: `parameter`: one row of [graph] of `rules/method.toml`, `disputed` (factor where a tie is denied with
            reasons) and [recency], its spans in days. `grade_quality`: grade, quality (its reliability, 0-1).
            `ownership_test`: see owned_by_listed.sql.
    """
    keep(con, sql(__file__, "confidence.sql") + sql(__file__, "members.sql"), **tables)


def select_stakes(con: duckdb.DuckDBPyConnection, tops: str) -> None:
    """Creates `stake` (see stake.sql) below the tops of chains of stakes; `tops` is a query that returns entity_id."""
    chosen = f"create or replace temp table top as select node from node where entity_id in ({tops});"
    con.execute(chosen + sql(__file__, "stake.sql"))


def build_owned_by_listed(con: duckdb.DuckDBPyConnection) -> None:
    """Creates `owned_by_listed` (see its file), with the listed entities among the tops of `select_stakes`."""
    con.execute(sql(__file__, "owned_by_listed.sql"))
