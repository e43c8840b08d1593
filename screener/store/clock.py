"""Sets the two clocks: the store as of one day, with what was known by another."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import duckdb

from screener.store.asof import show_fetched
from screener.store.build import numbered


@dataclass(frozen=True)
class Clocks:
    """`as_of`: the day in the world. `known_at`: only sources published by this day are used."""

    as_of: dt.date
    known_at: dt.date


def set_clocks(con: duckdb.DuckDBPyConnection, as_of: dt.date | None = None, known_at: dt.date | None = None) -> Clocks:
    """Creates the temporary tables `clock`, `known_source`, `edge` and `edge_source` of clock.sql and edge.sql.

    Acts and listings become edges, and the stakes that touch a Korean company; other stakes, and deliveries, follow
    where they are asked for (`materialise_edges`).

    Args:
        con: an open store.
        as_of: the day in the world; today unless given.
        known_at: unless given, the day of the facts (`facts_of`), so that the same store gives the same answer on
            every day.
    """
    fetched = show_fetched(con, known_at)
    if fetched:
        con.execute(numbered(temporary=True))
    if known_at is None:
        known_at = facts_of(con) or the_day(None)
    clocks = Clocks(the_day(as_of), known_at)
    con.execute(
        "create or replace temp table clock as select ?::date as as_of, ?::date as known_at",
        [clocks.as_of, clocks.known_at],
    )
    con.execute(_sql("clock.sql"))
    con.execute(_sql("edge.sql"))
    con.execute("create or replace temp table edge as from fact_edge")
    con.execute("create or replace temp table edge_source as from fact_source")
    return clocks


def facts_of(con: duckdb.DuckDBPyConnection) -> dt.date | None:
    """The day of the facts, which `known_at` is unless given; none in a store without sources.

    The newest day on which a shipped or fetched source was read. A fact of the user's own moves it only where its
    source was published later, to that day: it would not be known otherwise.
    """
    found = con.execute(
        "select max(case when own then published_on else retrieved_on end)"
        " from source left join own_source using (source_id)"
    ).fetchall()
    day: dt.date | None = found[0][0]
    return day


def the_day(as_of: dt.date | None) -> dt.date:
    """The day asked about, today unless given. The one place where the calendar of the machine is read."""
    return as_of or dt.date.today()


def clocks_are_set(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether `set_clocks` was called for this connection."""
    return has_temporary_table(con, "edge")


def has_temporary_table(con: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Whether this connection has a temporary table of this name."""
    return bool(con.execute("select 1 from duckdb_tables() where temporary and table_name = ?", [name]).fetchall())


def materialise_edges(con: duckdb.DuckDBPyConnection, asked: str) -> None:
    """Brings further stakes and deliveries into `edge` and `edge_source`: of very many, few are ever asked for.

    Args:
        con: a store with its clocks set.
        asked: a query that gives their `fact_id`; they may be repeated, and be there already.
    """
    con.execute(
        f"create or replace temp table asked_fact as select fact_id from ({asked}) except select edge_id from edge"
    )
    if con.execute("select 1 from asked_fact limit 1").fetchall():
        con.execute("create or replace temp table fact as from selected_fact where fact_id in (from asked_fact)")
        con.execute("insert into edge from fact_edge")
        con.execute("insert into edge_source from fact_source")


def _sql(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
