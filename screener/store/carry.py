"""Carries over what survives a rebuild of the store: everything fetched, people's decisions, and prepared names.

A rebuild creates the embedded part from the datasets and the other tables empty, in this version's schema. The rows of
the older store are then copied by column name. So a schema change needs no migration: new columns are empty, dropped
columns are not copied. What was computed from a name is copied while the code that computes it is the same.
"""

import os
from pathlib import Path
from typing import Final

import duckdb

from screener.errors import ScreenerError
from screener.files import sql
from screener.schema.vocabulary import COLUMNS
from screener.store.locking import transaction

SHAPE: Final = 6
"""Of the fetched part, in `meta` as `fetched_schema`: raised by a change that an older program would not preserve."""
# The tables that sources fill, with the columns of the embedded ones.
_CURATED: Final = ("topic", "response", "region_share", "contact", "search")
FILLED: Final = tuple(table for table in COLUMNS if table not in _CURATED)
# Before schema 5 a row's system time was in known_from and known_to.
_SHARED: Final = """
    select schema_name, table_name, string_agg(format('"{}" as "{}"', before.column_name, now.column_name), ', ')
    from (from duckdb_columns() where database_name = current_database()) as now
    join (from duckdb_columns() where database_name = 'old') as before using (schema_name, table_name)
    where now.column_name in (before.column_name, replace(before.column_name, 'known_', 'system_'))
        and (schema_name = 'fetched' or table_name = 'decision')
    group by all
    order by all
"""
_PREPARED: Final = """
    select table_name
    from duckdb_tables()
    where database_name = 'old' and starts_with(table_name, 'prepared_')
        and (select value from old.main.meta where key = 'names') = (select value from meta where key = 'names')
"""


def create_fetched(con: duckdb.DuckDBPyConnection) -> None:
    """Creates the empty tables that sources fill, in a store with its embedded tables and `meta`."""
    con.execute(sql(__file__, "fetched.sql"))
    for table in FILLED:
        con.execute(
            f"create table fetched.{table} as select *, null::varchar as origin, null::varchar as snapshot_id,"
            f" null::timestamp as system_from, null::timestamp as system_to from main.{table} limit 0"
        )
    con.execute("insert into meta values ('fetched_schema', ?)", [str(SHAPE)])


def check_shape(con: duckdb.DuckDBPyConnection, meta: str = "meta", *, to_write: bool = False) -> None:
    """Checks the schema: an older program may not rebuild the store, and only one of the same schema may write to it.

    Raises:
        ScreenerError: the store was written by a newer version of the program or, if `to_write`, by an older one.
    """
    found = con.execute(f"select value::integer from {meta} where key = 'fetched_schema'").fetchall()
    shape = found[0][0] if found else SHAPE
    if shape > SHAPE:
        what = "this store was written by a newer version of the program"
        do = "use that version, or name another file with --store"
        raise ScreenerError(what, where="fetched_schema", found=shape, do=do)
    if to_write and shape < SHAPE:
        what = "this store was written by an older version of the program"
        raise ScreenerError(what, where="fetched_schema", found=shape, do="`screener data build` updates it")


def carry_over(con: duckdb.DuckDBPyConnection, old: Path) -> None:
    """Copies from an older store what a rebuild must not lose, all or nothing.

    If the older store is damaged, nothing is copied; its file stays next to the new one and is never deleted.

    Raises:
        ScreenerError: the old store was written by a newer version of the program, or another program is writing it.
    """
    if not old.exists():
        return
    try:
        # ATTACH takes no parameters, so the path, and only the path, is quoted by hand.
        con.execute("attach '" + str(old).replace("'", "''") + "' as old (read_only)")
        try:
            check_shape(con, "old.main.meta")
            with transaction(con):
                for schema, table, names in con.execute(_SHARED).fetchall():
                    con.execute(f"insert into {schema}.{table} by name select {names} from old.{schema}.{table}")
                for (table,) in con.execute(_PREPARED).fetchall():
                    con.execute(f"create table {table} as from old.main.{table}")
        finally:
            con.execute("detach old")
    except duckdb.Error as error:
        if "lock on file" in str(error):
            what = "the store is being written by another program"
            do = "wait until it is done, or name another file with --store"
            raise ScreenerError(what, where=str(old), do=do) from error
        # DuckDB reports a damaged file by several error classes (IOException, the bare Error of a checksum, …), so
        # any of them counts.
        os.replace(old, old.with_name(old.name + ".unreadable"))
