"""Fetches sources one after the other into the store: downloads, keeps the raw files, parses, and commits snapshot by snapshot."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from screener.errors import EXIT_FAULT, EXIT_SOURCE, ScreenerError
from screener.sources.catalogue import find
from screener.sources.client import Client, Earlier
from screener.sources.local import local_files
from screener.sources.source import Files, Source
from screener.store.joining import NameMatcher
from screener.store.raw import keep_raw, raw_path
from screener.store.snapshots import KeptFile, Outcome, Told, commit, writing

# Sources that ask company by company ask for the listed ones: the rest of a hundred thousand would use up the day's requests.
_BY_COMPANY = ("dart-company", "dart-holdings", "dart-shareholders", "dart-accounts")
_LISTED = """
    select distinct d.value
    from identifier as d
    join identifier as k using (entity_id)
    where d.scheme = 'dart' and k.scheme = 'krx' and k.valid_to is null
    order by 1
"""

Progress = Callable[[str, str, int, int | None], None]


@dataclass(frozen=True)
class Fetched:
    """What became of one source: an outcome, or the error that stopped it."""

    name: str
    outcome: Outcome | None = None
    error: ScreenerError | None = None
    unchanged: bool = False

    @property
    def failed(self) -> bool:
        """Whether nothing new can be relied on: not reached, not readable, or refused as suspicious."""
        return self.error is not None or (self.outcome is not None and not self.outcome.accepted)

    @property
    def status(self) -> str:
        """In a word: fetched, unchanged, refused (as suspicious) or failed."""
        if self.error is not None:
            return "failed"
        return "refused" if self.failed else "unchanged" if self.unchanged else "fetched"


@dataclass(frozen=True)
class Order:
    """How to fetch. file: load this instead of asking the source. options: NAME=VALUE of the user. accept: take suspicious counts.

    again: read the rows even if nothing changed. retrieved_at: when `file` was retrieved (UTC); now unless given. wait: seconds to
    wait for another writer. match_names: the resolver's judgement. raise_faults: let a fault of a parser through, with its traceback.
    """

    store: Path
    file: Path | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    accept: bool = False
    again: bool = False
    retrieved_at: dt.datetime | None = None
    wait: float | None = None
    match_names: NameMatcher | None = None
    raise_faults: bool = False


def fetch(
    names: Sequence[str], order: Order, progress: Progress = lambda name, step, done, total: None
) -> list[Fetched]:
    """Fetches sources; one that fails does not stop the others.

    Args:
        names: ids of sources, with a variant where they have some (`opensanctions:us_ofac_sdn`).
        order: how.
        progress: called with the source, the step (`asking`, `download`, `reading`, then its status), how much of it is done (bytes,
            records or requests), and of how much.

    Raises:
        ScreenerError: a name is no source (before anything is fetched).
    """
    chosen = [(name, *find(name)) for name in names]
    results: list[Fetched] = []
    for name, source, variant in chosen:
        progress(name, "asking" if order.file is None else "reading", 0, None)
        try:
            results.append(_one(name, source, variant, order, progress))
        except ScreenerError as error:
            results.append(Fetched(name, error=error))
        except (OSError, duckdb.IOException) as error:
            told = ScreenerError(
                "it could not be written",
                where=name,
                found=str(error).splitlines()[0],
                do="see whether the disk is full",
            )
            results.append(Fetched(name, error=told))
        except Exception as fault:
            if order.raise_faults:
                raise
            # A parser that stumbles over one source must not keep the others from being brought.
            said = f"{type(fault).__name__}: {fault}".splitlines()[0][:200]
            told = ScreenerError(
                "a fault of the program, not yours",
                where=name,
                found=said,
                do="run again with --debug to see where",
                exit_code=EXIT_FAULT,
            )
            results.append(Fetched(name, error=told))
        progress(name, results[-1].status, 1, 1)
    return results


def _one(name: str, source: Source, variant: str, order: Order, progress: Progress) -> Fetched:
    with tempfile.TemporaryDirectory(prefix="screener-fetch.") as made:
        folder = Path(made)
        last, targets = _known(order, name, source)
        if order.file is not None:
            at = order.retrieved_at or dt.datetime.now(dt.UTC).replace(tzinfo=None)
            files: Sequence[KeptFile] = local_files(source, order.file, folder, at)
        else:
            files = _downloaded(name, source, variant, order, folder, last, targets, progress)
            at = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        unchanged = (
            not order.again
            and bool(last)
            and {f.part: f.sha256 for f in files} == {part: old.sha256 for part, old in last.items()}
        )
        if not unchanged:
            files = [_readable(file, folder) for file in files]
        for file in files:
            if file.path.suffix != ".gz" or file.path.parent == folder:
                keep_raw(order.store, file.path, file.sha256)
        told = Told()
        progress(name, "reading", 0, None)
        with writing(order.store, wait=order.wait) as con:
            batches = () if unchanged else source.parse(Files(tuple(files), folder, order.options), told)
            outcome = commit(
                con,
                source.provenance(name),
                files,
                batches,
                told,
                at=at,
                accept=order.accept,
                unchanged=unchanged,
                match_names=order.match_names,
            )
        return Fetched(name, outcome, unchanged=unchanged)


def _downloaded(
    name: str,
    source: Source,
    variant: str,
    order: Order,
    folder: Path,
    last: Mapping[str, Earlier],
    targets: tuple[str, ...],
    progress: Progress,
) -> list[KeptFile]:
    if source.fetch is None:
        raise ScreenerError("this source comes as a file only", where=name, do=f"screener fetch {name} --from FILE")
    if source.key is not None and source.key_value() is None:
        raise ScreenerError(
            "this source needs a key",
            where=name,
            found=f"{source.key} is not set",
            do=f"get one ({source.url}) and set {source.key}, or use --from FILE",
            exit_code=EXIT_SOURCE,
        )
    client = Client(
        source,
        folder,
        {} if order.again else last,
        lambda done, total: progress(name, "download", done, total),
        order.options,
        targets,
        variant,
    )
    try:
        source.fetch(client)
    finally:
        client.close()
    return client.files


def _known(order: Order, name: str, source: Source) -> tuple[dict[str, Earlier], tuple[str, ...]]:
    """Of the last accepted snapshot: raw files by part. And the companies that a source should ask for."""
    from screener.store.build import open_store

    earlier: dict[str, Earlier] = {}
    targets: tuple[str, ...] = ()
    if given := order.options.get("companies"):
        targets = tuple(code.strip().zfill(8) for code in given.split(",") if code.strip())
    with open_store(order.store) as con:
        try:
            earlier = _last_files(con, order.store, name)
        except duckdb.CatalogException:
            earlier = {}
        if not targets and source.id in _BY_COMPANY:
            targets = tuple(code for (code,) in con.execute(_LISTED).fetchall())
    return earlier, targets


def _last_files(con: duckdb.DuckDBPyConnection, store: Path, origin: str) -> dict[str, Earlier]:
    import json

    rows = con.execute(
        "select part, headers, sha256 from fetched.snapshot_file where snapshot_id ="
        " (select snapshot_id from fetched.snapshot where origin = ? and accepted order by retrieved_at desc limit 1)",
        [origin],
    ).fetchall()
    return {part: Earlier(json.loads(headers), sha256, raw_path(store, sha256)) for part, headers, sha256 in rows}


def _readable(file: KeptFile, folder: Path) -> KeptFile:
    """A file that the source said is unchanged, unpacked from where it is kept, because another part of the snapshot did change."""
    if file.path.parent == folder or file.path.suffix != ".gz" or not file.path.name.startswith(file.sha256):
        return file
    import gzip

    handle, name = tempfile.mkstemp(prefix="kept.", dir=folder)
    with open(handle, "wb") as out, gzip.open(file.path) as packed:
        shutil.copyfileobj(packed, out, 1 << 20)
    path = Path(name)
    return KeptFile(file.part, path, file.url, file.retrieved_at, file.sha256, path.stat().st_size, file.headers)
