"""Applies people's earlier decisions to the same queries."""

import duckdb
import polars as pl

from screener.match.frames import ID_COLUMNS, completed
from screener.match.identify import squeezed
from screener.match.names.prepared import comparable


def query_keys(queries: pl.DataFrame) -> pl.DataFrame:
    """row, query_key: the query in normal form, so that blanks, case and company forms do not matter.

    A decision holds for equal queries: the same name with another identifier is another query.
    """
    queries = completed(queries)
    numbers = [pl.concat_str(pl.lit(f"{column}="), squeezed(pl.col(column))) for column in ID_COLUMNS]
    name = pl.concat_str(pl.lit("name="), pl.coalesce(pl.col("core").replace("", None), "clean").str.to_uppercase())
    names = comparable(queries.select("row", "name").drop_nulls("name")).select("row", "clean", "core")
    key = pl.concat_str([*numbers, name], separator="|", ignore_nulls=True)
    return queries.join(names, on="row", how="left").select("row", query_key=key).filter(pl.col("query_key") != "")


def earlier(con: duckdb.DuckDBPyConnection, queries: pl.DataFrame) -> pl.DataFrame:
    """Current decisions on these queries: row, decided_id (null: no company), decided (a sentence: who and when)."""
    made = pl.DataFrame(
        con.sql(
            "select query_key, entity_id as decided_id, 'decided by ' || decided_by || ' on '"
            " || strftime(decided_at, '%Y-%m-%d') as decided from decision where undone_at is null"
        )
    ).cast(pl.String)
    if made.is_empty():
        return pl.DataFrame(schema={"row": pl.Int64, "decided_id": pl.String, "decided": pl.String})
    found = query_keys(queries).join(made, on="query_key")
    return found.select("row", "decided_id", "decided").unique("row", keep="first")
