"""Weights of holdings: percent or fractions, or derived from values; never rescaled; assumptions are reported."""

import math
from collections.abc import Sequence
from typing import Final

import polars as pl

from screener.readers.numbers import Number, decimal_commas, may_be_either, may_be_thousands, parse_number
from screener.readers.remarks import remark

_BOTH: Final = "percent in some tables and as fractions in others, each by its own numbers"
_SHORT: Final = {
    "weight": ("a negative weight (a short position?)", "no weight"),
    "value": ("a negative value (a short position?)", "no value"),
}


def read_numbers(
    cells: Sequence[str | None], *, are_weights: bool, proof: Sequence[str]
) -> tuple[list[Number | None], bool]:
    """The numbers of a column, read by one convention, and whether that had to be assumed.

    Of weights, decimal commas are assumed; of amounts, that points before three digits do not separate thousands.

    Args:
        cells: the column.
        are_weights: whether their sum should be 1 or 100, which distinguishes 12.345 percent from twelve thousand.
        proof: numbers of all columns of the table, which may prove how it writes decimals.
    """
    filled = [cell for cell in cells if cell]
    convention, assumed = decimal_commas(filled), False
    if convention is None:
        convention = decimal_commas(proof)
    if convention is None and are_weights and any(map(may_be_either, filled)):
        convention = assumed = _distance(filled, True) < _distance(filled, False)
    elif convention is None and not are_weights:
        assumed = may_be_thousands(filled)
    return [parse_number(cell, decimal_comma=bool(convention)) if cell else None for cell in cells], assumed


def _distance(cells: Sequence[str], decimal_comma: bool) -> float:
    """How far the sum of some weights is from 1 or 100, whichever is nearer, in powers of ten."""
    numbers = [parse_number(cell, decimal_comma=decimal_comma) for cell in cells]
    total = sum(abs(number.value) for number in numbers if number)
    return min(abs(math.log10(total / whole)) for whole in (1, 100)) if total else math.inf


def weigh(frame: pl.DataFrame, headings: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    """Adds `weight`, a fraction of the portfolio, null if a line has none; returns remarks on lines, and notes on all.

    The heading, a percent sign in the cells, or the sum says what is percent (more than 1.5 can only be that;
    a sum of 1 under a heading with a percent sign means fractions, as spreadsheets store what they show as percent).
    Each table may write them differently; one that does not show it is read like the others.

    Args:
        frame: row, key, table_no, percent_heading (the heading says percent), weight_written, weight_percent (it had a
            percent sign), weight_cell, value, value_cell, currency.
        headings: of the weights and of the values, empty texts if there are none.
    """
    weight, value = frame["weight_written"], frame["value"]
    # Formulas that were never calculated are zero throughout.
    if weight.is_not_null().any() and ((weight != 0).any() or value.is_null().all()):
        tables = frame.drop_nulls("weight_written").partition_by("table_no", as_dict=True)
        percent, stored = _percent(list(tables.values()))
        units = {number: 100.0 if is_one else 1.0 for (number,), is_one in zip(tables, percent, strict=True)}
        frame = frame.with_columns(unit=pl.col("table_no").replace_strict(units, default=1.0, return_dtype=pl.Float64))
        frame = _divided(frame, "weight_written", pl.col("unit"))
        notes = [f"weights were read as {'percent' if all(percent) else _BOTH if any(percent) else 'fractions'}"]
        if stored:
            notes[0] += ": the heading says percent, but they sum to 1"
        summed = 100 * float(frame["weight"].sum())
        if (minus := -100 * float((weight / frame["unit"]).filter(weight < 0).sum())) > 0:
            notes.append(f"long positions sum to {summed:.4g} %, short ones to {minus:.4g} %")
        if not 99.5 <= summed <= 100.5:
            notes.append(f"the weights sum to {summed:.4g} %, not 100 %; they are used as written")
        if summed > 100.5:
            # As in screener.portfolio.screen.portfolio_score.
            notes.append("in the score the weights are shares of their sum")
        return frame, _unweighed(frame, headings[0], "weight", "weight_written"), notes
    currencies = frame.filter(value.is_not_null())["currency"].drop_nulls().str.to_uppercase().unique().sort()
    if value.is_null().all():
        why = "the file has neither weights nor values; every line is screened, none is weighted"
    elif len(currencies) > 1:
        several = ", ".join(currencies)
        why = f"values are in several currencies ({several}), so no weights were derived; give a weight column"
    elif not (whole := float(value.filter(value > 0).sum())):
        why = "no value is above zero; every line is screened, none is weighted"
    else:
        weighed = _divided(frame, "value", whole)
        return weighed, _unweighed(frame, headings[1], "value", "value"), ["weights were derived from the values"]
    unweighed = frame.with_columns(weight=pl.lit(None, pl.Float64))
    return unweighed, _unweighed(frame.clear(), "", "value", "value"), [why]


def _percent(tables: Sequence[pl.DataFrame]) -> tuple[list[bool], bool]:
    """Whether the weights of each table are percent; and whether a heading says so of some that sum to 1."""
    read = []
    for table in tables:
        weight, headed = table["weight_written"], bool(table["percent_heading"].any())
        total, signed = float(weight.filter(weight > 0).sum()), bool(table["weight_percent"].any())
        stored = not signed and len(weight) > 1 and 0.95 <= total <= 1.05 and not (weight > 1).any()
        read.append((total, headed, stored, signed or total > 1.5 or (headed and not stored)))
    sure = sum(total for total, _, _, percent in read if percent)
    every = not sure and sum(total for total, *_ in read) > 1.5 and not all(stored for _, _, stored, _ in read)
    # Others are what brings all to the whole; next to a table that is a whole of its own they are one, too.
    percent = [
        is_sure
        or every
        or (sure > 0 and min(abs(sure + 100 * total - 100), abs(sure - 100)) >= abs(sure + total - 100))
        for total, _, _, is_sure in read
    ]
    return percent, any(headed and not one for (_, headed, *_), one in zip(read, percent, strict=True))


def _divided(frame: pl.DataFrame, number: str, whole: float | pl.Expr) -> pl.DataFrame:
    return frame.with_columns(weight=pl.when(pl.col(number) >= 0).then(pl.col(number) / whole))


def _unweighed(frame: pl.DataFrame, heading: str, what: str, number: str) -> pl.DataFrame:
    """Remarks on lines whose weight or value (`what`) is negative or missing."""
    cell, do = f"{what}_cell", "the line is screened but not weighted"
    cases = (pl.col(number) < 0, pl.col(number).is_null() & pl.col(cell).is_null())
    return pl.concat(
        remark(frame.filter(which), problem, do, heading=heading, cell=cell)
        for which, problem in zip(cases, _SHORT[what], strict=True)
    )
