"""Snapshots of sources in the store: their raw files, and rows versioned by when they were known."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from screener.files import sql
from screener.store.build import typed_queries
from screener.store.carry import check_shape
from screener.store.locking import WAIT_SECONDS, replaced, write_lock


@dataclass(frozen=True)
class StoredFile:
    """A raw file of a snapshot: `part` identifies it, `url` has its keys masked, `retrieved_at` is UTC."""

    part: str
    path: Path
    url: str
    retrieved_at: dt.datetime
    sha256: str
    bytes: int
    headers: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def writing(store: Path, *, wait: float = WAIT_SECONDS) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the store, open for writing, that replaces the store when the block ends without an error.

    Raises:
        ScreenerError: another process writes for too long, or the store cannot be written or has another version.
    """
    with write_lock(store, wait), replaced(store, copy=True) as con:
        check_shape(con, to_write=True)
        yield con


def store_version(con: duckdb.DuckDBPyConnection, table: str, version: dict[str, Any]) -> tuple[int, int]:
    """Opens the rows of `raw_<table>` that are new (in a first snapshot all), closes those gone: how many of each.

    version: origin, snapshot_id, system_from and system_to of the new rows.
    """
    query, removed = typed_queries()[table], 0
    there = {name: version[name] for name in ("origin", "system_to")}
    opened = "origin = $origin and system_to = $system_to"
    rows = f"({query})"
    if con.execute(f"select 1 from fetched.{table} where {opened} limit 1", there).fetchall():
        con.execute(f"create or replace temp table incoming as {query}")
        digest = f"hash({', '.join(name for name, *_ in con.execute('describe incoming').fetchall())})"
        gone = f"{opened} and {digest} not in (select {digest} from incoming)"
        closed = there | {"at": version["system_from"]}
        removed = con.execute(f"update fetched.{table} set system_to = $at where {gone}", closed).fetchall()[0][0]
        rows = f"incoming where {digest} not in (select {digest} from fetched.{table} where {opened})"
    versioned = ", ".join(f"${name} as {name}" for name in version)
    added = con.execute(f"insert into fetched.{table} by name select *, {versioned} from {rows}", version)
    return added.fetchall()[0][0], removed


def snapshot_summary(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """What was fetched, one row a source (see snapshot_summary.sql)."""
    return pl.DataFrame(con.sql(sql(__file__, "snapshot_summary.sql")))
