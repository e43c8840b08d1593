"""Writes one snapshot and is killed at a step, over and over; run as a process of its own by test_killed.py.

Each trial is a fork of a process that has loaded everything and opened nothing, so that two hundred of them take seconds. The
child is killed by SIGKILL, at a named step or at a random moment; then another child opens the store and says what it found.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import duckdb

from screener.sources.catalogue import SOURCES
from screener.sources.local import local_files
from screener.sources.source import Files
from screener.store import snapshots
from screener.store.raw import keep_raw, raw_folder
from screener.store.snapshots import Told, commit, writing

# Nothing imported above may have used Polars yet: its threads do not follow into a fork.
STEPS = (
    "locked",
    "copied",
    "opened",
    "staged",
    "versioned",
    "recorded",
    "joined",
    "changed",
    "checkpointed",
    "flushed",
    "replaced",
)
WHEN = dt.datetime(2026, 5, 1)


def forked(work: Callable[[], object]) -> int:
    """The wait status of a child that does the work."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    try:
        work()
    except BaseException:
        traceback.print_exc()
        os._exit(9)
    os._exit(0)


def sdn(folder: Path, numbers: range, suffix: str) -> Path:
    path = folder / f"sdn-{suffix}.csv"
    rows = [f'{n},"EXAMPLE {n} {suffix}",-0- ,"NPWMD",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ' for n in numbers]
    path.write_text("\r\n".join(rows) + "\r\n\x1a", encoding="utf-8")
    return path


def bring(store: Path, file: Path, month: int) -> None:
    """What `screener.sources.run` does with a file, without the store being opened before."""
    source, at, told = SOURCES["us-ofac-sdn"], WHEN.replace(month=month), Told()
    kept = local_files(source, file, file.parent, at)
    for one in kept:
        keep_raw(store, one.path, one.sha256)
    with writing(store, wait=10) as con:
        outcome = commit(
            con, source.provenance(source.id), kept, source.parse(Files(tuple(kept), file.parent), told), told, at=at
        )
    assert outcome.accepted, outcome


def look(store: Path, answer: Path) -> None:
    """What stands in the store: names of the listed, snapshots, and whether everything that it names is whole."""
    with duckdb.connect(str(store), read_only=True) as con:
        con.execute("set threads = 1")
        stands = "origin = 'us-ofac-sdn' and known_to > '9000-01-01'"
        names = [
            row[0]
            for row in con.execute(f"select name from fetched.entity where {stands} order by entity_id").fetchall()
        ]
        listed = con.execute(f"select count(*) from fetched.listing where {stands}").fetchall()[0][0]
        numbers = con.execute(f"select count(*) from fetched.identifier where {stands}").fetchall()[0][0]
        raw = [
            row[0] for row in con.execute("select sha256 from fetched.snapshot_file order by retrieved_at").fetchall()
        ]
        taken = con.execute("select count(*) from fetched.snapshot where accepted").fetchall()[0][0]
    whole = all((raw_folder(store) / sha[:2] / f"{sha}.gz").exists() for sha in raw)
    answer.write_text(
        json.dumps({"names": names, "listed": listed, "numbers": numbers, "snapshots": taken, "raw_whole": whole})
    )


def trial(folder: Path, before: Path, new: Path, kill: str | float) -> dict[str, object]:
    store, answer = folder / "store.duckdb", folder / "answer.json"
    shutil.copy(before, store)
    answer.unlink(missing_ok=True)
    if isinstance(kill, str):

        def doomed() -> None:
            snapshots.on_step = lambda step: os.kill(os.getpid(), signal.SIGKILL) if step == kill else None
            bring(store, new, 6)

        status = forked(doomed)
    else:
        child = os.fork()
        if child == 0:
            try:
                bring(store, new, 6)
            finally:
                os._exit(0)
        time.sleep(kill)
        os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        if not os.WIFSIGNALED(status):
            # It was faster than the dice: this was no kill.
            return trial(folder, before, new, kill / 2)
    opened = forked(lambda: look(store, answer))
    found = json.loads(answer.read_text()) if opened == 0 else None
    return {"kill": kill, "killed": os.WIFSIGNALED(status), "opens": opened == 0, "found": found}


def main(shipped: Path, folder: Path, by_step: int, at_random: int) -> None:
    store = Path(shutil.copy(shipped, folder / "store.duckdb"))
    old, new = sdn(folder, range(1, 41), "OLD"), sdn(folder, range(11, 51), "NEW")
    assert forked(lambda: bring(store, old, 5)) == 0
    before = Path(shutil.copy(store, folder / "before.duckdb"))
    began = time.monotonic()
    assert forked(lambda: bring(store, new, 6)) == 0
    takes = time.monotonic() - began
    dice = random.Random(at_random)
    kills: list[str | float] = [step for step in STEPS for _ in range(by_step)]
    kills += [dice.uniform(0.0, takes) for _ in range(at_random)]
    results = [trial(folder, before, new, kill) for kill in kills]
    # What a killed writer left behind does not pile up: the next one sweeps it away, and its lock holds nobody.
    shutil.copy(before, store)
    assert forked(lambda: bring(store, new, 6)) == 0
    strays = [path.name for path in folder.iterdir() if ".tmp" in path.name or path.name.endswith(".lock")]
    print(json.dumps({"results": results, "strays": strays}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
