"""`screener data coverage`: what the base holds by topic, counted by hand in a small world, and printed in both languages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from screener.runs.coverage import AGES, REASONS, Coverage, coverage
from screener.schema.vocabulary import GRADES
from screener.score.assess import assess
from screener.store.build import open_store
from screener.store.inputs import topic_ids
from tests.golden.world import run
from tests.once import answers_once


@pytest.fixture(scope="module", autouse=True)
def _answers_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        answers_once(patch)
        yield


@pytest.fixture(scope="module")
def found(shipped_store: Path) -> Iterator[Coverage]:
    with open_store(shipped_store) as con:
        yield coverage(con, assess(con, as_of=date(2026, 11, 29)))


def test_every_topic_has_a_row_even_one_without_facts(found: Coverage) -> None:
    assert tuple(found.topics["topic"]) == topic_ids()


def test_grades_and_ages_add_up_to_the_facts(found: Coverage) -> None:
    for row in found.topics.iter_rows(named=True):
        assert sum(row[f"grade_{grade.lower()}"] for grade in GRADES) == row["facts"]
        assert sum(row[f"age_{age}"] for age in AGES) == row["facts"]
        assert row["exposed"] <= row["companies"]
        assert row["unanswered"] <= row["companies"]
        assert row["single"] <= row["facts"]


def test_years_hold_every_fact_that_has_a_day(found: Coverage) -> None:
    by_topic = dict(found.years.group_by("topic").agg(pl.col("facts").sum()).iter_rows())
    for topic, facts in found.topics.select("topic", "facts").iter_rows():
        assert by_topic.get(topic, 0) <= facts


def test_a_topic_without_a_fact_is_thin_and_listed_with_its_search(found: Coverage) -> None:
    empty = found.topics.filter(facts=0)
    for row in empty.iter_rows(named=True):
        assert row["thin"] == ["empty"]
        assert row["searches"] > 0
    assert {reason for reasons in found.topics["thin"] for reason in reasons} <= set(REASONS)


def test_only_the_topic_asked_for_is_listed(shipped_store: Path) -> None:
    ran = run("data", "coverage", "--topic", "sudan", "--format", "json", "--store", shipped_store, "-q")
    document = json.loads(ran.out)
    assert document["schema"] == "screener/coverage/1"
    assert [topic["topic"] for topic in document["topics"]] == ["sudan-war"]
    assert all(search["result"] for search in document["topics"][0]["searched"])


@pytest.mark.parametrize(("language", "heading"), [("en", "What the base holds by topic"), ("ko", "주제별 자료 현황")])
@pytest.mark.parametrize("fmt", ["terminal", "md"])
def test_it_is_printed_in_both_languages(language: str, heading: str, fmt: str, shipped_store: Path) -> None:
    ran = run("data", "coverage", "--lang", language, "--format", fmt, "--store", shipped_store, "-q")
    assert ran.code == 0
    assert ran.out.startswith(heading)
