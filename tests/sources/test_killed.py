"""A process that is killed while it writes leaves the old snapshot or the new one, whole, and a store that opens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT
from tests.sources.killed import SLOW, STEPS

OLD = sorted(f"EXAMPLE {n} OLD" for n in range(1, 41))
NEW = sorted(f"EXAMPLE {n} NEW" for n in range(11, 51))
# Kills at the end of each step, which are the same each time, and in the midst of each; and some while pruning and rebuilding.
AT_STEPS, IN_STEPS, OTHERS = 1, 2, 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
def test_kills_leave_the_old_snapshot_or_the_new_one(tmp_path: Path, base_store: Path) -> None:
    command = [sys.executable, "-m", "tests.sources.killed", str(base_store), str(tmp_path)]
    run = subprocess.run(
        [*command, *map(str, (AT_STEPS, IN_STEPS, OTHERS))],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        env={**os.environ, "POLARS_MAX_THREADS": "1"},
        timeout=600,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    report = json.loads(run.stdout.splitlines()[-1])
    results = report["results"]
    assert report["strays"] == []
    assert len(results) >= len(STEPS) * (AT_STEPS + IN_STEPS) + 2 * OTHERS
    assert [result for result in results if not result["opens"]] == []
    for result in results:
        found = result["found"]
        which = (sorted(found["names"]), found["snapshots"])
        if result["work"] == "bring":
            assert which in ((OLD, 1), (NEW, 2)), result
            # Nothing is seen before the rename, all of it after.
            if result["died_in"] != "flushed":
                assert found["snapshots"] == (2 if result["died_in"] == "replaced" else 1), result
        else:
            assert which in ((NEW, 2), (NEW, 1)), result
            assert found["snapshots"] == 2 or result["work"] == "prune", result
        assert (found["listed"], found["numbers"], found["raw_whole"]) == (40, 40, True), result
    _every_step_was_hit([result for result in results if result["work"] == "bring"], report["usual"]["bring"])


def _every_step_was_hit(results: list[dict[str, object]], usual: dict[str, float]) -> None:
    ended = Counter(result["died_in"] for result in results if not result["inside"])
    assert ended == dict.fromkeys(STEPS, AT_STEPS), "each dies where it says that it dies"
    midst = Counter(result["died_in"] for result in results if result["inside"])
    for step in STEPS:
        if usual[step] > SLOW:
            assert midst[step] > 0, (step, midst, usual)
