"""Writes snapshots of sources into the store, all or nothing, with rows versioned by when they were known."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from screener.errors import ScreenerError
from screener.files import sql
from screener.schema.tables import columns
from screener.store.asof import OPEN_END
from screener.store.build import typed_queries
from screener.store.carry import FILLED, check_shape
from screener.store.locking import WAIT_SECONDS, replaced, transaction, write_lock

_PROVENANCE: Final = ("source", "list")
# A download counts as broken if its rows, relative to the download before, are below the floor or above the ceiling.
FLOOR: Final = 0.6
CEILING: Final = 3.0
CEILING_SLACK: Final = 50


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


Stage = Callable[[str, pl.DataFrame], None]
"""Takes text rows of a table with the columns of the datasets; missing ones are empty, source_ids are added."""


@dataclass(kw_only=True)
class Snapshot:
    """A snapshot of a source: its raw files, what its parser reports as it runs, and then the outcome.

    origin: id of the source, with any variant. priority: where two sources state the same thing, the lower number goes
        first. raw: the stored files, the main one first.
    rows: records that count for floor and ceiling. unexpected: field -> (times, example). left_out: what -> records
        not needed. rejects: (table, row, field, key, problem, found) of records that could not be read.
    unchanged: its files are those of the last accepted snapshot, and were not read again.
    accepted, reason: whether its rows count, else why not. added, removed: versions opened and closed in the store.
    """

    origin: str
    priority: int = 99
    raw: Sequence[StoredFile]
    published_on: dt.date | None = None
    rows: int = 0
    unexpected: dict[str, tuple[int, str]] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    rejects: list[tuple[str, int | None, str, str | None, str, str]] = field(default_factory=list)
    unchanged: bool = False
    accepted: bool = False
    reason: str | None = None
    added: int = 0
    removed: int = 0

    @property
    def source_id(self) -> str:
        """Id of the row in the table `source`."""
        return "fetched-" + _slug(self.origin)

    @property
    def rejected(self) -> int:
        """Records that could not be read."""
        return len(self.rejects)

    def read(self, stage: Stage) -> None:
        """Parses the raw files and passes the rows to `stage`."""
        raise NotImplementedError

    def describe(self, stage: Stage, read_on: dt.date) -> None:
        """Passes the rows of `source` and `list` to `stage`: current facts rest on the newest reading of the source."""
        raise NotImplementedError

    def surprise(self, name: str, example: object = "", times: int = 1) -> None:
        """Records a field that the parser does not know."""
        seen, first = self.unexpected.get(name, (0, str(example)[:100]))
        self.unexpected[name] = (seen + times, first)

    def leave(self, what: str, records: int = 1) -> None:
        """Counts records that are left out on purpose."""
        if records:
            self.left_out[what] = self.left_out.get(what, 0) + records

    def reject(self, table: str, row: int | None, name: str, key: str | None, problem: str, found: object) -> None:
        """Adds an invalid record."""
        self.rejects.append((table, row, name, key, problem, str(found)[:200]))


@contextmanager
def writing(store: Path, *, wait: float = WAIT_SECONDS) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the store, open for writing, that replaces the store when the block ends without an error.

    Raises:
        ScreenerError: another process writes for too long, or the store cannot be written or has another version.
    """
    with write_lock(store, wait), replaced(store, copy=True) as con:
        check_shape(con, to_write=True)
        yield con


