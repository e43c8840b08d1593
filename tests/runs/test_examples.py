"""The published examples are what the program makes today (`make examples` renews them)."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any, Final

import pytest

from tests.conftest import CHECKOUT
from tests.once import answers_once

EXAMPLES = CHECKOUT / "reports" / "examples"
# Made anew by the test, besides the quarter with its reports: one of each kind of output. The others are the same documents in other formats.
MADE: Final = (
    "list.json",
    "show.txt",
    "show.ko.md",
    "explain.txt",
    "letter.md",
    "gap.csv",
    "backtest.md",
    "sensitivity.md",
)
MOST_BYTES: Final = 4_000_000


@pytest.fixture(scope="module")
def maker() -> Any:
    """docs/report_examples.py."""
    spec = importlib.util.spec_from_file_location("report_examples", CHECKOUT / "docs" / "report_examples.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_examples_are_what_the_program_makes_today(
    maker: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers_once(monkeypatch)
    made = {name: content for name in maker.write(tmp_path, MADE) for content in [(tmp_path / name).read_bytes()]}
    published = _files(EXAMPLES)
    assert made.keys() <= published.keys()
    differ = sorted(name for name, content in made.items() if published[name] != content)
    assert differ == [], "`make examples` renews them; read the difference before it is committed"


def test_every_output_has_an_example_in_a_small_folder_and_the_readme_names_the_command(maker: Any) -> None:
    published = _files(EXAMPLES)
    of_quarter = {name for name in published if name.startswith("2026Q3/")}
    assert published.keys() - of_quarter == {*maker.FILES, "README.md", "diff.md"}
    assert {"2026Q3/manifest.json", "2026Q3/report.html", "2026Q3/report.ko.html", "2026Q3/changes.csv"} <= of_quarter
    readme = published["README.md"].decode()
    assert all(f"({name})" in readme and command in readme for name, command in maker.FILES.items())
    assert sum(map(len, published.values())) < MOST_BYTES


def test_no_example_tells_where_it_was_made() -> None:
    place = str(CHECKOUT).encode()
    assert [name for name, content in _files(EXAMPLES).items() if place in content] == []
