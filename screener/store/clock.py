"""Sets the two clocks: the state of the world on one day, as known on another."""

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

    Acts, listings and the stakes that touch a Korean company become edges at once; other stakes, and deliveries, only
    on request (`make_edges`).

    Args:
        con: an open store.
        as_of: the day in the world; by default today.
        known_at: by default the day of the facts (`facts_of`), so that the same store gives the same answer every
            day.
    """
    if show_fetched(con, known_at):
        con.execute(numbered(temporary=True))
    today = dt.date.today()  # the only place that reads the machine's calendar
    clocks = Clocks(as_of or today, known_at or facts_of(con) or today)
    days = pl.DataFrame({"as_of": [clocks.as_of], "known_at": [clocks.known_at]})
    edges = f"create or replace temp table edge as {sql(__file__, 'edge.sql')};"
    create_tables(con, sql(__file__, "clock.sql") + edges + _SOURCES, clock=days)
    return clocks


def make_edges(con: duckdb.DuckDBPyConnection, asked: str) -> None:
    """Adds further stakes and deliveries to `edge`, of which few are ever needed.

    `asked` is a query that gives their ids; ids may repeat or be in `edge` already.
    """
    more = (
        f"create or replace temp table asked_fact as select distinct fact_id from ({asked}) as asked(fact_id)"
        " anti join edge on edge_id = fact_id;"
    )
    con.execute(f"{more}insert into edge {sql(__file__, 'edge.sql')}")


def facts_of(con: duckdb.DuckDBPyConnection) -> dt.date | None:
    """The day of the facts, the default of `known_at`; None in a store without sources.

    This is the newest day on which a shipped or fetched source was read. A user's own source moves it only if
    published later, to that day: its facts would not be known otherwise.
    """
    found = con.execute(
        "select max(case when own then published_on else retrieved_on end)"
        " from source left join own_source using (source_id)"
    ).fetchall()
    day: dt.date | None = found[0][0]
    return day


class _Stream:
    """A frame as a bare Arrow stream: for a Polars frame DuckDB would import PyArrow (a thirtieth of a second)."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)


def create_tables(con: duckdb.DuckDBPyConnection, script: str = "", /, **frames: pl.DataFrame) -> None:
    """Creates temporary tables from frames, by name, and then runs a script."""
    for name, frame in frames.items():
        con.register(f"{name}_frame", _Stream(frame))
    con.execute("".join(f"create or replace temp table {name} as from {name}_frame;" for name in frames) + script)
    for name in frames:
        con.unregister(f"{name}_frame")
