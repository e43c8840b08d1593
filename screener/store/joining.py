"""Joins fetched entities to the embedded ones and to one another: by identifiers, then by certain name matches.

Names are compared by the matcher, which depends on the store, so callers pass it in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

import duckdb
import polars as pl

from screener.files import sql
from screener.store.asof import RANKS

# Takes the store and a frame of entity_id, name; returns fetched_id, entity_id, score of certain matches.
NameMatcher = Callable[[duckdb.DuckDBPyConnection, pl.DataFrame], pl.DataFrame]

OPEN_END: Final = dt.datetime(9999, 12, 31)


def join_origin(
    con: duckdb.DuckDBPyConnection, origin: str, moment: dt.datetime, match_names: NameMatcher | None
) -> None:
    """Joins what one source brought at a moment (UTC), and versions the joins: earlier known-at days keep theirs.

    Without the matcher (`screener.match.fetched.match_names`) only identifiers join.
    """
    if match_names is not None:
        _match_names(con, origin, match_names)
    _step(con, moment)


def join_again(con: duckdb.DuckDBPyConnection, match_names: NameMatcher) -> None:
    """Joins everything again after the embedded part was rebuilt, fetch by fetch in order."""
    con.execute("delete from fetched.same_as")
    for (origin,) in con.execute("select distinct origin from fetched.entity order by origin").fetchall():
        _match_names(con, origin, match_names)
    moments = "select distinct retrieved_at from fetched.snapshot where accepted order by 1"
    for (moment,) in con.execute(moments).fetchall():
        _step(con, moment)


def _match_names(con: duckdb.DuckDBPyConnection, origin: str, match_names: NameMatcher) -> None:
    con.execute("delete from fetched.name_match where origin = ?", [origin])
    asked = con.sql(
        "select distinct entity_id, name from fetched.entity_name"
        " where origin = $origin and entity_id not in (select entity_id from main.entity) and kind = 'primary'",
        params={"origin": origin},
    )
    if (names := pl.DataFrame(asked).cast(pl.String)).height:
        con.register("certain_match", match_names(con, names))
        con.execute(
            "insert into fetched.name_match select ?, fetched_id, entity_id, score from certain_match", [origin]
        )
        con.unregister("certain_match")


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
