"""What both graph benchmarks share: the sizes, the files, and the figures of each run."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

CHECKOUT: Final = Path(__file__).resolve().parent.parent.parent
SIZES: Final = (100_000, 1_000_000, 5_000_000)


def figures(
    bench: str, kind: str, write: Callable[[Path, int], None], peers: Callable[[Path, int], Iterator[dict[str, Any]]]
) -> Iterator[dict[str, Any]]:
    """One figure a size, the exponent of growth over the two largest, and the peers at the smallest size.

    BENCH_FULL=1 adds a run of the largest size with a memory limit that makes it spill to the disk.
    """
    seconds: dict[int, float] = {}
    for firms in SIZES:
        with tempfile.TemporaryDirectory(prefix="screener-bench-") as name:
            folder = Path(name)
            write(folder / f"{kind}.parquet", firms)
            one = _measured(kind, folder, firms)
            seconds[firms] = one["seconds"]
            yield _figure(bench, firms, one)
            if firms == SIZES[0]:
                try:
                    yield from peers(folder / f"{kind}.parquet", firms)
                except ImportError as error:
                    print(
                        f"{error.name} is not installed: no comparison with it (pip install '.[bench]')",
                        file=sys.stderr,
                    )
            if firms == SIZES[-1] and os.environ.get("BENCH_FULL"):
                yield _figure(bench, firms, _measured(kind, folder, firms, "1GB")) | {"memory_limit": "1GB"}
    low, high = SIZES[-2:]
    yield {
        "bench": bench,
        "size": high,
        "what": f"growth exponent of the time from {low} to {high} firms",
        "ratio": round(math.log(seconds[high] / seconds[low]) / math.log(high / low), 3),
        "against": "1 is linear",
    }


def _figure(bench: str, firms: int, one: dict[str, Any]) -> dict[str, Any]:
    return {
        "bench": bench,
        "size": firms,
        "edges": one["rows"],
        "pairs": one["out"],
        "ratio": round(one["seconds"] / one["scan"], 2),
        "against": "bare scan",
        "seconds": round(one["seconds"], 3),
        "scan_seconds": round(one["scan"], 4),
        "peak_mb": round(one["peak_mb"]),
    }


def _measured(kind: str, folder: Path, firms: int, *limit: str) -> dict[str, Any]:
    """One run in a process of its own.

    Raises:
        RuntimeError: the run failed; the message is the end of its standard error.
    """
    command = [sys.executable, "-m", "tests.bench.graph_run", kind, str(folder), str(firms), *limit]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(" ".join(done.stderr.split())[-500:])
    found: dict[str, Any] = json.loads(done.stdout)
    return found
