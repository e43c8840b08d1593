"""The review file: written, corrected by a person, handed back, remembered, undone."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from screener.cli.match import command
from screener.errors import ScreenerError
from tests.once import answers_once


@pytest.fixture(scope="module", autouse=True)
def _answers_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        answers_once(patch)
        yield


@pytest.fixture
def store(shipped_store: Path, tmp_path: Path) -> str:
    """A store of the shipped facts that may be written."""
    return str(shutil.copy(shipped_store, tmp_path / "match.duckdb"))


@pytest.fixture
def holdings(tmp_path: Path) -> Path:
    """Three lines: sure, ambiguous, and no company with a formula for a name."""
    path = tmp_path / "holdings.csv"
    path.write_text("name,isin\n삼성전자,KR7005930003\n삼성,\n=cmd|' /C calc'!A0,\n", encoding="utf-8")
    return path


def run(*arguments: str | Path) -> Result:
    """The command in this process; its errors are raised."""
    return CliRunner().invoke(
        command, [str(argument) for argument in arguments], catch_exceptions=False, standalone_mode=False
    )


def rows(result: Result) -> list[dict[str, object]]:
    """Rows of a JSON result."""
    return list(json.loads(result.stdout)["rows"])


def corrected(review: Path, out: Path, row: str, choice: str) -> Path:
    """The review file with a choice on the first line of a row."""
    with review.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    next(line for line in lines if line["row"] == row)["choice"] = choice
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, lines[0].keys())
        writer.writeheader()
        writer.writerows(lines)
    return out


def test_json_is_as_the_contract_says(store: str, holdings: Path) -> None:
    result = run(holdings, "--store", store, "--format", "json")
    assert json.loads(result.stdout)["schema"] == "screener/match/1"
    first, second, third = rows(result)
    assert (first["company_id"], first["matched_by"], first["decision"], first["score"]) == (
        "kr-00126380",
        "isin",
        "auto",
        1.0,
    )
    assert (second["company_id"], second["decision"]) == (None, "review")
    assert second["candidates"]
    assert third["decision"] == "none"


def test_a_correction_is_remembered_and_undone(store: str, holdings: Path, tmp_path: Path) -> None:
    review = tmp_path / "review.csv"
    run(holdings, "--store", store, "--format", "csv", "--out", review)
    assert "\n4,'=cmd" in review.read_text(encoding="utf-8-sig")  # defused for spreadsheets
    fixed = corrected(review, tmp_path / "fixed.csv", "3", "1")
    after = rows(run(holdings, "--store", store, "--matches", fixed, "--by", "ana", "--format", "json", "--quiet"))
    assert after[1]["matched_by"] == "person"
    assert str(after[1]["reason"]).startswith("decided by ana on ")
    again = rows(run(holdings, "--store", store, "--format", "json"))
    assert again == after
    listed = run("--decisions", "--store", store).stdout
    assert "삼성" in listed
    number = listed.split()[0]
    run("--undo", number, "--by", "ben", "--store", store)
    assert "taken back by ben" in run("--decisions", "--store", store).stdout
    assert rows(run(holdings, "--store", store, "--format", "json"))[1]["decision"] == "review"
    with pytest.raises(ScreenerError, match="taken back or replaced"):
        run("--undo", number, "--store", store)


def test_a_workbook_can_be_handed_back(store: str, holdings: Path, tmp_path: Path) -> None:
    book = tmp_path / "review.xlsx"
    run(holdings, "--store", store, "--format", "xlsx", "--out", book)
    result = run(holdings, "--store", store, "--matches", book, "--format", "json", "--quiet")
    assert len(rows(result)) == 3


@pytest.mark.parametrize(
    ("choice", "message"), [("kr-99999999", "no such company in the store"), ("two", "no such company in the store")]
)
def test_a_wrong_choice_is_an_error(store: str, holdings: Path, tmp_path: Path, choice: str, message: str) -> None:
    review = tmp_path / "review.csv"
    run(holdings, "--store", store, "--format", "csv", "--out", review)
    with pytest.raises(ScreenerError, match=message):
        run(holdings, "--store", store, "--matches", corrected(review, tmp_path / "fixed.csv", "3", choice))


def test_two_choices_for_one_row_are_an_error(store: str, holdings: Path, tmp_path: Path) -> None:
    path = tmp_path / "fixed.csv"
    path.write_text("row,choice,candidate_id\n3,1,kr-00160588\n3,none,kr-00126380\n", encoding="utf-8")
    with pytest.raises(ScreenerError, match="two choices for one row"):
        run(holdings, "--store", store, "--matches", path)
    path.write_text("row,choice,candidate_id\n77,1,kr-00160588\n", encoding="utf-8")
    with pytest.raises(ScreenerError, match="belongs to another file"):
        run(holdings, "--store", store, "--matches", path)
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ScreenerError, match="not a review file"):
        run(holdings, "--store", store, "--matches", path)
