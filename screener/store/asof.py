"""Shows embedded and fetched rows as one set of tables, as they were known on a given day."""

import datetime as dt
from typing import Final

import duckdb

from screener.errors import ScreenerError
from screener.files import sql
from screener.store.carry import FILLED

OPEN_END: Final = dt.datetime(9999, 12, 31)
"""`system_to` of a row that is current."""

# Which source takes precedence where two state the same thing: by the priority of each at its newest snapshot.
RANKS: Final = """
    select origin, coalesce(arg_max(priority, retrieved_at), 99) as rank from fetched.snapshot group by origin
"""
# The columns that hold entity ids; `entity_id` for other tables.
_ENTITIES: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(("source", "list"), ()),
    "ownership": ("owner_id", "owned_id"),
    "supply": ("supplier_id", "buyer_id"),
    "activity": ("entity_id", "counterparty_id"),
}
_SAME: Final = """
create or replace temp view fetched_same as
select fetched_id, entity_id from fetched.same_as, fetched_clock where system_from < until and system_to >= until;"""


def has_fetched(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether any source was ever fetched into this store."""
    try:
        return bool(con.execute("select 1 from fetched.snapshot where accepted limit 1").fetchall())
    except duckdb.CatalogException:
        return False


def show_fetched(con: duckdb.DuckDBPyConnection, known_at: dt.date | None = None) -> bool:
    """Creates the temporary views of asof.sql, which shadow the embedded tables; does nothing if nothing was fetched.

    Args:
        con: an open store.
        known_at: only rows that were fetched by the end of this day (UTC), and not yet replaced then, count; by
            default the latest.

    Returns:
        Whether anything was fetched.

    Raises:
        ScreenerError: the rows known on that day were pruned.
    """
    if not has_fetched(con):
        return False
    until = dt.datetime.combine(known_at + dt.timedelta(days=1), dt.time()) if known_at else OPEN_END
    gone = con.execute(
        "select origin, max(kept_from) from fetched.forgotten_history"
        " where first_at < $1 and kept_from > $1 group by origin order by 2 desc, 1",
        [until],
    ).fetchall()
    if gone:
        # A partial answer would look like a complete one.
        first = (gone[0][1] - dt.timedelta(microseconds=1)).date()
        do = f"ask for {first} or later, or fetch into a new store (--store)"
        found = ", ".join(origin for origin, _ in gone)
        raise ScreenerError("what was known on that day was pruned", where=f"--known-at {known_at}", found=found, do=do)
    con.execute("create or replace temp table fetched_clock as select ?::timestamp as until", [until])
    if not con.execute("select 1 from duckdb_views() where temporary and view_name = 'fetched_same'").fetchall():
        store = con.execute("select current_database()").fetchall()[0][0].replace('"', '""')
        ranks = f"create or replace temp table fetched_rank as {RANKS};{_SAME}"
        con.execute(ranks + "".join(_views(f'"{store}"', table) for table in FILLED) + sql(__file__, "asof.sql"))
    return True


def _views(store: str, table: str) -> str:
    """The views of a table's embedded rows, and of its fetched rows that count by the clock.

    A fetched row counts while system_from < until <= system_to. A fetched entity that is the same as another counts
    under that one's id. The name includes the store: a temporary view of the bare table name would read itself.
    """
    ids = _ENTITIES.get(table, ("entity_id",))
    same = ", ".join(f"coalesce({name}_same.entity_id, f.{name}) as {name}" for name in ids)
    replaced = f" replace ({same})" if ids else ""
    joins = "".join(f" left join fetched_same as {name}_same on {name}_same.fetched_id = f.{name}" for name in ids)
    joined = f"coalesce({ids[0]}_same.entity_id <> f.{ids[0]}, false)" if ids else "false"
    both = f"from embedded_{table} union all by name select * exclude (rank, joined) from fetched_{table}"
    return (
        f"create or replace temp view embedded_{table} as from {store}.main.{table};"
        f"create or replace temp view fetched_{table} as"
        f" select f.* exclude (origin, snapshot_id, system_from, system_to){replaced},"
        f" rank, {joined} as joined from {store}.fetched.{table} as f cross join fetched_clock as c"
        f" join fetched_rank using (origin){joins} where f.system_from < c.until and f.system_to >= c.until;"
        + (f"create or replace temp view {table} as {both};" if table in ("source", "supply", "activity") else "")
    )
