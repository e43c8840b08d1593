"""How long `screener --help` takes as a whole process, compared with an empty interpreter and a bare import of the two engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.bench.processes import measured

RUNS = 15


def run() -> Iterator[dict[str, Any]]:
    """Two figures: the help against the bare import (which it avoids), and the bare import itself, to know the machine."""
    took = measured(
        {
            "help": ["-m", "screener", "--help"],
            "imports": ["-c", "import duckdb, polars"],
        },
        RUNS,
    )
    bare = took["imports"]
    for what, one in (("screener --help", took["help"]), ("bare import duckdb, polars", bare)):
        yield {
            "bench": "help-start",
            "what": what,
            "size": 1,
            "ratio": round(one.seconds / bare.seconds, 3),
            "against": "bare import duckdb, polars",
            "seconds": round(one.seconds, 4),
            "peak_mb": round(one.peak_mb, 1),
            "runs": RUNS,
        }