def commit(
    con: duckdb.DuckDBPyConnection,
    snapshot: Snapshot,
    *,
    at: dt.datetime,
    accept: bool = False,
    again: bool = False,
) -> None:
    """Writes one snapshot of one source: closes rows that are gone, opens new ones and leaves the rest alone.

    Args:
        con: the copy of `writing`.
        snapshot: parses its files; holds the outcome afterwards.
        at: when it was retrieved (UTC); later than all earlier snapshots of the source.
        accept: take the rows even if their number is far from the last one's.
        again: read the files even if they are those of the last accepted snapshot.

    Raises:
        ScreenerError: the snapshot is not later than the last one.
    """
    origin = snapshot.origin
    last, before = con.execute(
        "select max(retrieved_at), arg_max(s, retrieved_at) filter (accepted) from fetched.snapshot as s"
        " where origin = ?",
        [origin],
    ).fetchall()[0]
    if last is not None and at <= last:
        what = "there is a later snapshot of this source in the store"
        do, found = "load files in the order in which they were retrieved", at.isoformat(sep=" ", timespec="seconds")
        raise ScreenerError(what, where=origin, found=found, do=do)
    for table in FILLED:
        cells = ", ".join(f'"{name}" varchar' for name in columns(table))
        con.execute(f"create or replace temp table raw_{table} ({cells})")

    def stage(table: str, rows: pl.DataFrame) -> None:
        con.register("batch", rows if table == "source" else rows.with_columns(source_ids=pl.lit(snapshot.source_id)))
        con.execute(f"insert into raw_{table} by name from batch")
        con.unregister("batch")

    if before is not None and not again:
        files = "select part, sha256 from fetched.snapshot_file where snapshot_id = ?"
        stored = dict(con.execute(files, [before["snapshot_id"]]).fetchall())
        snapshot.unchanged = stored == {file.part: file.sha256 for file in snapshot.raw}
    if snapshot.unchanged:
        snapshot.rows, snapshot.published_on = before["rows"], before["published_on"]
    else:
        snapshot.read(stage)
        snapshot.reason = _suspicious(snapshot.rows, before["rows"] if before else None)
    snapshot.accepted = snapshot.reason is None or (accept and snapshot.rows > 0)
    snapshot_id = f"{_slug(origin)}-{at:%Y%m%dT%H%M%S%f}"
    version = {"origin": origin, "snapshot_id": snapshot_id, "system_from": at, "system_to": OPEN_END}
    with transaction(con):
        if snapshot.accepted:
            snapshot.describe(stage, at.date())
            for table in _PROVENANCE if snapshot.unchanged else FILLED:
                added, removed = _versions(con, table, version)
                if table not in _PROVENANCE:
                    snapshot.added, snapshot.removed = snapshot.added + added, snapshot.removed + removed
        _record(con, snapshot, snapshot_id, at)


def _slug(origin: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", origin.lower()).strip("-")


def _suspicious(rows: int, before: int | None) -> str | None:
    if rows == 0:
        return "it has no rows"
    if before is None:
        return None
    if rows < FLOOR * before:
        return f"it has {rows} rows, the one before had {before}: fewer than {FLOOR:.0%} of them"
    if rows > CEILING * before + CEILING_SLACK:
        return f"it has {rows} rows, the one before had {before}: more than {CEILING:g} times as many"
    return None


def _versions(con: duckdb.DuckDBPyConnection, table: str, version: dict[str, Any]) -> tuple[int, int]:
    """Closes the rows that are gone and opens those that are new (in a first snapshot all): how many of each."""
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


def _record(con: duckdb.DuckDBPyConnection, snapshot: Snapshot, snapshot_id: str, at: dt.datetime) -> None:
    size = sum(file.bytes for file in snapshot.raw)
    outcome = (snapshot.rows, snapshot.accepted, snapshot.reason, snapshot.priority)
    details: dict[str, Iterable[tuple[Any, ...]]] = {
        "snapshot": [(snapshot.origin, at, snapshot.published_on, snapshot.raw[0].sha256, size, *outcome)],
        "snapshot_file": (
            (f.part, f.url, f.retrieved_at, f.sha256, f.bytes, json.dumps(dict(f.headers), sort_keys=True))
            for f in snapshot.raw
        ),
        "unexpected_field": ((name, times, one) for name, (times, one) in sorted(snapshot.unexpected.items())),
        "left_out": sorted(snapshot.left_out.items()),
        "rejected_row": snapshot.rejects[:10_000],
    }
    for table, rows in details.items():
        if found := [(snapshot_id, *row) for row in rows]:
            con.executemany(f"insert into fetched.{table} values ({', '.join('?' * len(found[0]))})", found)


def snapshot_summary(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """What was fetched, one row a source (see snapshot_summary.sql)."""
    return pl.DataFrame(con.sql(sql(__file__, "snapshot_summary.sql")))
