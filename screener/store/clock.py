"""Sets the two clocks: the store as of one day, with what was known by another."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl

from screener.files import sql
from screener.store.asof import show_fetched
from screener.store.build import numbered

_SOURCES: Final = """
create or replace temp view edge_source as
select edge_id, source_id, independent_publisher, grade, published_on
from (select edge_id, unnest(source_ids) as source_id from edge) join known_source using (source_id);"""


@dataclass(frozen=True)
class Clocks:
    """`as_of`: the day in the world. `known_at`: only sources published by this day are used."""

    as_of: dt.date
    known_at: dt.date


def set_clocks(con: duckdb.DuckDBPyConnection, as_of: dt.date | None = None, known_at: dt.date | None = None) -> Clocks:
    """Creates the temporary tables of clock.sql, `edge` (see edge.sql) and `edge_source`, a view of an edge's sources.

    Acts and listings become edges, and the stakes that touch a Korean company; other stakes, and deliveries, are edges
    where they are asked for (`make_edges`).

    Args:
        con: an open store.
        as_of: the day in the world; today unless given.
        known_at: unless given, the day of the facts (`facts_of`), so that the same store gives the same answer on
            every day.
    """
    if show_fetched(con, known_at):
        con.execute(numbered(temporary=True))
    today = dt.date.today()  # the one place where the calendar of the machine is read
    clocks = Clocks(as_of or today, known_at or facts_of(con) or today)
    days = pl.DataFrame({"as_of": [clocks.as_of], "known_at": [clocks.known_at]})
    edges = f"create or replace temp table edge as {sql(__file__, 'edge.sql')};"
    keep(con, sql(__file__, "clock.sql") + edges + _SOURCES, clock=days)
    return clocks


def make_edges(con: duckdb.DuckDBPyConnection, asked: str) -> None:
    """Adds further stakes and deliveries to `edge`: of very many, few are ever asked for.

    Args:
        con: a store with its clocks set.
        asked: a query that gives their ids; they may be repeated, and be there already.
    """
    more = (
        f"create or replace temp table asked_fact as select distinct fact_id from ({asked}) as asked(fact_id)"
        " anti join edge on edge_id = fact_id;"
    )
    con.execute(f"{more}insert into edge {sql(__file__, 'edge.sql')}")


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


class _Stream:
    """A frame as a bare Arrow stream: to read a Polars frame DuckDB would load PyArrow, a thirtieth of a second."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)


def keep(con: duckdb.DuckDBPyConnection, script: str = "", /, **frames: pl.DataFrame) -> None:
    """Creates temporary tables of the rows of frames, by name, and runs a script after that."""
    for name, frame in frames.items():
        con.register(f"{name}_frame", _Stream(frame))
    con.execute("".join(f"create or replace temp table {name} as from {name}_frame;" for name in frames) + script)
    for name in frames:
        con.unregister(f"{name}_frame")
