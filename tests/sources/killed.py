"""Writes one snapshot and is killed, over and over; run as a process of its own by test_killed.py.

Each trial is a fork of a process that has loaded everything and opened nothing, so that fifty of them take seconds. The child
reports each step of its write through a pipe and is killed by SIGKILL: by itself at the end of a step, or by its parent in the midst of
one. What it reported last says in which step it died. Then another child opens the store and says what it found.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import linecache
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import duckdb
import pyarrow  # noqa: F401

from screener.match import match  # noqa: F401
from screener.match.joining import join_origin
from screener.match.ready import ready_store
from screener.sources import sanctions  # noqa: F401
from screener.sources.reading import Reading
from screener.sources.run import commit, local_files
from screener.sources.source import SOURCES
from screener.store.prune import prune
from screener.store.snapshots import raw_folder, store_raw, writing

# What every child would load anew is imported above, and may not have used Polars yet: its threads do not follow into a fork.
# Each step ends where a function of the program is entered or left, or a line of it is reached, for the nth time since the lock was
# requested. A generator is entered again after its block, and a `with` is reached again at its end.
ENDS = {
    ("call", "replacing", 1): "locked",
    ("return", "copyfile", 1): "copied",
    ("return", "check_shape", 1): "opened",
    ("call", "_suspicious", 1): "staged",
    ("call", "_record", 1): "versioned",
    ("call", "join_origin", 1): "recorded",
    ("return", "join_origin", 1): "joined",
    ("call", "replaced", 2): "changed",
    ("line", "with duckdb.connect(str(made)) as con:", 2): "checkpointed",
    ("return", "flush", 1): "flushed",
    ("call", "flush", 2): "replaced",
}
STEPS = ("begun", *ENDS.values())
WHEN = dt.datetime(2026, 5, 1)
# A step of less than the time that a signal takes cannot be hit by aiming; those are the ones that only tell and go on.
SLOW = 0.003
# So many more times a step is aimed at while no kill has hit it.
MORE = 20


@dataclass(frozen=True)
class Kill:
    """At the end of `step`, or after `part` (0-1) of what follows it; `work` is what is being done."""

    step: str
    part: float | None = None
    work: str = "bring"


def forked(work: Callable[[], object]) -> int:
    """The wait status of a child that does the work."""
    child = started(work)
    return os.waitpid(child, 0)[1]


def started(work: Callable[[], object]) -> int:
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException:
        traceback.print_exc()
        os._exit(9)
    os._exit(0)


def watch(report: Callable[[str], object]) -> None:
    """Reports the end of each step of what this process does from now on."""
    seen: Counter[tuple[str, str]] = Counter()
    functions = {function for _, function, _ in ENDS}

    def look(frame: FrameType, event: str, arg: object) -> Any:
        code = frame.f_code
        place = (
            event,
            linecache.getline(code.co_filename, frame.f_lineno).strip() if event == "line" else code.co_name,
        )
        if seen or place == ("call", "write_lock"):
            seen[place] += 1
            if step := ENDS.get((*place, seen[place])):
                report(step)
        return look if code.co_name in functions else None

    report("begun")
    sys.settrace(look)


def doomed(work: Callable[[], object], kill: Kill, takes: float) -> tuple[int, str]:
    """Wait status of a child that is killed so, and the step that it reported last. takes: seconds that the step usually lasts."""
    read, write = os.pipe()

    def report(step: str) -> None:
        os.write(write, f"{step}\n".encode())
        if kill.part is None and step == kill.step:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched() -> None:
        watch(report)
        work()

    child = started(watched)
    os.close(write)
    reached: list[str] = []
    with os.fdopen(read) as steps:
        for line in steps:
            reached.append(line.strip())
            if kill.part is not None and reached[-1] == kill.step:
                time.sleep(kill.part * takes)
                os.kill(child, signal.SIGKILL)
                break
        # What it still reported before the kill reached it.
        reached += [line.strip() for line in steps]
    return os.waitpid(child, 0)[1], reached[-1]


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Seconds from each step to the next, of a child that lives."""
    read, write = os.pipe()

    def report(step: str) -> None:
        os.write(write, f"{step} {time.monotonic()}\n".encode())

    def watched() -> None:
        watch(report)
        work()
        report("ended")

    assert forked(watched) == 0
    os.close(write)
    with os.fdopen(read) as steps:
        times = [(line.split()[0], float(line.split()[1])) for line in steps]
    return {step: later - at for (step, at), (_, later) in itertools.pairwise(times)}


def sdn(folder: Path, numbers: range, suffix: str) -> Path:
    path = folder / f"sdn-{suffix}.csv"
    rows = [f'{n},"EXAMPLE {n} {suffix}",-0- ,"NPWMD",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ' for n in numbers]
    path.write_text("\r\n".join(rows) + "\r\n\x1a", encoding="utf-8")
    return path


