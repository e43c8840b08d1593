"""What outlives a rebuild of the store: everything fetched, and people's decisions.

The embedded part is built anew from the datasets, with empty tables for the rest in the shape of this program; into
these the rows of the older store are copied by the names of their columns. So a change of shape needs no step of its
own: what is new is empty, what is gone is left behind.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from screener.errors import ScreenerError
from screener.files import sql
from screener.schema.vocabulary import COLUMNS
from screener.store.locking import transaction

SHAPE: Final = 6
"""Of the fetched part, in `meta` under `fetched_schema`: raised by a change that an older program would not keep."""
# The tables that sources fill, in the shape of the embedded ones.
FILLED: Final = tuple(table for table in COLUMNS if table not in ("response", "region_share", "contact", "search"))
# Until shape 5 the system time of a row stood in known_from and known_to.
_SHARED: Final = """
    select schema_name, table_name, string_agg(format('"{}" as "{}"', before.column_name, now.column_name), ', ')
    from (from duckdb_columns() where database_name = current_database()) as now
    join (from duckdb_columns() where database_name = 'old') as before using (schema_name, table_name)
    where now.column_name in (before.column_name, replace(before.column_name, 'known_', 'system_'))
        and (schema_name = 'fetched' or table_name = 'decision')
    group by all
    order by all
"""


class StoreUnreadableError(Exception):
    """The file of an older store is damaged: what was fetched cannot be taken over from it."""


def create_fetched(con: duckdb.DuckDBPyConnection) -> None:
    """Makes the part that sources fill, empty, in a store with its embedded tables and `meta`."""
    con.execute(sql(__file__, "fetched.sql"))
    for table in FILLED:
        con.execute(
            f"create table fetched.{table} as select *, null::varchar as origin, null::varchar as snapshot_id,"
            f" null::timestamp as system_from, null::timestamp as system_to from main.{table} limit 0"
        )
    con.execute("insert into meta values ('fetched_schema', ?)", [str(SHAPE)])


def check_shape(con: duckdb.DuckDBPyConnection, meta: str = "meta", *, to_write: bool = False) -> None:
    """Only a program that knows all that a store holds may build over it, and only one of its shape may write it.

    Raises:
        ScreenerError: the store was written by a newer version of the program, or, `to_write`, by an older one.
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
    """Copies what a rebuild must not lose from an older store, all or nothing.

    Args:
        con: the new store, with its tables.
        old: the store that it will replace.

    Raises:
        ScreenerError: the old store was written by a newer version of the program.
        StoreUnreadableError: the old store cannot be read; nothing was taken over.
    """
    try:
        # ATTACH takes no parameters; a path is the one thing that is quoted by hand.
        con.execute("attach '" + str(old).replace("'", "''") + "' as old (read_only)")
        try:
            check_shape(con, "old.main.meta")
            with transaction(con):
                for schema, table, names in con.execute(_SHARED).fetchall():
                    con.execute(f"insert into {schema}.{table} by name select {names} from old.{schema}.{table}")
        finally:
            con.execute("detach old")
    except duckdb.Error as error:
        if "lock on file" in str(error):
            raise ScreenerError(
                "the store is being written by another program",
                where=str(old),
                do="wait until it is done, or name another file with --store",
            ) from error
        # DuckDB tells a damaged file by more than one class of error (IOException, the bare Error of a checksum, …),
        # so any of them counts.
        raise StoreUnreadableError(str(error)) from error
