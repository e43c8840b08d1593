"""The fetched part of a store, brought from the shape in which it was written to the shape of this program.

The embedded part is simply built again when its shape changes; what was fetched cannot be, so it is carried over and
migrated. Its version stands in `meta` under `fetched_schema`. A step is a function of the connection that leads from
one version to the next; steps are never changed once released, only added.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import duckdb

from screener.errors import ScreenerError
from screener.files import sql
from screener.schema.vocabulary import TABLE_NAMES
from screener.store.locking import transaction

Step = Callable[[duckdb.DuckDBPyConnection], None]

# The tables that sources fill, in the shape of the embedded ones.
FILLED: Final = tuple(table for table in TABLE_NAMES if table not in ("response", "region_share", "contact", "search"))
_VERSION: Final = {"origin": "varchar", "snapshot_id": "varchar", "known_from": "timestamp", "known_to": "timestamp"}
_NO_VERSION: Final = ", ".join(f"null::{kind} as {name}" for name, kind in _VERSION.items())


def _created(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(sql(__file__, "fetched.sql"))
    for table in FILLED:
        _create_empty(con, table, table)


def _create_empty(con: duckdb.DuckDBPyConnection, name: str, table: str) -> None:
    """A fetched table of this name with the columns of an embedded table and those of its versions."""
    con.execute(f"create table fetched.{name} as select *, {_NO_VERSION} from main.{table} limit 0")


def _forgetting(con: duckdb.DuckDBPyConnection) -> None:
    # What `data prune` made unanswerable: a known-at moment after the first snapshot and before `kept_from` would
    # miss rows.
    con.execute(
        "create table fetched.forgotten_history"
        " (origin varchar not null, first_at timestamp not null, kept_from timestamp not null)"
    )
    con.execute("delete from meta where key = 'history_from'")


def _with_new_columns(con: duckdb.DuckDBPyConnection) -> None:
    # Summaries in Korean, the subject of a verdict, the original of a copy: columns that the embedded tables have
    # since gained.
    for table in FILLED:
        for name, kind in con.execute(
            "select column_name, data_type from duckdb_columns() where schema_name = 'main' and table_name = ?", [table]
        ).fetchall():
            con.execute(f'alter table fetched.{table} add column if not exists "{name}" {kind}')


def _with_priorities(con: duckdb.DuckDBPyConnection) -> None:
    # Sources state their priority themselves; these are the ones that a store without priorities can hold.
    con.execute("""
        alter table fetched.snapshot add column if not exists priority integer;
        update fetched.snapshot
        set priority = coalesce(
            list_position(
                ['dart', 'dart-company', 'data-go-kr-krx', 'krx-kind', 'gleif', 'dart-holdings', 'dart-shareholders',
                'dart-accounts', 'ftc-groups', 'us-uflpa', 'us-ofac-sdn', 'un-sc', 'eu-fsf', 'uk-sanctions',
                'us-bis-entity', 'us-cbp-wro', 'bods', 'open-supply-hub', 'opensanctions', 'nbim-exclusions',
                'ohchr-settlements', 'customs-trade', 'trade-records'],
                split_part(origin, ':', 1)
            ),
            99
        );
    """)


# Step n leads from version n to n + 1; a store without a fetched part has version 0.
STEPS: Final[tuple[Step, ...]] = (_created, _forgetting, _with_new_columns, _with_priorities)


def fetched_version(con: duckdb.DuckDBPyConnection, meta: str = "meta") -> int:
    """The version of the fetched part, 0 where there is none."""
    found = con.execute(f"select value from {meta} where key = 'fetched_schema'").fetchall()
    return int(found[0][0]) if found else 0


class StoreUnreadableError(Exception):
    """The file of an older store is damaged: what was fetched cannot be taken over from it."""


def migrate(con: duckdb.DuckDBPyConnection, steps: Sequence[Step] = STEPS) -> int:
    """Runs the steps that are missing, all or none, and returns how many they were.

    Raises:
        ScreenerError: the store was written by a newer version of the program.
    """
    version = fetched_version(con)
    if version > len(steps):
        raise ScreenerError(
            "this store was written by a newer version of the program",
            where="fetched_schema",
            found=version,
            do="use that version, or name another file with --store",
        )
    if version == len(steps):
        return 0
    with transaction(con):
        for step in steps[version:]:
            step(con)
        con.execute("insert or replace into meta values ('fetched_schema', ?)", [str(len(steps))])
    return len(steps) - version


def carry_over(con: duckdb.DuckDBPyConnection, old: Path) -> bool:
    """Copies what a rebuild must not lose from an older store; whether anything was fetched.

    That is everything fetched, and people's decisions.

    Columns that the embedded tables gained or lost since are filled with null or left behind.

    Args:
        con: the new store, with its embedded tables and `meta`; without a fetched part.
        old: the store that it will replace.

    Raises:
        ScreenerError: the old store was written by a newer version of the program.
        StoreUnreadableError: the old store cannot be read; nothing was taken over.
    """
    try:
        there = _copied(con, old)
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
    if not there:
        return False
    migrate(con)
    _reshaped(con)
    return True


def _copied(con: duckdb.DuckDBPyConnection, old: Path) -> bool:
    """Copies decisions and fetched tables as they are, all of them or none; says whether there was anything fetched."""
    # ATTACH takes no parameters; a path is the one thing that is quoted by hand.
    con.execute("attach '" + str(old).replace("'", "''") + "' as old (read_only)")
    try:
        with transaction(con):
            tables = set(
                con.execute(
                    "select schema_name, table_name from duckdb_tables() where database_name = 'old'"
                ).fetchall()
            )
            if ("main", "decision") in tables:
                con.execute("create or replace table decision as from old.main.decision")
            # Migration works on the connection's own database, so the parts are copied as they were, and then brought
            # forward.
            version = fetched_version(con, "old.main.meta") if ("main", "meta") in tables else 0
            if version:
                con.execute("create schema if not exists fetched")
                for table in sorted(name for schema, name in tables if schema == "fetched"):
                    con.execute(f'create table fetched."{table}" as from old.fetched."{table}"')
                con.execute("insert or replace into meta values ('fetched_schema', ?)", [str(version)])
    finally:
        con.execute("detach old")
    return bool(version)


def _reshaped(con: duckdb.DuckDBPyConnection) -> None:
    """Gives every filled table exactly the columns of its embedded sister, in that order, and the version columns."""
    for table in FILLED:
        described = (
            "select column_name from duckdb_columns() where schema_name = ? and table_name = ?"
            " and database_name = current_database() order by column_index"
        )
        wanted = [name for (name,) in con.execute(described, ["main", table]).fetchall()] + list(_VERSION)
        there = [name for (name,) in con.execute(described, ["fetched", table]).fetchall()]
        if there == wanted:
            continue
        shared = ", ".join(f'"{name}"' for name in wanted if name in there)
        _create_empty(con, "reshaped", table)
        con.execute(f"insert into fetched.reshaped by name select {shared} from fetched.{table}")
        con.execute(f"drop table fetched.{table}")
        con.execute(f"alter table fetched.reshaped rename to {table}")
