"""Whole reports of the small world, compared line by line with what stands in expected/.

Renew: `pytest tests/golden --renew-golden`, then read `git diff tests/golden/expected` before it is committed.
"""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import pytest

from tests.golden.world import HERE, MIXED, World, inside
from tests.once import answers_once

EXPECTED = HERE / "expected"
# name of the file -> command line and width
REPORTS: dict[str, tuple[tuple[object, ...], int]] = {
    "screen-80.txt": (("screen", MIXED), 80),
    "screen-140.txt": (("screen", MIXED), 140),
    "screen.json": (("screen", MIXED, "--format", "json"), 80),
    "screen-lines.csv": (("screen", MIXED, "--format", "csv"), 80),
    "screen-findings.csv": (("screen", MIXED, "--format", "csv", "--table", "findings"), 80),
    "screen-gas-80.txt": (("screen", MIXED, "--topic", "myanmar-gas", "--limit", "1"), 80),
    "list-100.txt": (("list", "--topic", "xinjiang-forced-labour"), 100),
    "list.json": (("list", "--band", "elevated", "--format", "json"), 80),
    "show-80.txt": (("show", "한빛에너지"), 80),
    "show-ended-100.txt": (("show", "남산섬유"), 100),
    "show-disputed-100.txt": (("show", "Sori Steel"), 100),
    "show.json": (("show", "900080", "--format", "json"), 80),
    "explain-100.txt": (("explain", "동백솔라"), 100),
    "explain.json": (("explain", "KR7900010000", "--topic", "myanmar-gas", "--format", "json"), 80),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("golden") / "s.duckdb")


@pytest.fixture(autouse=True)
def _in_the_small_world(monkeypatch: pytest.MonkeyPatch) -> None:
    inside(monkeypatch)


def _compared(name: str, text: str, *, renew: bool) -> None:
    path = EXPECTED / name
    if renew:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        return
    expected = path.read_bytes().decode("utf-8")
    if text != expected:
        difference = difflib.unified_diff(
            expected.splitlines(), text.splitlines(), f"expected/{name}", "now", lineterm="", n=1
        )
        pytest.fail(
            "\n".join(["the report has changed; if that is meant: pytest tests/golden --renew-golden", *difference]),
            pytrace=False,
        )


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_the_report_is_what_it_was(
    name: str, world: World, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers_once(monkeypatch)
    arguments, width = REPORTS[name]
    ran = world.run(*arguments, width=width)
    assert (ran.code, ran.err) == (0, "")
    # The version changes with every release, and with nothing that a reader of the report could ask about.
    text = ran.out
    if name.endswith(".json"):
        document = json.loads(text, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))
        document["manifest"]["version"] = "…"
        # Laid out a line a value, whatever the program's own layout, so that a difference names the value.
        text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    _compared(name, text, renew=request.config.getoption("--renew-golden", default=False))


@pytest.mark.parametrize(
    ("name", "width"), [(name, width) for name, (_, width) in REPORTS.items() if name.endswith(".txt")]
)
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    from rich.cells import cell_len

    for line in (EXPECTED / name).read_text(encoding="utf-8").splitlines():
        assert cell_len(line) <= width, line
        assert line == line.rstrip()


def test_two_runs_give_the_same_bytes_also_from_another_store_and_folder(world: World, tmp_path: Path) -> None:
    again = World(tmp_path / "다른 곳" / "s.duckdb")
    copy = tmp_path / "mixed.csv"
    copy.write_bytes(MIXED.read_bytes())
    for extra in (("--format", "json"), ("--format", "csv", "--table", "findings")):
        first, second = world.screen(MIXED, *extra), again.screen(copy, *extra)
        assert first == second
        assert first.code == 0
