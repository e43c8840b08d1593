"""Lets the rest of the program read what was fetched: embedded and fetched rows as one, as they were known on a day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

import duckdb

from screener.errors import ScreenerError

# Whose word goes first where two sources say the same thing: by the priority of each at its newest snapshot.
RANKS: Final = "select origin, arg_max(priority, retrieved_at) as rank from fetched.snapshot group by origin"
_VIEWS: Final = Path(__file__).with_name("asof.sql")


def has_fetched(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether any source was ever fetched into this store."""
    try:
        return bool(con.execute("select 1 from fetched.snapshot where accepted limit 1").fetchall())
    except duckdb.CatalogException:
        return False


def show_fetched(con: duckdb.DuckDBPyConnection, known_at: dt.date | None = None) -> bool:
    """Puts the temporary views of asof.sql before the embedded tables, where something was fetched; else does nothing.

    Args:
        con: an open store.
        known_at: rows count that were fetched by the end of this day (UTC) and had not been replaced by then; the
            latest unless given.

    Returns:
        Whether there is anything fetched.

    Raises:
        ScreenerError: what was known on that day was pruned.
    """
    if not has_fetched(con):
        return False
    until = dt.datetime.combine(known_at + dt.timedelta(days=1), dt.time()) if known_at else dt.datetime(9999, 12, 31)
    if known_at is not None:
        _refuse_forgotten(con, known_at, until)
    con.execute("create or replace temp table fetched_clock as select ?::timestamp as until", [until])
    shown = con.execute("select 1 from duckdb_views() where temporary and view_name = 'fetched_same'").fetchall()
    if not shown:
        con.execute(f"create or replace temp table fetched_rank as {RANKS}")
        name = con.execute("select current_database()").fetchall()[0][0].replace('"', '""')
        script = _VIEWS.read_text(encoding="utf-8")
        con.execute(script.replace("%main%", f'"{name}".main').replace("%fetched%", f'"{name}".fetched'))
    return True


def _refuse_forgotten(con: duckdb.DuckDBPyConnection, known_at: dt.date, until: dt.datetime) -> None:
    """Half an answer would look like a whole one."""
    try:
        gone = con.execute(
            "select origin, max(kept_from) from fetched.forgotten_history"
            " where first_at < ? and kept_from > ? group by origin order by 2 desc, 1",
            [until, until],
        ).fetchall()
    except duckdb.CatalogException:
        return  # written before anything could be pruned
    if gone:
        first = (gone[0][1] - dt.timedelta(microseconds=1)).date()
        raise ScreenerError(
            "what was known on that day was pruned",
            where=f"--known-at {known_at}",
            found=", ".join(origin for origin, _ in gone),
            do=f"ask for {first} or later, or fetch into a new store (--store)",
        )
