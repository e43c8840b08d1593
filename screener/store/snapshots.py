"""Snapshots of sources in the store: rows versioned by when they were known, and raw files; what the store holds.

Raw files are stored as they came, by hash, in a folder next to the store.
"""

import datetime as dt
import gzip
import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from screener.files import replacing, sql
from screener.schema.vocabulary import COLUMNS
from screener.store.build import typed_queries
from screener.store.carry import check_shape
from screener.store.clock import facts_of
from screener.store.locking import WAIT_SECONDS, replaced, transaction, write_lock

_CHUNK: Final = 1 << 20


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


def raw_folder(store: Path) -> Path:
    """The folder of a store's raw files: `<store>.raw`."""
    return store.with_name(store.name + ".raw")


def raw_path(store: Path, sha256: str) -> Path:
    """Where the raw file of that hash is stored: `<store>.raw/ab/abcdef….gz`."""
    return raw_folder(store) / sha256[:2] / f"{sha256}.gz"


def raw_size(store: Path) -> tuple[int, int]:
    """How many raw files a store has, and their bytes (compressed)."""
    sizes = [path.stat().st_size for path in raw_folder(store).glob("*/*.gz")]
    return len(sizes), sum(sizes)


def store_raw(store: Path, file: Path, sha256: str) -> None:
    """Stores a file under its hash, compressed, unless it exists. A kill leaves the whole file or none."""
    path = raw_path(store, sha256)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # Level 1 shrinks official lists to a fifth; level 6 takes four times as long to reach a sixth.
    with (
        replacing(path) as made,
        made.open("wb") as out,
        gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1, mtime=0, filename="") as packed,
        file.open("rb") as plain,
    ):
        shutil.copyfileobj(plain, packed, _CHUNK)


def sha256_of(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with open(file, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@contextmanager
def writing(store: Path, *, wait: float = WAIT_SECONDS) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the store, open for writing, that replaces the store when the block ends without an error.

    Raises:
        ScreenerError: another process writes for too long, or the store cannot be written or has another version.
    """
    with write_lock(store, wait), replaced(store, copy=True) as con, transaction(con):
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


def describe(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """An opened store: facts_of (a day), inputs (hash), rows (number by table), rejected (number), lists, files."""
    counts = " union all ".join(f"select '{name}' as item, count(*) as rows from {name}" for name in COLUMNS)
    lists = """
        select list_id, title, complete_as_of, count(distinct entity_id) as entities
        from list left join listing using (list_id)
        group by list_id, title, complete_as_of
        order by list_id
    """
    state = "select value, (select count(*) from reject) from meta where key = 'inputs'"
    ((inputs, rejected),) = con.sql(state).fetchall()
    return {
        "facts_of": str(facts_of(con)),
        "inputs": inputs,
        "rows": dict(con.sql(counts).fetchall()),
        "rejected": rejected,
        "lists": pl.DataFrame(con.sql(lists)).to_dicts(),
        "files": pl.DataFrame(con.sql("select name, sha256 from input_file order by name")).to_dicts(),
    }
