"""The labelled cases: nothing wrong is taken, and what is right is mostly found."""

from __future__ import annotations

import polars as pl
import pytest

from tests.bench.bench_names_cases import cases, judged


@pytest.fixture(scope="module")
def judged_cases() -> pl.DataFrame:
    table = cases()
    return table.join(judged(table), on="row")


def test_there_are_enough_cases_of_both_signs() -> None:
    table = cases()
    assert table.height >= 600
    assert table.filter(~pl.col("match")).height >= 150


def test_no_hard_negative_is_taken(judged_cases: pl.DataFrame) -> None:
    wrong = judged_cases.filter(~pl.col("match") & pl.col("said"))
    assert wrong.select("kind", "left", "right").rows() == []


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        ("ko-en", 0.95),
        ("customs abbreviation", 0.95),
        ("company form", 1.0),
        ("mojibake", 1.0),
        ("preference", 1.0),
        ("hanja", 0.95),
    ],
)
def test_the_right_name_comes_first(judged_cases: pl.DataFrame, kind: str, least: float) -> None:
    part = judged_cases.filter((pl.col("kind") == kind) & pl.col("match"))
    assert part["best"].mean() >= least
