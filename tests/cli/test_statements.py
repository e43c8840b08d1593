"""Statements that reports make, read through the command line: nothing before it was known, nothing that is not so."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.golden.world import Ran, World, write_tables

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
Told = Callable[..., Ran]


def source(source_id: str, published_on: str, **cells: str) -> dict[str, str]:
    """A report of a day."""
    return {
        **{"source_id": source_id, "publisher": f"The {source_id}", "publisher_kind": "media", "title": "A report"},
        **{"url": f"https://papers.example/{source_id}", "published_on": published_on, "retrieved_on": "2024-06-30"},
        **{"language": "en", "grade": "D"},
        **cells,
    }


@pytest.fixture
def told(tmp_path: Path, world: World) -> Told:
    """Runs a command in the small world with further rows, which are the first argument."""

    def runs(rows: Rows, *arguments: object, as_of: str = "2024-06-30", known_at: str = "2024-06-30") -> Ran:
        mine, clocks = write_tables(tmp_path / "mine", rows), ("--as-of", as_of, "--known-at", known_at)
        return World(tmp_path / "s.duckdb").run(*arguments, "--datasets", mine, clocks=clocks, width=160)

    return runs


EARLY, LATE = source("early", "2023-03-01"), source("late", "2023-12-02")


def test_an_answer_and_a_decision_are_not_told_before_they_were_given(told: Told) -> None:
    """A row may also cite what the answer is about; that source told of an answer of the next winter."""
    both = "early;late"
    answer = {"entity_id": "kr-90000080", "topic": "myanmar-military", "source_ids": both}
    answers = [
        answer | {"kind": "statement", "stated_on": "2023-12-01", "summary": "Said that it stays."},
        answer | {"kind": "observation", "stated_on": "2023-11", "summary": "The sign was taken down."},
    ]
    decision = {"entity_id": "kr-90000080", "institution": "Fund of Test", "decision": "exclusion"}
    rows = {
        "source": [EARLY, LATE],
        "response": answers,
        "verdict": [decision | {"decided_on": "2023-12-01", "source_ids": both}],
    }
    said = {"2023-11-01": 0, "2023-12-01": 0, "2023-12-02": 3}
    for known_at, many in said.items():
        ran = told(rows, "show", "900080", "--format", "json", known_at=known_at)
        (company,) = json.loads(ran.out)["companies"]
        told_of = [a["stated_on"] for t in company["topics"] for a in t["answers"] if a["stated_on"] > "2023-03"]
        told_of += [o["observed_on"] for t in company["topics"] for o in t["observations"]]
        told_of += [v["decided_on"] for v in company["verdicts"] if v["institution"] == "Fund of Test"]
        assert len(told_of) == many, known_at


def test_an_answer_older_than_which_no_source_is_stays(told: Told) -> None:
    """A day of a statement that is later than every source of it is a slip of the row, no reason to lose an answer."""
    answer = {"entity_id": "kr-90000080", "topic": "myanmar-military", "kind": "denial", "source_ids": "early"}
    rows = {"source": [EARLY], "response": [answer | {"stated_on": "2023-03-02", "summary": "Said no."}]}
    assert "Said no." in told(rows, "show", "900080").out
