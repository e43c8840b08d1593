"""`screener quarter` and `screener diff`: whole folders, the same bytes again, exit codes, and what a log collector reads."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from screener.errors import EXIT_DISK
from screener.runs.changes import Change
from screener.runs.folder import read_manifest, read_tables, table_files, write_run
from screener.runs.tables import AnswerRow, CompanyRow, EvidenceRow, FindingRow, StepRow
from tests.conftest import CHECKOUT
from tests.golden.world import CLOCKS, MIXED, Ran, World, inside, run
from tests.once import answers_once

TABLES = {
    "companies": CompanyRow,
    "findings": FindingRow,
    "steps": StepRow,
    "evidence": EvidenceRow,
    "answers": AnswerRow,
}
REPORTS = {"manifest.json", "report.html", "report.ko.html", "report.xlsx"}
SPRING = ("--as-of", "2024-03-31", "--known-at", "2024-03-31")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The small world; a quarter of it is written once for all tests that only read."""
    with pytest.MonkeyPatch.context() as patch:
        inside(patch)
        answers_once(patch)
        yield World(tmp_path_factory.mktemp("quarter") / "s.duckdb")


@pytest.fixture(scope="module")
def written(world: World) -> Path:
    """The second quarter of 2024, with a portfolio and the quarter before."""
    first, second = world.store.parent / "2024Q1", world.store.parent / "2024Q2"
    assert world.run("quarter", "2024Q1", "--out", first, "--portfolio", MIXED, clocks=SPRING).code == 0
    made = world.run("quarter", "2024Q2", "--out", second, "--portfolio", MIXED, "--previous", first, clocks=())
    assert made.code == 0, made.err
    return second


