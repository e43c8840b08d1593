"""Sets the two clocks: the store as of one day, with what was known by another."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from screener.store.asof import show_fetched
from screener.store.build import numbered

# From here on only stakes that touch a Korean company become edges at once; other stakes, and deliveries, follow when they are asked for.
FEW_FACTS: Final = 300_000


@dataclass(frozen=True)
class Clocks:
    """`as_of`: the day in the world. `known_at`: only sources published by this day are used."""

    as_of: dt.date
    known_at: dt.date


def set_clocks(con: duckdb.DuckDBPyConnection, as_of: dt.date | None = None, known_at: dt.date | None = None) -> Clocks:
    """Creates the temporary tables `clock`, `known_source`, `fact`, `edge` and `edge_source` of clock.sql and edge.sql.

    Args:
        con: an open store.
        as_of: the day in the world; today unless given.
        known_at: unless given, the day of the facts (`facts_of`), so that the same store gives the same answer on every day.
    """
    fetched = show_fetched(con, known_at)
    con.execute("set variable facts_are_rows = ?::boolean", [not fetched])
    if fetched:
        con.execute(numbered(temporary=True))
    if known_at is None:
        known_at = facts_of(con) or the_day(None)
    clocks = Clocks(the_day(as_of), known_at)
    con.execute(
        "create or replace temp table clock as select ?::date as as_of, ?::date as known_at",
        [clocks.as_of, clocks.known_at],
    )
    many = con.execute("select (select count(*) from supply_link) + (select count(*) from stake_link)").fetchall()[0][0]
    con.execute("set variable facts_left_out = ?::boolean", [many > FEW_FACTS])
    if many > FEW_FACTS:
        # A row is found by its place in half the time that its id takes.
        found = "fact_id in (select fact_id" if fetched else "rowid in (select edge_no - 1"
        con.execute(_sql("told_few.sql").replace("%found%", found))
    else:
        con.execute("create or replace temp view stake_told as from ownership")
        con.execute("create or replace temp view supply_told as from supply")
    con.execute(_sql("clock.sql"))
    con.execute(_sql("edge.sql").replace("%edge%", "create or replace temp table edge as"))
    con.execute("create or replace temp table edge_source as from told_edge_source")
    return clocks


def facts_of(con: duckdb.DuckDBPyConnection) -> dt.date | None:
    """The day of the facts, which `known_at` is unless given; none in a store without sources.

    The newest day on which a shipped or fetched source was read. A fact of the user's own moves it only where its source was published later,
    to that day: it would not be known otherwise.
    """
    found = con.execute(
        "select max(case when own then published_on else retrieved_on end) from source left join own_source using (source_id)"
    ).fetchall()
    day: dt.date | None = found[0][0]
    return day


def the_day(as_of: dt.date | None) -> dt.date:
    """The day in the world that is asked for; today unless given. The one place where the calendar of the machine is read."""
    return as_of or dt.date.today()


def clocks_are_set(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether `set_clocks` was called for this connection."""
    return has_temporary_table(con, "edge")


def has_temporary_table(con: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Whether this connection has a temporary table of this name."""
    return bool(con.execute("select 1 from duckdb_tables() where temporary and table_name = ?", [name]).fetchall())


def leaves_facts_out(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether there are so many stakes and supply facts that `set_clocks` made edges of some of them only."""
    return bool(con.execute("select getvariable('facts_left_out')").fetchall()[0][0])


def tell_deliveries(con: duckdb.DuckDBPyConnection, asked: str) -> None:
    """Brings deliveries into `edge` and `edge_source`, as `tell_facts`, by their numbers, and creates the temporary table `told_link`.

    Args:
        con: a store with its clocks set.
        asked: a query that gives their `link_no`; they may be repeated, and be there already.

    Columns of `told_link`: link_no, fact_id of these deliveries.
    """
    con.execute(f"create or replace temp table asked_link as select distinct link_no from ({asked})")
    numbers = "select link_no, fact_id from supply_link where link_no in (select link_no from asked_link)"
    if not leaves_facts_out(con):
        con.execute(f"create or replace temp table told_link as {numbers}")
        return
    if con.execute("select getvariable('facts_are_rows')").fetchall()[0][0]:
        con.execute(_sql("told_row.sql"))
        told = "told_row join told_end using (link_no)"
    else:
        con.execute(
            f"create or replace temp table told_row as select link_no, supply.* from supply join ({numbers}) using (fact_id)"
        )
        told = "told_row"
    con.execute("create or replace temp table told_link as select link_no, fact_id from told_row")
    con.execute(
        f"create or replace temp view supply_told as select * exclude (link_no) from {told} where fact_id not in (select edge_id from edge)"
    )
    con.execute("create or replace temp view stake_told as from ownership limit 0")
    _make_edges(con)


def tell_facts(con: duckdb.DuckDBPyConnection, asked: str, *, stakes_only: bool = False) -> None:
    """Brings stakes and supply facts into `edge` and `edge_source` that `set_clocks` left out because there are too many.

    Args:
        con: a store with its clocks set.
        asked: a query that gives their `fact_id`; they may be repeated, and be there already.
        stakes_only: it gives stakes only, so that the many deliveries need not be looked at.
    """
    if not leaves_facts_out(con):
        return
    con.execute(
        f"create or replace temp table asked_fact as select fact_id from ({asked}) except select edge_id from edge"
    )
    if con.execute("select 1 from asked_fact limit 1").fetchall():
        found = "where fact_id in (select fact_id from asked_fact)"
        con.execute(f"create or replace temp view stake_told as from ownership {found}")
        con.execute(f"create or replace temp view supply_told as from supply {'limit 0' if stakes_only else found}")
        _make_edges(con)


def _make_edges(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create or replace temp table fact as from told_fact")
    con.execute(_sql("edge.sql").replace("%edge%", "insert into edge"))
    con.execute("insert into edge_source from told_edge_source")


def _sql(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
