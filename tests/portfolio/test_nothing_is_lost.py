"""A law for every file: each filled line is exactly one thing, nothing ends in a fault, no score leaves its range, no file is left behind.

`make fuzz` runs many thousand inputs; here a few hundred are tried.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from screener.errors import ScreenerError
from screener.portfolio import columns
from screener.portfolio.reader import read_holdings
from screener.portfolio.screen import portfolio_score
from screener.readers import deliveries
from screener.readers.deliveries import read_deliveries
from screener.readers.header import Vocabulary, find_table
from screener.readers.sheets import read_sheets
from screener.report.review import choices
from tests.portfolio.grids import DELIVERIES, HOLDINGS, REVIEWS, files

EXAMPLES = int(os.environ.get("SCREENER_FUZZ", "360")) // 3
many = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None,
    phases=[Phase.generate, Phase.shrink],
)  # fmt: skip


def _accounted(path: Path, words: Vocabulary, filled: list[int] | None, known: set[int]) -> None:
    """Every filled line is a record that became a holding or was reported, or belongs to a title, a header or a record of two lines."""
    sheet = read_sheets(path, "FILE")[0][0]
    table = find_table(sheet, words)
    assert set(table.lines) <= known
    paired = any("takes two lines" in note for note in table.notes)
    head = sheet.rows[table.above : table.above + 2]
    others = [line for line in filled or [] if line not in table.lines]
    for line in others:
        stands_above = line <= table.above + len(head) and line < min(table.lines)
        second = paired and line - 1 in table.lines
        again = sheet.rows[line - sheet.first] in head
        assert stands_above or second or again or (paired and _before(filled or [], line) in table.lines), line


def _before(lines: list[int], line: int) -> int:
    return max((one for one in lines if one < line), default=0)


@many
@given(st.data())
def test_holdings(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = data.draw(files(HOLDINGS, Path(folder)))
        note(repr(made.path.read_bytes()))
        try:
            portfolio = read_holdings(made.path)
        except ScreenerError:
            pass
        else:
            holdings = portfolio.holdings
            assert holdings["row"].is_unique().all()
            _accounted(made.path, columns.WORDS, made.filled, {*holdings["row"], *portfolio.rejects["row"]})
            assert holdings["weight"].drop_nulls().is_finite().all()
            assert (holdings["weight"].drop_nulls() >= 0).all()
            # Without a weight although the file has weights: the line is reported.
            if holdings["weight"].is_not_null().any():
                assert set(holdings.filter(pl.col("weight").is_null())["row"]) <= set(portfolio.rejects["row"])
            scores = pl.Series([float(hash_ % 101) for hash_ in holdings["row"]])
            total = portfolio_score(holdings["weight"], scores)
            assert 0.0 <= total <= scores.max()  # type: ignore[operator]
        assert os.listdir(folder) in (["file.csv"], [])


@many
@given(st.data())
def test_deliveries(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = data.draw(files(DELIVERIES, Path(folder)))
        note(repr(made.path.read_bytes()))
        try:
            read = read_deliveries(made.path, where="--supply")
        except ScreenerError:
            pass
        else:
            assert read.frame["row"].is_unique().all()
            _accounted(made.path, deliveries.WORDS, made.filled, {*read.frame["row"], *read.remarks["row"]})
            assert (read.frame["value_usd"].drop_nulls() >= 0).all()
            assert read.frame["input_share"].drop_nulls().is_between(0, 1).all()
        assert os.listdir(folder) in (["file.csv"], [])


@many
@given(st.data())
def test_review_files(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = data.draw(files(REVIEWS, Path(folder)))
        note(repr(made.path.read_bytes()))
        known = {"kr-00126380", "kr-00160588"}
        try:
            chosen = choices(made.path, known)
        except ScreenerError:
            pass
        else:
            assert set(chosen.values()) <= known | {None}
        assert os.listdir(folder) in (["file.csv"], [])


@given(st.lists(st.tuples(st.none() | st.floats(0, 50), st.none() | st.floats(0, 100)), min_size=1, max_size=12))
def test_no_portfolio_scores_above_its_worst_company(lines: list[tuple[float | None, float | None]]) -> None:
    weights = pl.Series([weight for weight, _ in lines], dtype=pl.Float64)
    scores = pl.Series([score for _, score in lines], dtype=pl.Float64)
    assert 0.0 <= portfolio_score(weights, scores) <= max((score or 0.0 for _, score in lines), default=0.0)
