"""Joins fetched entities to the embedded ones and to one another: by identifiers, then by certain name matches."""

import datetime as dt

import duckdb
import polars as pl

from screener.files import sql
from screener.store.asof import OPEN_END, RANKS


def join_origin(con: duckdb.DuckDBPyConnection, origin: str, moment: dt.datetime) -> None:
    """Joins what one source brought at a moment (UTC), and versions the joins: earlier known-at days keep theirs."""
    _match_names(con, origin)
    _step(con, moment)


def join_again(con: duckdb.DuckDBPyConnection) -> None:
    """Joins everything again after the embedded part was rebuilt, fetch by fetch in order."""
    con.execute("delete from fetched.same_as")
    for (origin,) in con.execute("select distinct origin from fetched.entity order by origin").fetchall():
        _match_names(con, origin)
    moments = "select distinct retrieved_at from fetched.snapshot where accepted order by 1"
    for (moment,) in con.execute(moments).fetchall():
        _step(con, moment)


def _match_names(con: duckdb.DuckDBPyConnection, origin: str) -> None:
    con.execute("delete from fetched.name_match where origin = ?", [origin])
    asked = con.sql(
        "select distinct entity_id, name from fetched.entity_name"
        " where origin = $origin and entity_id not in (select entity_id from main.entity) and kind = 'primary'",
        params={"origin": origin},
    )
    if (names := pl.DataFrame(asked).cast(pl.String)).height:
        con.register("certain_match", _certain(con, names))
        con.execute(
            "insert into fetched.name_match select ?, fetched_id, entity_id, score from certain_match", [origin]
        )
        con.unregister("certain_match")


def _certain(con: duckdb.DuckDBPyConnection, asked: pl.DataFrame) -> pl.DataFrame:
    """The embedded entities that the names (entity_id, name) mean with certainty: fetched_id, entity_id, score.

    A name is compared only if an embedded entity has a name with the same comparable form: this avoids comparing each
    of a registry's hundred thousand companies with entities that it cannot be.
    """
    from screener.match.match import resolve
    from screener.match.names import forms
    from screener.match.names.index import NameIndex

    index = NameIndex.build(con)
    known = index.table.select("key").drop_nulls().unique()
    asked = asked.filter(forms.may_be(asked["name"], known["key"]))
    asked = asked.with_columns(forms.clean(asked["name"]).alias("clean")).drop_nulls("clean")
    asked = asked.with_columns(key=forms.key(forms.core(pl.col("clean")))).join(known, on="key", how="semi")
    asked = asked.sort("entity_id", "name").with_row_index("row").cast({"row": pl.Int64})
    matches = pl.DataFrame(resolve(con, asked.select("row", "name"), country=None, index=index).matches)
    certain = matches.filter(pl.col("decision") == "auto").join(asked.select("row", fetched_id="entity_id"), on="row")
    return certain.group_by("fetched_id", "entity_id").agg(pl.col("score").max()).sort("fetched_id", "entity_id")


def _step(con: duckdb.DuckDBPyConnection, moment: dt.datetime) -> None:
    con.execute("create or replace temp table joining_moment as select ?::timestamp as moment", [moment])
    con.execute(f"create or replace temp table joining_rank as {RANKS}")
    con.execute(sql(__file__, "same_as.sql"))
    con.execute(
        "update fetched.same_as set system_to = ? where system_to = ?"
        " and (fetched_id, entity_id) not in (select (fetched_id, entity_id) from joining)",
        [moment, OPEN_END],
    )
    con.execute(
        "insert into fetched.same_as select fetched_id, entity_id, matched_by, ?, ? from joining"
        " where (fetched_id, entity_id) not in"
        " (select (fetched_id, entity_id) from fetched.same_as where system_to = ?)",
        [moment, OPEN_END, OPEN_END],
    )
