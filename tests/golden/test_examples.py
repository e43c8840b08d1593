"""The published examples in reports/examples are what the program makes today, of the small fictional world.

Renew: `pytest tests/golden --renew-golden`, then read `git diff reports/examples` before it is committed.
"""

from __future__ import annotations

from pathlib import Path

import openpyxl
import polars as pl
import pytest

from screener import __version__
from tests.golden.world import MIXED, World, inside

EXAMPLES = Path(__file__).resolve().parents[2] / "reports" / "examples"
MADE: dict[str, tuple[object, ...]] = {
    "screening.txt": ("screen", MIXED, "--full"),
    "screening.ko.txt": ("screen", MIXED, "--lang", "ko"),
    "screening.html": ("screen", MIXED, "--format", "html"),
    "screening.ko.html": ("screen", MIXED, "--format", "html", "--lang", "ko"),
    "screening.md": ("screen", MIXED, "--format", "md"),
    "screening.json": ("screen", MIXED, "--format", "json"),
    "screening.xlsx": ("screen", MIXED, "--format", "xlsx"),
    "holdings.csv": ("screen", MIXED, "--format", "csv"),
    "findings.csv": ("screen", MIXED, "--format", "csv", "--table", "findings"),
    "findings.parquet": ("screen", MIXED, "--format", "parquet", "--table", "findings"),
    "dossier.html": ("show", "900010", "--format", "html"),
    "explanation.md": ("explain", "900040", "--format", "md"),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("examples") / "s.duckdb")


@pytest.fixture(autouse=True)
def _in_the_small_world(monkeypatch: pytest.MonkeyPatch) -> None:
    inside(monkeypatch)


def _read(path: Path) -> object:
    """What is in a file, without the program's version, which changes with every release, and how a container was packed."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path).to_dicts()
    if path.suffix == ".xlsx":
        rows = [
            (sheet.title, row) for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows(values_only=True)
        ]
        return [(title, [str(cell).replace(__version__, "…") for cell in row]) for title, row in rows]
    return path.read_text(encoding="utf-8").replace(__version__, "…")


@pytest.mark.parametrize("name", MADE)
def test_a_published_example_is_what_the_program_makes(
    name: str, world: World, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    renew = request.config.getoption("--renew-golden", default=False)
    out = (EXAMPLES if renew else tmp_path) / name
    EXAMPLES.mkdir(exist_ok=True)
    ran = world.run(*MADE[name], "--out", out)
    assert (ran.code, ran.err) == (0, "")
    if not renew:
        assert _read(out) == _read(EXAMPLES / name), "if the change is meant: pytest tests/golden --renew-golden"


def test_every_example_is_made_by_a_test() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == set(MADE)
