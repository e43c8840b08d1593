"""People's decisions about matches, as rows of the table `decision`: who decided what, when, and how to undo it.

They apply to the same queries. The table survives a rebuild of the store. A decision is never deleted: undoing it
records who did so and when.
"""

import datetime as dt

import duckdb
import polars as pl

from screener.errors import ScreenerError
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


def remember(con: duckdb.DuckDBPyConnection, decided: pl.DataFrame, by: str, at: dt.datetime) -> list[int]:
    """Stores decisions and returns their numbers; an earlier decision on the same query is superseded.

    `decided`: query_key (see `query_keys`), query (as a person reads it), entity_id (null: no company).
    """
    numbers: list[int] = []
    for key, query, entity_id in decided.select("query_key", "query", "entity_id").iter_rows():
        current = "where query_key = ? and undone_at is null"
        found = con.execute(f"select decision_id, entity_id from decision {current}", [key]).fetchall()
        if not found or found[0][1] != entity_id:
            con.execute(f"update decision set undone_at = ?, undone_by = ? {current}", [at, by, key])
            found = con.execute(
                "insert into decision select coalesce(max(decision_id), 0) + 1, ?, ?, ?, ?, ?, null, null"
                " from decision returning decision_id",
                [key, query, entity_id, by, at],
            ).fetchall()
        numbers.append(int(found[0][0]))
    return numbers


def undo(con: duckdb.DuckDBPyConnection, decision_id: int, by: str, at: dt.datetime) -> str:
    """Undoes a decision and returns its query.

    Raises:
        ScreenerError: there is no such decision, or it was already undone.
    """
    found = con.execute("select query, undone_at from decision where decision_id = ?", [decision_id]).fetchall()
    if not found or found[0][1] is not None:
        raise ScreenerError(
            "no such decision" if not found else "this decision has already been taken back or replaced",
            where="--undo",
            found=decision_id,
            do="`screener match --decisions` lists them",
        )
    con.execute("update decision set undone_at = ?, undone_by = ? where decision_id = ?", [at, by, decision_id])
    return str(found[0][0])


def decisions(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Every decision: decision_id, query, entity_id, decided_by, decided_at, undone_at, undone_by; empty if none."""
    return pl.DataFrame(con.sql("select * exclude (query_key) from decision order by decision_id"))
