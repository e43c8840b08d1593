"""Applies people's earlier decisions to the same queries."""

from __future__ import annotations

import duckdb
import polars as pl

from screener.match.frames import ID_COLUMNS
from screener.match.identify import squeezed
from screener.match.names.prepared import comparable


def query_keys(queries: pl.DataFrame) -> pl.DataFrame:
    """row, query_key: the query in normal form, so that blanks, case and company forms do not matter.

    A decision holds for equal queries: the same name with another identifier is another query.
    """
    numbers = [
        pl.concat_str(pl.lit(f"{column}="), squeezed(pl.col(column)))
        for column in ID_COLUMNS
        if column in queries.columns
    ]
    names = (
        comparable(queries.select("row", "name").drop_nulls("name")).select("row", "clean", "core")
        if "name" in queries.columns
        else pl.DataFrame(schema={"row": pl.Int64, "clean": pl.String, "core": pl.String})
    )
    joined = queries.select("row", *[part.alias(f"part{n}") for n, part in enumerate(numbers)]).join(
        names, on="row", how="left"
    )
    name = pl.concat_str(pl.lit("name="), pl.coalesce(pl.col("core").replace("", None), "clean").str.to_uppercase())
    parts = [pl.col(f"part{n}") for n in range(len(numbers))]
    return joined.select("row", query_key=pl.concat_str([*parts, name], separator="|", ignore_nulls=True)).filter(
        pl.col("query_key") != ""
    )


def earlier(con: duckdb.DuckDBPyConnection, queries: pl.DataFrame) -> pl.DataFrame:
    """Current decisions on these queries: row, decided_id (null: no company), decided (a sentence: who and when)."""
    empty = pl.DataFrame(schema={"row": pl.Int64, "decided_id": pl.String, "decided": pl.String})
    known = con.execute("select count(*) from duckdb_tables() where table_name = 'decision'").fetchall()
    if not known[0][0]:
        return empty
    made = pl.DataFrame(
        con.sql(
            "select query_key, entity_id as decided_id, 'decided by ' || decided_by || ' on '"
            " || strftime(decided_at, '%Y-%m-%d') as decided from decision where undone_at is null"
        )
    ).cast(pl.String)
    if made.height == 0:
        return empty
    return (
        query_keys(queries)
        .join(made, on="query_key")
        .select("row", "decided_id", "decided")
        .unique("row", keep="first")
    )
