"""Writes snapshots of sources into the store: rows versioned by when they were known, whole or not at all.

A write copies the store to a temporary file next to it, changes the copy, flushes it to the disk and renames it over
the store. A reader keeps the file that it opened; a kill at any moment leaves the old store or the new one.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from screener.errors import ScreenerError, disk_is_full
from screener.files import remove, replacing, sql
from screener.schema.tables import columns
from screener.store.build import typed_queries
from screener.store.carry import FILLED, check_shape
from screener.store.joining import STANDS, NameMatcher, join_origin
from screener.store.locking import not_writable, transaction, write_lock

STAGED: Final = tuple(table for table in FILLED if table not in ("source", "list"))
# A download with less than this part of the rows of the one before is taken for a broken one; so is one with more
# than the other.
FLOOR: Final = 0.6
CEILING: Final = 3.0
CEILING_SLACK: Final = 50
# What typed.sql makes of the cells of repeated rows, and of a single one.
_MERGED: Final = {
    "one": ("any_value(x)", "x"),
    "first_of": ("min(x)", "x"),
    "last_of": ("max(x)", "x"),
    "begin_of": ("earliest(x)", "first_day(x)"),
    "end_of": ("latest(x)", "last_day_of(x)"),
}

_VERSION: Final = "? as origin, ? as snapshot_id, ?::timestamp as known_from, ?::timestamp as known_to"
_SOURCE: Final = ("source_id", "publisher", "publisher_kind", "title", "url", "language", "grade")

# Steps of a write, in order. Tests put a killing function here; nothing else does.
on_step: Callable[[str], None] = lambda step: None  # noqa: E731


@dataclass(frozen=True)
class KeptFile:
    """A raw file of a snapshot: `part` tells it from the others, `url` has its keys masked, `retrieved_at` is UTC."""

    part: str
    path: Path
    url: str
    retrieved_at: dt.datetime
    sha256: str
    bytes: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Provenance:
    """Where rows come from: one row of the table `source`, and one of `list` if the source is a list.

    priority: the lower number's word goes first where two sources say the same thing.
    risk_lists: rows of the dataset table `list` without source_ids and complete_as_of.
    """

    origin: str
    priority: int
    title: str
    publisher: str
    publisher_kind: str
    url: str
    language: str
    grade: str
    risk_lists: Sequence[Mapping[str, str]] = ()

    @property
    def source_id(self) -> str:
        """Id of the row in the table `source`."""
        return "fetched-" + re.sub(r"[^a-z0-9]+", "-", self.origin.lower()).strip("-")


Stage = Callable[[str, pl.DataFrame], None]
"""Takes rows of text of a table, the columns those of the datasets (missing ones are empty), without source_ids."""


@dataclass
class ParseReport:
    """What a parser reports in addition to the rows, filled while it runs.

    rows: records that count for floor and ceiling. unexpected: field -> (times, example). left_out: what -> records
        not needed.
    rejected: (table, row, field, key, problem, found) of records that could not be read.
    """

    published_on: dt.date | None = None
    rows: int = 0
    unexpected: dict[str, tuple[int, str]] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    rejected: list[tuple[str, int | None, str, str | None, str, str]] = field(default_factory=list)

    def read(self, stage: Stage) -> None:
        """Parses the raw files and gives the rows to `stage`."""
        raise NotImplementedError

    def surprise(self, name: str, example: object = "", times: int = 1) -> None:
        """Notes a field that the parser does not know."""
        seen, first = self.unexpected.get(name, (0, str(example)[:100]))
        self.unexpected[name] = (seen + times, first)

    def leave(self, what: str, records: int = 1) -> None:
        """Notes records that are left out on purpose."""
        if records:
            self.left_out[what] = self.left_out.get(what, 0) + records

    def reject(self, table: str, row: int | None, name: str, key: str | None, problem: str, found: object) -> None:
        """Notes a record that cannot stand."""
        self.rejected.append((table, row, name, key, problem, str(found)[:200]))


@dataclass(frozen=True)
class Outcome:
    """What became of a snapshot. rows: records; added and removed: versions opened and closed in the store."""

    origin: str
    snapshot_id: str
    accepted: bool
    reason: str | None
    rows: int
    added: int
    removed: int
    unexpected: dict[str, tuple[int, str]]
    left_out: dict[str, int]
    rejected: int


@contextmanager
def writing(store: Path, *, wait: float | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the store, open for writing, that replaces the store when the block ends without an error.

    Raises:
        ScreenerError: another process writes for too long, the store cannot be written, or it is of a newer version.
    """
    with write_lock(store, wait):
        _sweep(store)
        on_step("locked")
        copied = False
        try:
            with replacing(store, step=on_step) as made:
                shutil.copyfile(store, made)
                copied = True
                on_step("copied")
                with duckdb.connect(str(made)) as con:
                    check_shape(con)
                    on_step("opened")
                    yield con
                    on_step("changed")
                    con.execute("checkpoint")
                    on_step("checkpointed")
        except (OSError, duckdb.Error) as error:
            if copied and not disk_is_full(error):
                raise
            raise not_writable(store, error) from error


