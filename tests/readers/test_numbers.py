"""Numbers as people write them: read by one parser, and never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.readers.numbers import Number, decimal_commas, heading_currency, heading_unit, parse_number


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1,234.5", 1234.5), ("1 234", 1234), ("1'234'567.80", 1234567.8), ("1’234", 1234), ("1 234 567,89", 1234567.89),
        ("1\u00a0234", 1234), ("12,5", 12.5), ("0,125", 0.125), ("12,3456", 12.3456), ("1,000", 1000), ("1.234.567,8", 1234567.8),
        ("1e-3", 0.001), ("+5", 5), ("１２", 12), (".5", 0.5), ("007", 7),
        ("(123)", -123), ("123-", -123), ("−5", -5), ("△5", -5), ("▲5", -5),
        ("1조 2천억", 1.2e12), ("12억", 1.2e9), ("1억2,345만", 123450000), ("5백만", 5e6), ("10천", 10000),
        ("3.2 million", 3.2e6), ("5m", 5e6), ("2bn", 2e9), ("7k", 7000),
    ],
)  # fmt: skip
def test_spellings_of_plain_numbers(cell: str, value: float) -> None:
    assert parse_number(cell) == Number(pytest.approx(value))


@pytest.mark.parametrize(
    ("cell", "value", "currency"),
    [
        ("₩1,234,567", 1234567, "KRW"), ("KRW 12,345", 12345, "KRW"), ("12,000원", 12000, "KRW"), ("3,500만원", 3.5e7, "KRW"),
        ("2,345억 원", 2.345e11, "KRW"), ("$1,000.50", 1000.5, "USD"), ("US$5m", 5e6, "USD"), ("-$5", -5, "USD"), ("($5)", -5, "USD"),
        ("€500", 500, "EUR"), ("500 EUR", 500, "EUR"), ("CHF 1'000", 1000, "CHF"), ("HK$7", 7, "HKD"), ("7엔", 7, "JPY"),
    ],
)  # fmt: skip
def test_currencies_are_recognised_and_never_dropped(cell: str, value: float, currency: str) -> None:
    assert parse_number(cell) == Number(pytest.approx(value), currency)


@pytest.mark.parametrize(("cell", "value"), [("5.5 %", 5.5), ("-20%", -20), ("(5%)", -5), ("7 퍼센트", 7), ("３％", 3)])
def test_percent_is_recognised_and_not_divided(cell: str, value: float) -> None:
    assert parse_number(cell) == Number(pytest.approx(value), percent=True)


@pytest.mark.parametrize(
    "cell",
    ["inf", "1e400", "NaN", "2024-01-05", "12-3", "1.2.3", "0x1F", "١٢", "=1+1", "--5", "(5", "5)", "-", "N/A", "#DIV/0!", "", "원", "$", "조", "m", "₩$5", "12 34", "1,23,4", "억3만", "5억3조"],
)  # fmt: skip
def test_what_is_no_number_is_none(cell: str) -> None:
    assert parse_number(cell) is None


@pytest.mark.parametrize(
    ("cells", "commas"),
    [
        (["12,345", "87,655"], None),
        (["12,345", "7,5"], True),
        (["1.234,50"], True),
        (["1,234,567"], False),
        (["12,345", "1.5"], False),
        (["7,5", "1,234.5"], None),
        ([], None),
    ],
)
def test_a_column_shows_which_comma_it_uses(cells: list[str], commas: bool | None) -> None:
    assert decimal_commas(cells) is commas


def test_a_comma_that_may_be_either_follows_its_column() -> None:
    assert parse_number("12,345") == Number(12345)
    assert parse_number("12,345", decimal_comma=True) == Number(12.345)
    assert parse_number("12.345", decimal_comma=True) == Number(12345)


@given(st.floats(0, 1e12, allow_nan=False).map(lambda number: round(number, 2)))
def test_each_way_to_write_a_number_reads_back(number: float) -> None:
    english = f"{number:,.2f}"
    swapped = english.translate(str.maketrans(",.", ".,"))
    for cell in (
        str(number),
        english,
        swapped,
        english.replace(",", "'"),
        swapped.replace(".", "\u202f"),
        f"₩{english}",
    ):
        read = parse_number(cell)
        assert read is not None, cell
        assert read.value == pytest.approx(number), cell


@given(st.text(max_size=12))
def test_any_text_is_a_finite_number_or_none(cell: str) -> None:
    read = parse_number(cell)
    assert read is None or abs(read.value) < float("inf")


@pytest.mark.parametrize(
    ("heading", "currency", "unit"),
    [
        ("평가금액(원)", "KRW", 1), ("평가액(억 원)", "KRW", 1e8), ("금액(백만원)", "KRW", 1e6), ("금액(천원)", "KRW", 1e3),
        ("Market Value EUR", "EUR", 1), ("Value (USD mn)", "USD", 1e6), ("Value (US$)", "USD", 1), ("Value in thousands", None, 1e3),
        ("취득원가", None, 1), ("Market Value", None, 1), ("원금", None, 1), ("ISIN", None, 1),
    ],
)  # fmt: skip
def test_headings_tell_currency_and_unit(heading: str, currency: str | None, unit: float) -> None:
    assert (heading_currency(heading), heading_unit(heading)) == (currency, unit)