def bring(store: Path, file: Path, month: int) -> None:
    """What `screener.sources.run` does with a file, without the store being opened before."""
    source, at = SOURCES["us-ofac-sdn"], WHEN.replace(month=month)
    files = local_files(source, file, file.parent, at)
    for one in files:
        store_raw(store, one.path, one.sha256)
    with writing(store, wait=10) as con:
        reading = Reading(origin=source.id, source=source, raw=files, folder=file.parent)
        commit(con, reading, at=at)
        join_origin(con, source.id, at)
    assert reading.accepted, reading


def look(store: Path, answer: Path) -> None:
    """What stands in the store: names of the listed, snapshots, and whether everything that it names is whole."""
    with duckdb.connect(str(store), read_only=True) as con:
        con.execute("set threads = 1")
        stands = "origin = 'us-ofac-sdn' and system_to > '9000-01-01'"
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


def restored(folder: Path, base: str) -> Path:
    """The store and its raw files as they were at a point."""
    store = folder / "store.duckdb"
    shutil.copy(folder / f"{base}.duckdb", store)
    for file in (folder / f"{base}.raw").rglob("*.gz"):
        there = raw_folder(store) / file.parent.name / file.name
        if not there.exists():
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, there)
    return store


def save(folder: Path, base: str) -> None:
    """Saves a copy of the store and its raw files under a name."""
    store = folder / "store.duckdb"
    shutil.copy(store, folder / f"{base}.duckdb")
    shutil.copytree(raw_folder(store), folder / f"{base}.raw")


def trial(folder: Path, new: Path, kill: Kill, usual: dict[str, dict[str, float]]) -> dict[str, object]:
    answer = folder / "answer.json"
    base, work = works(folder, new)[kill.work]
    store = restored(folder, base)
    answer.unlink(missing_ok=True)
    status, died_in = doomed(work, kill, usual[kill.work].get(kill.step, 0.0))
    if not os.WIFSIGNALED(status):
        # It was faster than it usually is: this was no kill.
        return trial(folder, new, Kill(kill.step, (kill.part or 0.0) / 2, kill.work), usual)
    opened = forked(lambda: look(store, answer))
    found = json.loads(answer.read_text()) if opened == 0 else None
    return {
        "work": kill.work,
        "aimed": kill.step,
        "inside": kill.part is not None,
        "died_in": died_in,
        "opens": opened == 0,
        "found": found,
    }


def works(folder: Path, new: Path) -> dict[str, tuple[str, Callable[[], object]]]:
    """What is done, and to the store of which point."""
    store = folder / "store.duckdb"
    return {
        "bring": ("one", lambda: bring(store, new, 6)),
        "prune": ("two", lambda: prune(store, keep=1, wait=10)),
        "rebuild": ("two", lambda: ready_store(str(store), force=True, lasting=False)),
    }


def main(shipped: Path, folder: Path, at_steps: int, in_steps: int, others: int) -> None:
    shutil.copy(shipped, folder / "store.duckdb")
    old, new = sdn(folder, range(1, 41), "OLD"), sdn(folder, range(11, 51), "NEW")
    assert forked(lambda: bring(folder / "store.duckdb", old, 5)) == 0
    save(folder, "one")
    usual = {"bring": timed(works(folder, new)["bring"][1])}
    save(folder, "two")
    for work in ("prune", "rebuild"):
        restored(folder, "two")
        usual[work] = timed(works(folder, new)[work][1])
    dice = random.Random(in_steps)
    results = [trial(folder, new, Kill(step), usual) for step in STEPS for _ in range(at_steps)]
    for step in STEPS:
        for attempt in range(in_steps + MORE):
            results.append(trial(folder, new, Kill(step, dice.random()), usual))
            # On a busy machine a signal may come late: the step is aimed at again until one died in it.
            if attempt + 1 >= in_steps and any(r["inside"] and r["died_in"] == step for r in results):
                break
            if attempt + 1 >= in_steps and usual["bring"][step] <= SLOW:
                break
    kills = [
        Kill(dice.choice(list(usual[work])), dice.random(), work)
        for work in ("prune", "rebuild")
        for _ in range(others)
    ]
    results += [trial(folder, new, kill, usual) for kill in kills]
    # What a killed writer left behind does not pile up: the next one sweeps it away, and its lock holds nobody.
    restored(folder, "one")
    assert forked(lambda: bring(folder / "store.duckdb", new, 6)) == 0
    strays = [path.name for path in folder.iterdir() if ".tmp" in path.name or path.name.endswith(".lock")]
    print(json.dumps({"results": results, "strays": strays, "usual": usual}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *(int(number) for number in sys.argv[3:6]))