def commit(
    con: duckdb.DuckDBPyConnection,
    provenance: Provenance,
    files: Sequence[KeptFile],
    report: ParseReport,
    *,
    at: dt.datetime,
    accept: bool = False,
    unchanged: bool = False,
    match_names: NameMatcher | None = None,
) -> Outcome:
    """Writes one snapshot of one source: what is gone is closed, what is new is opened, what stays is left alone.

    Args:
        con: the copy of `writing`.
        provenance: the source, and the list that it publishes.
        files: its raw files, stored already.
        report: parses them, and then says what came of it.
        at: when it was retrieved (UTC); later than every snapshot of the source before it.
        accept: take the rows even if their number is far from the last one's.
        match_names: the resolver's judgement, to join entities to the embedded ones by name.
        unchanged: the source said, or the hash shows, that nothing changed: no rows are read.

    Raises:
        ScreenerError: the snapshot is not later than the last one.
    """
    origin = provenance.origin
    last, before = con.execute(
        "select max(retrieved_at),"
        " arg_max({rows: rows, published_on: published_on}, retrieved_at) filter (accepted)"
        " from fetched.snapshot where origin = ?",
        [origin],
    ).fetchall()[0]
    if last is not None and at <= last:
        raise ScreenerError(
            "there is a later snapshot of this source in the store",
            where=origin,
            found=at.isoformat(sep=" ", timespec="seconds"),
            do="load files in the order in which they were retrieved",
        )
    unchanged = unchanged and before is not None
    snapshot_id = f"{re.sub(r'[^a-z0-9]+', '-', origin.lower())}-{at:%Y%m%dT%H%M%S%f}"
    reason: str | None = None
    if unchanged:
        report.rows, report.published_on = before["rows"], before["published_on"]
    else:
        _parse(con, report)
        on_step("staged")
        reason = _suspicious(report.rows, before["rows"] if before else None)
    accepted = reason is None or (accept and report.rows > 0)
    added = removed = 0
    with transaction(con):
        if accepted:
            if not unchanged:
                added, removed = _versions(con, provenance, snapshot_id, at)
            # A list is complete as of the day that it states, or of its download; a file from a disk may be of any day.
            downloaded = at.date() if files[0].url.startswith("http") else None
            _provenance(con, provenance, snapshot_id, at, report.published_on, report.published_on or downloaded)
            on_step("versioned")
        _record(con, provenance, files, report, snapshot_id, at, accepted, reason)
    on_step("recorded")
    if added or removed:
        with transaction(con):
            join_origin(con, origin, at, match_names)
        on_step("joined")
    kinds = (dict(report.unexpected), dict(report.left_out), len(report.rejected))
    return Outcome(origin, snapshot_id, accepted, reason, report.rows, added, removed, *kinds)


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


def _parse(con: duckdb.DuckDBPyConnection, report: ParseReport) -> None:
    """Makes the tables raw_<table>, all text, and lets the parser fill them."""
    for table in STAGED:
        cells = ", ".join(f'"{name}" varchar' for name in columns(table))
        con.execute(f"create or replace temp table raw_{table} ({cells})")

    def stage(table: str, rows: pl.DataFrame) -> None:
        con.register("batch", rows)
        con.execute(f"insert into raw_{table} by name select * from batch")
        con.unregister("batch")

    report.read(stage)
    # The main names are names too, as in the embedded table.
    con.execute("""
        create or replace temp view raw_name as
        select entity_id, name, lang, kind, valid_from, valid_to from raw_entity_name
        union all
        select entity_id, name, case when country = 'KR' then 'en' end, 'primary', null, null from raw_entity
        union all
        select entity_id, name_ko, 'ko', 'primary', null, null from raw_entity where name_ko is not null
        union all
        select entity_id, name_local, lower(country), 'primary', null, null from raw_entity
        where name_local is not null
    """)


