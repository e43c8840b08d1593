"""The command line as whole processes: exit codes, one line an error, results on the standard output alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.golden.world import run

ROOT = Path(__file__).parents[2]


def _screener(*arguments: object, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    home = {
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "share"),
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "100",
        "PATH": os.environ["PATH"],
    }
    return subprocess.run(
        [sys.executable, "-m", "screener", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env=home | env,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with blanks and Hangul in its name, and a portfolio of real names in it."""
    folder = tmp_path_factory.mktemp("a b 가")
    lines = [
        "종목명,종목코드,비중(%)",
        "포스코인터내셔널,047050,40",
        "한국가스공사,36460,30",
        "삼성전자우,005935,20",
        "원화예금,,5",
        "쀍뚫뛟쬃 주식회사,,5",
    ]
    (folder / "보유 종목.csv").write_text("\n".join(lines) + "\n", encoding="cp949")
    return folder


def test_a_portfolio_in_and_a_report_out_with_the_shipped_facts(here: Path) -> None:
    ran = _screener("screen", "보유 종목.csv", "--format", "json", "--as-of", "2024-06-30", folder=here)
    assert ran.returncode == 0, ran.stderr
    document = json.loads(ran.stdout)
    assert [line["row"] for line in document["holdings"]] == [2, 3, 4]
    assert [(line["row"], line["reason"]) for line in document["unmatched"]] == [(5, "cash"), (6, "not found")]
    gas = {c["stock_code"] for c in document["companies"] for t in c["topics"] if t["topic"] == "myanmar-gas"}
    assert {"047050", "036460"} <= gas
    # Nothing is written but the store, in the user's own data folder.
    assert [path.name for path in here.iterdir() if path.name != "share"] == ["보유 종목.csv"]


def test_a_threshold_that_is_reached_is_exit_code_1_with_the_report(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = _screener(
        "screen",
        "보유 종목.csv",
        "--topic",
        "myanmar-gas",
        "--fail-on",
        "elevated",
        "--as-of",
        "2024-06-30",
        folder=here,
    )
    assert ran.returncode == 1
    assert "POSCO International" in ran.stdout
    monkeypatch.chdir(here)
    calm = run("screen", "보유 종목.csv", "--topic", "afghanistan", "--fail-on", "low", "--as-of", "2024-06-30")
    assert calm.code in (0, 2)


@pytest.mark.parametrize(
    "arguments",
    [
        ("screen",),
        ("screen", "보유 종목.csv", "--as-of", "gestern"),
        ("screen", "보유 종목.csv", "--format", "parquet"),
        ("screen", "보유 종목.csv", "--out", "no/such/folder/x.txt"),
        ("screen", "보유 종목.csv", "--store", "/dev/null/x.duckdb"),
        ("screen", "보유 종목.csv", "--store", "보유 종목.csv"),
        ("screen", "보유 종목.csv", "--rules", "no-such-folder"),
        ("screen", "보유 종목.csv", "--datasets", "no-such-folder"),
        ("show", "kein solches unternehmen"),
        ("rules", "show", "no-such-rule"),
    ],
)
def test_what_a_user_got_wrong_is_one_line_and_exit_code_2(
    here: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (here / "보유 종목.csv").read_bytes()
    monkeypatch.chdir(here)
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.splitlines()) == 1, ran.err
    assert ran.err.startswith("screener: ")
    assert (here / "보유 종목.csv").read_bytes() == before


@pytest.mark.parametrize(
    "arguments", [("screen", "nothing.csv"), ("screen", "보유 종목.csv", "--topic", "weather"), ("nonsense",)]
)
def test_a_process_says_so_too(here: Path, arguments: tuple[str, ...]) -> None:
    ran = _screener(*arguments, folder=here)
    assert ran.returncode == 2, ran.stderr
    assert ran.stdout == ""
    assert len(ran.stderr.splitlines()) == 1, ran.stderr
    assert ran.stderr.startswith("screener: ")


def test_a_reader_who_leaves_early_and_a_full_disk_are_no_fault(here: Path) -> None:
    command = f'"{sys.executable}" -m screener list --topic myanmar-gas --as-of 2024-06-30 | head -n 1; echo "${{PIPESTATUS[0]}}" >&2'
    env = {"HOME": str(here), "XDG_DATA_HOME": str(here / "share"), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    ran = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=here,
        env=env,
        timeout=120,
        check=False,
    )
    assert ran.stderr.strip() in ("0", "141")
    command = f'"{sys.executable}" -m screener rules list > /dev/full'
    full = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=here, env=env, check=False)
    assert (full.returncode, full.stderr) == (74, "screener: the disk is full\n")
    assert len(ran.stdout.splitlines()) == 1
