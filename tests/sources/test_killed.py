"""A process that is killed while it writes leaves the old snapshot or the new one, whole, and a store that opens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sources.killed import STEPS

OLD = [f"EXAMPLE {n} OLD" for n in range(1, 41)]
NEW = [f"EXAMPLE {n} NEW" for n in range(11, 51)]
BY_STEP, AT_RANDOM = 5, (40, 50)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
def test_two_hundred_kills_leave_the_old_snapshot_or_the_new_one(tmp_path: Path, shipped_store: Path) -> None:
    runs = []
    for at_random in AT_RANDOM:
        folder = tmp_path / str(at_random)
        folder.mkdir()
        command = [
            sys.executable,
            "-m",
            "tests.sources.killed",
            str(shipped_store),
            str(folder),
            str(BY_STEP),
            str(at_random),
        ]
        environment = {**os.environ, "POLARS_MAX_THREADS": "1"}
        checkout = Path(__file__).parents[2]
        runs.append(
            subprocess.Popen(
                command, cwd=checkout, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
            )
        )
    results = []
    for run in runs:
        out, err = run.communicate(timeout=600)
        assert run.returncode == 0, err[-2000:]
        told = json.loads(out.splitlines()[-1])
        results += told["results"]
        assert told["strays"] == []
    assert len(results) == 2 * len(STEPS) * BY_STEP + sum(AT_RANDOM) == 200
    assert [result for result in results if not result["opens"]] == []
    for result in results:
        found = result["found"]
        which = {"names": sorted(found["names"]), "snapshots": found["snapshots"]}
        assert which in ({"names": sorted(OLD), "snapshots": 1}, {"names": sorted(NEW), "snapshots": 2}), result["kill"]
        assert (found["listed"], found["numbers"], found["raw_whole"]) == (40, 40, True), result["kill"]
        if result["kill"] == "replaced":
            assert found["snapshots"] == 2
        elif isinstance(result["kill"], str):
            assert found["snapshots"] == 1, "nothing is seen before the rename"
    assert all(result["killed"] for result in results), "every step was reached, and every kill came in time"
    assert any(result["found"]["snapshots"] == 2 for result in results)