def _typed(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    """The statement of each table; its macros are made for it, without grouping where nothing is repeated."""
    for table, query in typed_queries().items():
        flat, grouped, _ = query.partition("-- grouped:")
        if grouped:
            relation, key = re.findall(r"-- of: (\w+) (\(.*\))", query)[0]
            repeats = con.execute(f"select count(*) > count(distinct {key}) from {relation}").fetchall()[0][0]
            for macro, (many, single) in _MERGED.items():
                con.execute(f"create or replace temp macro {macro}(x) as {many if repeats else single}")
            query = query if repeats else flat
        yield table, query


def _versions(
    con: duckdb.DuckDBPyConnection, provenance: Provenance, snapshot_id: str, at: dt.datetime
) -> tuple[int, int]:
    con.execute("create or replace temp table setting as select ? as source_id", [provenance.source_id])
    added = removed = 0
    for table, query in _typed(con):
        staged = "raw_name" if table == "entity_name" else f"raw_{table}"
        current = con.execute(
            f"select 1 from fetched.{table} where origin = ? and known_to = ? limit 1", [provenance.origin, STANDS]
        ).fetchall()
        if not current and not con.execute(f"select 1 from {staged} limit 1").fetchall():
            continue
        if not current:
            # The first snapshot needs no comparison.
            added += con.execute(
                f"insert into fetched.{table} by name select *, {_VERSION} from ({query})",
                [provenance.origin, snapshot_id, at, STANDS],
            ).fetchall()[0][0]
            continue
        con.execute(f"create or replace temp table incoming as {query}")
        cells = [name for name, *_ in con.execute("describe incoming").fetchall()]
        digest = "hash(" + ", ".join(f'"{name}"' for name in cells) + ")"
        con.execute(
            f"create or replace temp table stays as"
            f" select {digest} as digest from fetched.{table} where origin = ? and known_to = ?"
            f" intersect select {digest} from incoming",
            [provenance.origin, STANDS],
        )
        gone = con.execute(
            f"update fetched.{table} set known_to = ? where origin = ? and known_to = ?"
            f" and {digest} not in (select digest from stays)",
            [at, provenance.origin, STANDS],
        ).fetchall()[0][0]
        new = con.execute(
            f"insert into fetched.{table} by name select *, {_VERSION}"
            f" from incoming where {digest} not in (select digest from stays)",
            [provenance.origin, snapshot_id, at, STANDS],
        ).fetchall()[0][0]
        added, removed = added + new, removed + gone
    return added, removed


def _provenance(
    con: duckdb.DuckDBPyConnection,
    p: Provenance,
    snapshot_id: str,
    at: dt.datetime,
    published_on: dt.date | None,
    complete_as_of: dt.date | None,
) -> None:
    """Renews the rows of `source` and `list`: the facts of today rest on the newest reading of the source."""
    day = at.date()
    for table in ("source", "list"):
        con.execute(
            f"update fetched.{table} set known_to = ? where origin = ? and known_to = ?", [at, p.origin, STANDS]
        )
    published = min(published_on or day, day)
    version = {"origin": p.origin, "snapshot_id": snapshot_id, "known_from": at, "known_to": STANDS}
    about = {name: getattr(p, name) for name in _SOURCE}
    days = {"published_on": published, "published_written": published.isoformat(), "retrieved_on": day}
    _insert(con, "source", about | days | version)
    for row in p.risk_lists:
        _insert(con, "list", {**row, "complete_as_of": complete_as_of, "source_ids": [p.source_id]} | version)


def _record(
    con: duckdb.DuckDBPyConnection,
    p: Provenance,
    files: Sequence[KeptFile],
    report: ParseReport,
    snapshot_id: str,
    at: dt.datetime,
    accepted: bool,
    reason: str | None,
) -> None:
    first = {
        "snapshot_id": snapshot_id,
        "origin": p.origin,
        "priority": p.priority,
        "url": files[0].url,
        "retrieved_at": at,
        "published_on": report.published_on,
        "sha256": files[0].sha256,
        "bytes": sum(file.bytes for file in files),
        "rows": report.rows,
        "headers": json.dumps(dict(files[0].headers), sort_keys=True),
        "accepted": accepted,
        "reason": reason,
    }
    _insert(con, "snapshot", first)
    parts = (
        (f.part, f.url, f.retrieved_at, f.sha256, f.bytes, json.dumps(dict(f.headers), sort_keys=True)) for f in files
    )
    details: dict[str, Iterable[tuple[Any, ...]]] = {
        "snapshot_file": parts,
        "unexpected_field": ((name, times, one) for name, (times, one) in sorted(report.unexpected.items())),
        "left_out": sorted(report.left_out.items()),
        "rejected_row": report.rejected[:10_000],
    }
    for table, rows in details.items():
        if found := [(snapshot_id, *row) for row in rows]:
            con.executemany(f"insert into fetched.{table} values ({', '.join('?' * len(found[0]))})", found)


def _insert(con: duckdb.DuckDBPyConnection, table: str, cells: Mapping[str, Any]) -> None:
    """One row of a fetched table."""
    names = ", ".join(f'"{name}"' for name in cells)
    marks = ", ".join("?" * len(cells))
    con.execute(f"insert into fetched.{table} ({names}) values ({marks})", list(cells.values()))


def snapshot_summary(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """What was fetched, one row a source; empty, and with the first two columns only, if nothing was.

    Returns:
        origin, retrieved_at (UTC, of the latest accepted snapshot), published_on, rows, bytes, snapshots (accepted),
        refused, reason (of a snapshot refused after the latest accepted one), sha256, unexpected (fields that the
        parser did not know), rejected (records that it could not read), first_at (UTC, of the earliest accepted
        snapshot that was not pruned).
    """
    try:
        return pl.DataFrame(con.sql(sql(__file__, "snapshot_summary.sql")))
    except duckdb.CatalogException:
        return pl.DataFrame(schema={"origin": pl.String, "retrieved_at": pl.Datetime("us")})


def _sweep(store: Path) -> None:
    """Removes what a killed writer left behind; safe for the holder of the lock, who alone makes such files."""
    for stray in store.parent.glob(f"{store.name}.*.tmp*"):
        remove(stray)
