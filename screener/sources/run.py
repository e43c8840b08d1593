"""Fetches sources into the store one by one: downloads, stores the raw files, parses, commits."""

import datetime as dt
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from screener.errors import EXIT_FAULT, ScreenerError
from screener.schema.tables import columns
from screener.sources.archive import kind_at, members, unpacked
from screener.sources.client import Client, now, stored
from screener.sources.reading import Reading
from screener.sources.source import Source, find
from screener.store.asof import OPEN_END
from screener.store.build import open_store
from screener.store.carry import FILLED
from screener.store.locking import WAIT_SECONDS
from screener.store.snapshots import StoredFile, raw_path, store_raw, store_version, writing

_PROVENANCE: Final = ("source", "list")
# A download counts as broken if its rows, relative to the download before, are below the floor or above the ceiling.
FLOOR: Final = 0.6
CEILING: Final = 3.0
CEILING_SLACK: Final = 50

# Sources that are queried per company are queried for the listed ones: all would exceed the daily request limit.
_LISTED = """
    select distinct d.value
    from identifier as d
    join identifier as k using (entity_id)
    where d.scheme = 'dart' and k.scheme = 'krx' and k.valid_to is null
    order by 1
"""
_LAST_FILES = """
    select part, url, retrieved_at, sha256, bytes, headers
    from fetched.snapshot_file
    where snapshot_id = (
        select snapshot_id from fetched.snapshot where origin = ? and accepted order by retrieved_at desc limit 1
    )
"""

Progress = Callable[[str, str, int, int | None], None]
Join = Callable[[duckdb.DuckDBPyConnection, str, dt.datetime], None]
"""Joins the entities that a source brought at a moment (UTC): `screener.match.joining.join_origin`."""


class _FaultError(ScreenerError):
    exit_code = EXIT_FAULT


@dataclass(frozen=True)
class Fetched:
    """The result of one source: an outcome, or the error that stopped it."""

    name: str
    outcome: Reading | None = None
    error: ScreenerError | None = None

    @property
    def status(self) -> str:
        """One of: fetched, unchanged, refused (as suspicious) or failed."""
        if self.outcome is None:
            return "failed"
        if not self.outcome.accepted:
            return "refused"
        return "unchanged" if self.outcome.unchanged else "fetched"

    @property
    def failed(self) -> bool:
        """Whether nothing new can be relied on: not reached, not readable, or refused as suspicious."""
        return self.status in ("failed", "refused")


@dataclass(frozen=True)
class FetchRequest:
    """How to fetch.

    file: load this instead of asking the source. options: the user's NAME=VALUE. accept: accept suspicious counts.
    again: read the rows even if nothing changed. retrieved_at: when `file` was retrieved (UTC); by default now.
    wait: seconds to wait for another writer. raise_faults: raise a parser's errors, with their traceback.
    """

    store: Path
    join: Join
    file: Path | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    accept: bool = False
    again: bool = False
    retrieved_at: dt.datetime | None = None
    wait: float = WAIT_SECONDS
    raise_faults: bool = False


def fetch(
    names: Sequence[str], request: FetchRequest, progress: Progress = lambda name, step, done, total: None
) -> list[Fetched]:
    """Fetches sources by their ids, with any variant; one that fails does not stop the others.

    `progress` is called with the source, the step (`asking`, `download`, `reading`, then its status), the amount done
    (bytes or requests), and the total.

    Raises:
        ScreenerError: a name is not a source (before anything is fetched).
    """
    results: list[Fetched] = []
    for name, source, variant in [(name, *find(name)) for name in names]:
        progress(name, "asking" if request.file is None else "reading", 0, None)
        try:
            result = _one(name, source, variant, request, progress)
        except Exception as error:
            if request.raise_faults and not isinstance(error, ScreenerError | OSError | duckdb.IOException):
                raise
            # A parser that fails on one source must not prevent the others from being fetched.
            result = Fetched(name, error=_explained(name, error))
        results.append(result)
        progress(name, result.status, 1, 1)
    return results


def _explained(name: str, error: Exception) -> ScreenerError:
    if isinstance(error, ScreenerError):
        return error
    if isinstance(error, OSError | duckdb.IOException):
        what, do = "it could not be written", "see whether the disk is full"
        return ScreenerError(what, where=name, found=str(error).splitlines()[0], do=do)
    what, do = "an error in the program, not in your input", "run again with --debug to see where"
    found = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    return _FaultError(what, where=name, found=found, do=do)


def _one(name: str, source: Source, variant: str, request: FetchRequest, progress: Progress) -> Fetched:
    with tempfile.TemporaryDirectory(prefix="screener-fetch.") as made:
        folder, at = Path(made), request.retrieved_at or now()
        cached, targets = _known(request, name, source)
        if request.file is not None:
            files = local_files(source, request.file, folder, at)
        elif source.can_fetch:
            asked, show = {} if request.again else cached, partial(progress, name, "download")
            with closing(Client(source, folder, asked, show, request.options, targets, variant)) as client:
                source.fetch(client)
            files, at = client.files, now()
        else:
            raise ScreenerError(
                "this source is available only as a file", where=name, do=f"screener fetch {name} --from FILE"
            )
        for file in files:
            store_raw(request.store, file.path, file.sha256)
        progress(name, "reading", 0, None)
        with writing(request.store, wait=request.wait) as con:
            reading = Reading(origin=name, source=source, raw=files, folder=folder, options=request.options)
            commit(con, reading, at=at, accept=request.accept, again=request.again)
            if reading.added or reading.removed:
                request.join(con, name, at)
        return Fetched(name, reading)