@pytest.fixture
def copied(written: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return Path(shutil.copytree(written, tmp_path / "2024Q2"))


def test_a_quarter_holds_every_table_twice_the_reports_and_a_manifest_of_all(written: Path) -> None:
    names = {*TABLES, "holdings", "changes"}
    files = {f"{name}.{ending}" for name in names for ending in ("parquet", "csv")} | REPORTS
    assert {path.name for path in written.iterdir()} == files
    manifest = read_manifest(written)
    assert {file["name"] for file in manifest["files"]} == files - {"manifest.json"}
    assert (manifest["as_of"], manifest["known_at"]) == ("2024-06-30", "2024-06-30")
    tables = read_tables(written, manifest)
    for name, schema in {**TABLES, "changes": Change}.items():
        schema.validate(tables[name])
        assert pl.read_csv(written / f"{name}.csv").columns == tables[name].columns
    assert tables["changes"].height
    assert set(tables["evidence"]["finding_id"]) <= set(tables["findings"]["finding_id"])


def test_the_same_quarter_again_touches_nothing(world: World, written: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in written.iterdir()}
    first = written.parent / "2024Q1"
    again = world.run("quarter", "2024Q2", "--out", written, "--portfolio", MIXED, "--previous", first, clocks=())
    assert (again.code, "unchanged" in again.err) == (0, True)
    assert {path.name: path.stat().st_mtime_ns for path in written.iterdir()} == before


def _verify(world: World, folder: Path, *more: object) -> Ran:
    return world.run("quarter", "--verify", folder, *more, clocks=())


def test_a_quarter_is_verified_by_making_it_again(world: World, written: Path) -> None:
    verified = _verify(world, written)
    assert (verified.code, verified.out) == (0, "")


def test_verifying_names_the_first_line_that_differs(world: World, copied: Path) -> None:
    path = copied / "findings.csv"
    text = path.read_text(encoding="utf-8").splitlines(keepends=True)
    text[2] = text[2].replace("active", "ended", 1) if "active" in text[2] else "x" + text[2]
    path.write_text("".join(text), encoding="utf-8")
    found = _verify(world, copied, "--quiet")
    assert found.code == 1
    assert "findings.csv, line 3" in found.err
    assert len(found.err.splitlines()) == 1


def test_verifying_names_the_input_that_is_another_one(world: World, copied: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_bytes(MIXED.read_bytes() + b"\n")
    found = _verify(world, copied, "--portfolio", other)
    assert found.code == 1
    assert "the portfolio has changed" in found.err


def test_only_a_run_is_replaced_and_nothing_is_lost_with_it(world: World, copied: Path, tmp_path: Path) -> None:
    (copied / "notes.txt").write_text("mine")
    refused = world.run("quarter", "2024Q1", "--out", copied, clocks=SPRING)
    assert refused.code == 2
    assert "notes.txt" in refused.err
    (copied / "notes.txt").unlink()
    assert world.run("quarter", "2024Q1", "--out", copied, clocks=SPRING).code == 0
    assert read_manifest(copied)["quarter"] == "2024Q1"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a").touch()
    assert world.run("quarter", "2024Q1", "--out", tmp_path / "mine", clocks=SPRING).code == 2


def test_a_threshold_that_is_reached_ends_with_1_and_the_folder_is_there(world: World, tmp_path: Path) -> None:
    made = world.run(
        "quarter", "2024Q1", "--out", tmp_path / "q", "--fail-on", "low", "--log-format", "json", clocks=SPRING
    )
    assert made.code == 1
    assert [json.loads(line)["event"] for line in made.err.splitlines()] == ["written", "threshold"]
    assert (tmp_path / "q" / "manifest.json").is_file()


def test_an_error_is_one_line_and_with_json_one_object(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    arguments = ("quarter", "2024Q1", "--out", tmp_path / "file" / "q", "--quiet")
    plain, as_json = (world.run(*arguments, *more, clocks=SPRING) for more in ((), ("--log-format", "json")))
    assert (plain.code, as_json.code) == (2, 2)
    assert len(plain.err.splitlines()) == 1
    assert json.loads(as_json.err)["event"] == "error"


@pytest.mark.parametrize("written_so_far", [0, 5])
def test_a_full_disk_ends_with_its_exit_code_and_leaves_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written_so_far: int
) -> None:
    calls = iter(range(10_000))

    def full(_: int) -> None:
        if next(calls) >= written_so_far:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("screener.files.os.fsync", full)
    made = world.run("quarter", "2024Q1", "--out", tmp_path / "q", "--quiet", clocks=SPRING)
    assert made.code == EXIT_DISK
    assert made.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from screener.runs.folder import write_run

calls, at = 0, int(sys.argv[3])
def counted(real):
    def call(*arguments):
        global calls
        calls += 1
        if calls == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments)
    return call
os.fsync, os.rename = counted(os.fsync), counted(os.rename)
write_run(Path(sys.argv[1]), {f"{n}.csv": sys.argv[2].encode() for n in range(4)}, {"schema": "screener/quarter/1"})
"""


def _write(folder: Path, text: str) -> None:
    write_run(folder, {f"{n}.csv": text.encode() for n in range(4)}, {"schema": "screener/quarter/1"})


def test_folders_of_the_user_next_to_a_run_are_left_alone(tmp_path: Path) -> None:
    """Only what this program has left there is cleared away."""
    mine = [tmp_path / name for name in (".q.backup", ".q.old", ".q.12345678.tmp.mine")]
    for folder in mine:
        folder.mkdir()
    (tmp_path / ".q.a1b2c3d4.tmp").mkdir()
    write_run(tmp_path / "q", {"a.csv": b"x"}, {"schema": "screener/quarter/1"})
    assert sorted(tmp_path.iterdir()) == sorted([*mine, tmp_path / "q"])


@pytest.mark.parametrize("call", [1, 3, 6, 7])
def test_a_run_killed_half_way_leaves_the_one_before_or_none(tmp_path: Path, call: int) -> None:
    """Calls 1 to 5 write the files and the manifest, 6 and 7 put the old run aside and the new one in its place."""
    folder = tmp_path / "q"
    if call > 5:
        _write(folder, "old")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(folder), "new", str(call)], cwd=CHECKOUT)
    assert killed.returncode == -signal.SIGKILL
    visible = [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
    assert visible in ([], [folder])
    for path in visible:
        assert {p.read_text() for p in path.glob("*.csv")} == {"old"}
    _write(folder, "newer")
    assert list(tmp_path.iterdir()) == [folder], "the next run clears away what was left"
    assert {p.read_text() for p in folder.glob("*.csv")} == {"newer"}


def test_two_processes_that_write_at_once_leave_one_whole_run(tmp_path: Path) -> None:
    script = (
        KILLED
        + "for n in range(30): write_run(Path(sys.argv[1]), {f'{n}.csv': sys.argv[2].encode() * 10_000 for n in range(4)},"
    )
    script += " {'schema': 'screener/quarter/1', 'n': n})\n"
    folder = tmp_path / "q"
    started = [subprocess.Popen([sys.executable, "-c", script, str(folder), who, "0"], cwd=CHECKOUT) for who in "ab"]
    assert [process.wait() for process in started] == [0, 0]
    assert list(tmp_path.iterdir()) == [folder]
    manifest = read_manifest(folder)
    assert len({file["sha256"] for file in manifest["files"]}) == 1
    read_tables(folder, manifest)


def test_a_previous_run_may_be_a_document_and_where_there_is_none_is_one_line(world: World, tmp_path: Path) -> None:
    before = tmp_path / "before.json"
    assert world.run("list", "--format", "json", "--out", before, clocks=SPRING).code == 0
    asked = ("quarter", "2024Q2", "--out", tmp_path / "q", "--quiet")
    made = world.run(*asked, "--previous", before, clocks=())
    assert made.code == 0, made.err
    assert pl.read_parquet(tmp_path / "q" / "changes.parquet").height
    lost = world.run(*asked, "--previous", tmp_path / "nothing", clocks=())
    assert (lost.code, lost.err.count("\n"), "there is no run here" in lost.err) == (2, 1, True), lost.err


def test_screen_tells_what_changed_since_an_earlier_run(world: World, tmp_path: Path) -> None:
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    assert world.run("screen", MIXED, "--format", "json", "--out", before, clocks=SPRING).code == 0
    assert world.run("screen", MIXED, "--format", "json", "--out", after).code == 0
    rows = json.loads(run("diff", before, after, "--format", "json").out)["rows"]
    assert rows, "a quarter makes older what was not confirmed"
    for fmt in ("terminal", "md", "html", "xlsx", "json"):
        out = tmp_path / f"out.{fmt}"
        ran = world.run("screen", MIXED, "--previous", before, "--full", "--format", fmt, "--out", out)
        assert ran.code == 0, ran.err
        if fmt == "json":
            since = json.loads(out.read_text(encoding="utf-8"))["since"]
            assert since["as_of"] == "2024-03-31"
            same = ("company_id", "finding_id", "cause", "before", "after", "detail")
            assert [[c[k] for k in same] for c in since["changes"]] == [[row[k] for k in same] for row in rows]
        elif fmt == "xlsx":
            sheet = openpyxl.load_workbook(out)["What changed"]
            cells = list(sheet.iter_rows(min_row=2, max_row=1 + len(rows), values_only=True))
            assert [row[7] for row in cells] == [row["detail"] for row in rows]
        else:
            text = " ".join(out.read_text(encoding="utf-8").split())
            assert "What changed" in text
            assert "From 2024-03-31 to 2024-06-30" in text


def test_only_whole_screenings_are_compared(world: World, tmp_path: Path) -> None:
    ran = world.run("screen", MIXED, "--previous", tmp_path / "none.json", "--live")
    assert (ran.code, len(ran.err.strip().splitlines())) == (2, 1)
    assert "whole screenings" in ran.err
    ran = world.run("screen", MIXED, "--previous", tmp_path / "none.json")
    assert (ran.code, len(ran.err.strip().splitlines())) == (2, 1)


def test_a_run_whose_file_was_changed_is_not_compared(copied: Path, written: Path) -> None:
    (copied / "findings.parquet").write_bytes(b"x")
    found = run("diff", written.parent / "2024Q1", copied)
    assert (found.code, "changed after it was written" in found.err) == (2, True)


def test_diff_of_two_folders_is_the_table_of_changes(written: Path) -> None:
    found = run("diff", written.parent / "2024Q1", written, "--format", "json")
    rows = json.loads(found.out)["rows"]
    table = pl.read_parquet(written / "changes.parquet")
    assert [(r["company_id"], r["cause"], r["after"]) for r in rows] == table.select(
        "company_id", "cause", "after"
    ).rows()
    korean = run("diff", written.parent / "2024Q1", written, "--lang", "ko")
    assert (korean.code, "시간 경과" in korean.out or "새로운 증거" in korean.out) == (0, True)


@pytest.mark.parametrize("command", ["screen", "list"])
def test_diff_reads_the_json_of_screen_and_list_and_tells_the_same_causes(
    world: World, written: Path, tmp_path: Path, command: str
) -> None:
    paths = [tmp_path / "before.json", tmp_path / "after.json"]
    for path, clocks in zip(paths, (SPRING, CLOCKS), strict=True):
        asked = ("screen", MIXED) if command == "screen" else ("list",)
        assert world.run(*asked, "--format", "json", "--out", path, clocks=clocks).code == 0
    rows = json.loads(run("diff", *paths, "--format", "json").out)["rows"]
    table = pl.read_parquet(written / "changes.parquet").filter(pl.col("finding_id").is_not_null())
    causes = {(f, c) for f, c in table.select("finding_id", "cause").iter_rows()}
    # A document rounds: what moved less than a digit that it shows is no change in it.
    found = {(r["finding_id"], r["cause"]) for r in rows if r["finding_id"]}
    assert found <= causes
    assert {pair for pair in causes if pair[1] in ("ended", "answer")} & found or command == "screen" or found
    assert run("diff", paths[0], paths[0], "--format", "csv").out.count("\n") == 1


def test_a_file_that_is_no_run_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"schema": "screener/match/1"}')
    for place in (path, tmp_path, tmp_path / "nothing"):
        found = run("diff", place, place)
        assert (found.code, len(found.err.splitlines())) == (2, 1), found.err


def test_the_manifest_tells_nothing_that_another_machine_or_minute_would_tell_otherwise(written: Path) -> None:
    manifest = read_manifest(written)
    assert {"schema", "quarter", "as_of", "known_at", "version", "method", "rules", "datasets"} <= manifest.keys()
    assert "written_on" not in json.dumps(manifest)


def test_a_written_run_is_readable_for_all_whom_the_user_lets_read(tmp_path: Path) -> None:
    write_run(tmp_path / "q", {"a.csv": b"x"}, {"schema": "screener/quarter/1"})
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "q").stat().st_mode & 0o777 == 0o777 & ~mask


def test_a_run_that_was_written_under_former_names_of_columns_is_read(tmp_path: Path) -> None:
    files = table_files({"findings": pl.DataFrame({"finding_id": ["f"], "near_id": ["mm-army"], "counted": [True]})})
    write_run(tmp_path / "q", files, {"schema": "screener/quarter/1"})
    findings = read_tables(tmp_path / "q", read_manifest(tmp_path / "q"))["findings"]
    assert findings.columns == ["finding_id", "dedup_anchor_id", "included_in_topic_score"]
