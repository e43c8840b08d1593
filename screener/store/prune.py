"""Deletes old snapshots by policy: their rows, their records and their raw files; current rows always stay."""

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import duckdb

from screener.errors import ScreenerError
from screener.files import sql
from screener.store.asof import has_fetched
from screener.store.carry import FILLED
from screener.store.locking import WAIT_SECONDS
from screener.store.snapshots import raw_folder, raw_path, writing

_OF_SNAPSHOT: Final = ("snapshot_file", "unexpected_field", "rejected_row", "snapshot")
_COUNTED: Final = """
    select
        origin, coalesce(any_value(snapshots), 0) as snapshots,
        count(system_to) filter (system_to < moment) as versions, (moment - interval 1 microsecond)::date as known_from
    from pruning
    left join (select origin, count(*) as snapshots from forgotten group by origin) using (origin)
    left join ({rows}) using (origin)
    group by origin, moment
    having any_value(snapshots) > 0 or versions > 0
    order by origin
"""


class PrunedSource(NamedTuple):
    """Deletions of one source: snapshots, row versions; and the first day (UTC) that can still be queried."""

    origin: str
    snapshots: int
    rows: int
    known_from: dt.date


class Pruned(NamedTuple):
    """What was, or would be, deleted: by source, and the raw files with their bytes (compressed)."""

    sources: tuple[PrunedSource, ...]
    files: int
    bytes: int


def prune(
    store: Path,
    origins: Sequence[str] = (),
    *,
    before: dt.date | None = None,
    keep: int | None = None,
    dry_run: bool = False,
    wait: float = WAIT_SECONDS,
) -> Pruned:
    """Deletes what was replaced before a day or is older than the newest `keep` snapshots; with both set, what is both.

    Earlier known-at days are then refused (`screener.store.asof`). The newest accepted snapshot of each source before
    the moment stays, because its rows were known at the moment.

    `origins`: ids of sources, with their variants; all if empty. A dry run only counts. `wait`: seconds to wait for
    another writer.

    Raises:
        ScreenerError: neither `before` nor `keep` is given, or a source was never fetched.
    """
    if before is None and keep is None:
        do = "write --before DATE, --keep N, or both for what is both older and not among the newest"
        raise ScreenerError("which snapshots?", where="prune", do=do)
    if not store.exists():
        raise ScreenerError("there is no store", where=str(store), do="`screener data build` makes one")
    with duckdb.connect(str(store), read_only=True) if dry_run else writing(store, wait=wait) as con:
        if not has_fetched(con):
            return Pruned((), 0, 0)
        there = [row[0] for row in con.execute("select distinct origin from fetched.snapshot order by 1").fetchall()]
        for name in origins:
            if name not in there:
                do = "one of: " + ", ".join(there)
                raise ScreenerError("nothing was fetched from this source", where=name, do=do)
        con.execute(
            "create or replace temp table policy as"
            " select ?::date::timestamp as before, ?::integer as keep, ?::varchar[] as origins",
            [before, keep, list(origins)],
        )
        con.execute(sql(__file__, "prune.sql"))
        gone = [row[0] for row in con.execute("select sha256 from forgotten_file order by 1").fetchall()]
        rows = " union all ".join(f"select origin, system_to from fetched.{table}" for table in FILLED)
        counted = con.execute(_COUNTED.format(rows=rows)).fetchall()
        if not dry_run:
            _forget(con)
    # Only once the store no longer refers to them: a kill may leave extra files, but no missing ones.
    paths = [raw_path(store, sha256) for sha256 in gone]
    size = sum(path.stat().st_size for path in paths if path.exists())
    if not dry_run:
        for path in (*paths, *raw_folder(store).glob("*/*.tmp")):
            with suppress(OSError):
                path.unlink(missing_ok=True)
                path.parent.rmdir()
    return Pruned(tuple(PrunedSource(*row) for row in counted), len(gone), size)


def _forget(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "insert into fetched.forgotten_history"
        " select origin, min(retrieved_at), any_value(moment) from fetched.snapshot join pruning using (origin)"
        " where accepted group by origin having min(retrieved_at) < any_value(moment) and origin in"
        " (select origin from forgotten semi join (from fetched.snapshot where accepted) using (snapshot_id))"
    )
    for table in FILLED:
        of_source = f"{table}.origin = pruning.origin and system_to < moment"
        con.execute(f"delete from fetched.{table} using pruning where {of_source}")
    # A join may involve several sources: it goes once its time can no longer be queried for any of them.
    con.execute(
        "delete from fetched.same_as where system_to < (select min(moment) from pruning)"
        " and not exists (select 1 from fetched.snapshot anti join pruning using (origin))"
    )
    for table in _OF_SNAPSHOT:
        con.execute(f"delete from fetched.{table} where snapshot_id in (select snapshot_id from forgotten)")
