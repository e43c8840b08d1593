"""Sets the two clocks: the store as of one day, with what was known by another."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from screener.store.asof import show_fetched

# From here on only supply facts that touch a Korean company become edges at once; those on a path follow when the path is known.
FEW_SUPPLY_FACTS: Final = 300_000


@dataclass(frozen=True)
class Clocks:
    """`as_of`: the day in the world. `known_at`: only sources published by this day are used."""

    as_of: dt.date
    known_at: dt.date


def set_clocks(con: duckdb.DuckDBPyConnection, as_of: dt.date | None = None, known_at: dt.date | None = None) -> Clocks:
    """Creates the temporary tables `clock`, `known_source`, `fact`, `edge` and `edge_source` of clock.sql and edge.sql.

    Args:
        con: an open store.
        as_of: the day in the world; today unless given. The one place where the calendar of the machine is read.
        known_at: unless given, the day of the facts: the newest `retrieved_on` of any source, so that the same store gives the same
            answer on every day.
    """
    if show_fetched(con, known_at):
        con.execute(_sql("numbered.sql").replace("%temp%", "temp"))
    if known_at is None:
        newest = con.execute("select max(retrieved_on) from source").fetchall()[0][0]
        known_at = newest or dt.date.today()
    clocks = Clocks(as_of or dt.date.today(), known_at)
    con.execute(
        "create or replace temp table clock as select ?::date as as_of, ?::date as known_at",
        [clocks.as_of, clocks.known_at],
    )
    many = con.execute("select count(*) from supply_link").fetchall()[0][0] > FEW_SUPPLY_FACTS
    if many:
        con.execute(_sql("supply_told.sql"))
    else:
        con.execute("create or replace temp table supply_told as from supply")
    con.execute(_sql("clock.sql"))
    con.execute(_sql("edge.sql"))
    for table in ("edge", "edge_source"):
        con.execute(f"drop table if exists temp.{table}")
        con.execute(f"alter table told_{table} rename to {table}")
    return clocks


def tell_supply(con: duckdb.DuckDBPyConnection, fact_ids: str) -> None:
    """Brings supply facts into `edge` and `edge_source` that set_clocks left out because there are too many.

    Args:
        con: a store with its clocks set.
        fact_ids: name of a temporary table with a column `fact_id`.
    """
    missing = f"select fact_id from {fact_ids} except select edge_id from edge"
    if con.execute(f"select 1 from ({missing}) limit 1").fetchall():
        con.execute(f"create or replace temp table supply_told as select * from supply where fact_id in ({missing})")
        con.execute("create or replace temp table fact as from supply_fact")
        con.execute(_sql("edge.sql"))
        for table in ("edge", "edge_source"):
            con.execute(f"insert into {table} from told_{table}")


def _sql(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
