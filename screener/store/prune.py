"""Forgets old snapshots by policy: their rows, their records and their raw files; what stands today always stays."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from screener.store.asof import has_fetched
from screener.store.migrate import FILLED
from screener.store.raw import raw_folder, raw_path
from screener.store.snapshots import writing

_OF_SNAPSHOT: Final = ("snapshot_file", "unexpected_field", "left_out", "rejected_row", "snapshot")


@dataclass(frozen=True)
class Pruned:
    """What was, or would be, forgotten: snapshots, versions of rows, raw files and their bytes (compressed)."""

    snapshots: int
    rows: int
    files: int
    bytes: int


def prune(store: Path, *, before: dt.date, dry_run: bool = False, wait: float | None = None) -> Pruned:
    """Forgets what had been replaced before a day; a known-at day before it can no longer be asked.

    Of each source the newest accepted snapshot from before that day stays, because its rows are what was known on the day.

    Args:
        store: path of the store.
        before: the day.
        dry_run: only count.
        wait: seconds to wait for another writer.
    """
    moment = dt.datetime.combine(before, dt.time())
    with writing(store, wait=wait) as con:
        if not has_fetched(con):
            return Pruned(0, 0, 0, 0)
        con.execute("create or replace temp table pruning as select ?::timestamp as moment", [moment])
        con.execute(Path(__file__).with_name("prune.sql").read_text(encoding="utf-8"))
        gone = [row[0] for row in con.execute("select sha256 from forgotten_file order by 1").fetchall()]
        snapshots = con.execute("select count(*) from forgotten").fetchall()[0][0]
        tables = (*FILLED, "same_as")
        rows = sum(
            con.execute(f"select count(*) from fetched.{table} where known_to < ?", [moment]).fetchall()[0][0]
            for table in tables
        )
        if not dry_run:
            for table in tables:
                con.execute(f"delete from fetched.{table} where known_to < ?", [moment])
            for table in _OF_SNAPSHOT:
                con.execute(f"delete from fetched.{table} where snapshot_id in (select snapshot_id from forgotten)")
            con.execute("insert or replace into meta values ('history_from', ?)", [before.isoformat()])
    # Only now that the store no longer names them: a kill leaves files too many, never one too few.
    paths = [raw_path(store, sha256) for sha256 in gone]
    size = sum(path.stat().st_size for path in paths if path.exists())
    if not dry_run:
        for path in paths:
            with suppress(OSError):
                path.unlink(missing_ok=True)
                path.parent.rmdir()
        _sweep(store)
    return Pruned(snapshots, rows, len(gone), size)


def _sweep(store: Path) -> None:
    for stray in raw_folder(store).glob("*/.*.tmp"):
        with suppress(OSError):
            stray.unlink()
