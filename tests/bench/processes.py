"""Whole processes, timed: what a user waits for, interpreter start and imports included."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
_KILOBYTES = 1024 if sys.platform != "darwin" else 1024 * 1024  # the unit of ru_maxrss, to MB


@dataclass(frozen=True)
class Measured:
    """Medians over the runs of one command: wall time in seconds, largest resident memory in MB."""

    seconds: float
    peak_mb: float


def screenings(holdings: Path, store: Path) -> dict[str, list[str]]:
    """The command for `measured`: `screener screen` of a holdings file."""
    return {
        "screener screen": [
            "-m",
            "screener",
            "screen",
            str(holdings),
            "--format",
            "json",
            "--quiet",
            "--store",
            str(store),
        ]
    }


def measured(commands: Mapping[str, Sequence[str]], runs: int, *, warm: bool = True) -> dict[str, Measured]:
    """Runs Python with each of the argument lists in turn, `runs` times, after one run of each that is not counted (`warm`).

    The commands take turns, so that a busy moment of the machine falls on all of them alike. They are started by a process that has
    loaded nothing: Linux counts what the parent held at the moment of the fork as memory of the child.

    Raises:
        RuntimeError: a command failed; the message is the end of its standard error.
    """
    asked = json.dumps({"commands": dict(commands), "runs": runs, "warm": warm})
    timer = subprocess.run([sys.executable, __file__], input=asked, capture_output=True, text=True, cwd=CHECKOUT)
    if timer.returncode:
        raise RuntimeError(timer.stderr.strip().splitlines()[-1])
    return {
        name: Measured(statistics.median(took for took, _ in one), statistics.median(peak for _, peak in one))
        for name, one in json.loads(timer.stdout).items()
    }


def peak_mb() -> float:
    """Largest resident memory in MB of this process alone: ru_maxrss begins with what the parent held when it forked."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KILOBYTES


def _turns(commands: Mapping[str, Sequence[str]], runs: int, warm: bool) -> dict[str, list[tuple[float, float]]]:
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for turn in range(0 if warm else 1, runs + 1):
        for name, arguments in commands.items():
            one = _once(arguments)
            if turn:
                taken[name].append(one)
    return taken


def _once(arguments: Sequence[str]) -> tuple[float, float]:
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said
        )
        _, status, usage = os.wait4(process.pid, 0)  # the usage of this child alone
        took = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            message = " ".join(said.read().decode(errors="replace").split())[-500:]
            raise RuntimeError(f"{' '.join(arguments)[:80]} ended with {process.returncode}: {message}")
    return took, usage.ru_maxrss / _KILOBYTES


if __name__ == "__main__":
    wanted = json.load(sys.stdin)
    json.dump(_turns(wanted["commands"], wanted["runs"], wanted["warm"]), sys.stdout)