def commit(
    con: duckdb.DuckDBPyConnection, reading: Reading, *, at: dt.datetime, accept: bool = False, again: bool = False
) -> None:
    """Writes one snapshot of one source: closes rows that are gone, opens new ones and leaves the rest alone.

    Args:
        con: the copy of `writing`.
        reading: parses its files; holds the outcome afterwards.
        at: when it was retrieved (UTC); later than all earlier snapshots of the source.
        accept: take the rows even if their number is far from the last one's.
        again: read the files even if they are those of the last accepted reading.

    Raises:
        ScreenerError: the snapshot is not later than the last one.
    """
    origin = reading.origin
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
        con.register(
            "batch", rows if table == "source" else rows.with_columns(source_ids=pl.lit(f"fetched-{reading.slug}"))
        )
        con.execute(f"insert into raw_{table} by name from batch")
        con.unregister("batch")

    if before is not None and not again:
        files = "select part, sha256 from fetched.snapshot_file where snapshot_id = ?"
        stored = dict(con.execute(files, [before["snapshot_id"]]).fetchall())
        reading.unchanged = stored == {file.part: file.sha256 for file in reading.raw}
    if reading.unchanged:
        reading.rows, reading.published_on = before["rows"], before["published_on"]
    else:
        reading.read(stage)
        reading.reason = _suspicious(reading.rows, before["rows"] if before else None)
    reading.accepted = reading.reason is None or (accept and reading.rows > 0)
    snapshot_id = f"{reading.slug}-{at:%Y%m%dT%H%M%S%f}"
    version = {"origin": origin, "snapshot_id": snapshot_id, "system_from": at, "system_to": OPEN_END}
    if reading.accepted:
        reading.describe(stage, at.date())
        for table in _PROVENANCE if reading.unchanged else FILLED:
            added, removed = store_version(con, table, version)
            if table not in _PROVENANCE:
                reading.added, reading.removed = reading.added + added, reading.removed + removed
    _record(con, reading, snapshot_id, at)


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


def _record(con: duckdb.DuckDBPyConnection, reading: Reading, snapshot_id: str, at: dt.datetime) -> None:
    size = sum(file.bytes for file in reading.raw)
    outcome = (reading.rows, reading.accepted, reading.reason, reading.source.priority)
    details: dict[str, Iterable[tuple[Any, ...]]] = {
        "snapshot": [(reading.origin, at, reading.published_on, reading.raw[0].sha256, size, *outcome)],
        "snapshot_file": (
            (f.part, f.url, f.retrieved_at, f.sha256, f.bytes, json.dumps(dict(f.headers), sort_keys=True))
            for f in reading.raw
        ),
        "unexpected_field": ((name, times, one) for name, (times, one) in sorted(reading.unexpected.items())),
        "rejected_row": reading.rejects[:10_000],
    }
    for table, rows in details.items():
        if found := [(snapshot_id, *row) for row in rows]:
            con.executemany(f"insert into fetched.{table} values ({', '.join('?' * len(found[0]))})", found)


def _known(request: FetchRequest, name: str, source: Source) -> tuple[dict[str, StoredFile], tuple[str, ...]]:
    """The raw files of the last accepted snapshot by part, and the companies to query the source for."""
    given = request.options.get("companies", "")
    targets = tuple(code.strip().zfill(8) for code in given.split(",") if code.strip())
    with open_store(request.store) as con:
        rows = con.execute(_LAST_FILES, [name]).fetchall()
        if not targets and source.by_company:
            targets = tuple(code for (code,) in con.execute(_LISTED).fetchall())
    return {
        part: StoredFile(part, raw_path(request.store, sha256), url, at, sha256, size, json.loads(headers))
        for part, url, at, sha256, size, headers in rows
    }, targets


def local_files(source: Source, given: Path, folder: Path, at: dt.datetime) -> list[StoredFile]:
    """The raw files of a source at a path: a file, a folder, or one of several files next to each other.

    A gzipped file is first unpacked into `folder`, so that its hash is that of the official file. `at` is when the
    file was retrieved (UTC).

    Raises:
        ScreenerError: there is no such file, or it is a damaged archive.
    """
    found: dict[str, Path | None]
    if given.is_dir():
        there = [path for path in sorted(given.iterdir()) if path.is_file()]
        words = {file.part: file.word or file.part for file in source.files}
        found = {
            part: next((path for path in there if word.lower() in path.name.lower()), None)
            for part, word in words.items()
        }
    elif given.is_file():
        # Several parts can come in one ZIP, or as separate files: ofac_sdn.csv.gz with ofac_alt.csv.gz.
        name, several = given.name.lower(), [file for file in source.files if file.word]
        named = [file for file in several if re.search(rf"(?<![a-z]){file.word}(?![a-z])", name)]
        sisters = {path.name.lower(): path for path in sorted(given.parent.iterdir(), reverse=True)} if named else {}
        mine = (named or source.files)[0]
        place = rf"(?<![a-z]){mine.word}(?![a-z])"
        found = {file.part: sisters.get(re.sub(place, file.word, name)) for file in several} | {mine.part: given}
    else:
        raise ScreenerError("no such file", where="--from", found=str(given), do="name a file that exists")
    files = []
    for file in source.files:
        if path := found.get(file.part):
            address, kind, chosen = path.resolve().as_uri(), kind_at(path), re.compile(file.word, re.I).search
            if kind == "gzip" or (kind == "zip" and file.word and any(chosen(one.filename) for one in members(path))):
                path = unpacked(path, folder, chosen)
            files.append(stored(file.part, path, address, at))
    if not files:
        do = f"it should contain a file named for: {', '.join(file.word or file.part for file in source.files)}"
        raise ScreenerError("no file of this source is in the folder", where=str(given), do=do)
    return files
