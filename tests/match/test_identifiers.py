"""Official numbers: shapes, check digits, normal forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import isin

from screener.schema import identifiers

STOCK_CODES = {
    "5930": "005930",
    "005930": "005930",
    "A005930": "005930",
    "005930.KS": "005930",
    "005930 KS Equity": "005930",
    "KRX:005930": "005930",
    '="005930"': "005930",
    "5930.0": "005930",
    "5930.": "005930",
    "035720.KQ": "035720",
    "0000J0": "0000J0",
    "A0000J0": "0000J0",
    "００５９３０": "005930",
    "005935": "005935",
    "00104K": "00104K",
    "100KS": None,
    "3M": None,
    "5": None,
    "000000": None,
    "POSCO": None,
    "12ABCD": None,
    "": None,
}


@pytest.mark.parametrize(("written", "code"), STOCK_CODES.items())
def test_stock_code_is_read_as_people_write_it(written: str, code: str | None) -> None:
    assert identifiers.normalise_stock_code(written) == code


def test_isin_of_a_stock_code() -> None:
    assert identifiers.isin_from_stock_code("005930") == "KR7005930003"
    assert identifiers.isin_from_stock_code("0000J0") == "KR70000J0003"


@pytest.mark.parametrize(
    ("scheme", "right", "wrong", "message"),
    [
        ("isin", "KR7005930003", "KR7005930004", "wrong check digit: 4 instead of 3"),
        ("isin", "US0378331005", "US0378331006", "wrong check digit"),
        ("lei", "9884007ER46L6N7EI764", "9884007ER46L6N7EI765", "wrong check number"),
        ("brn", "1248100998", "1248100999", "wrong check digit"),
        ("crn", "1301110006246", "1301110006247", "wrong check digit"),
        ("dart", "00126380", "126380", "not eight digits"),
        ("krx", "005930", "5930", "not six characters"),
    ],
)
def test_problem_says_what_is_wrong(scheme: str, right: str, wrong: str, message: str) -> None:
    assert identifiers.problem(scheme, right) is None
    assert message in str(identifiers.problem(scheme, wrong))


@given(st.text(alphabet="0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=9, max_size=9))
def test_any_isin_body_gets_one_valid_check_digit(body: str) -> None:
    first = "KR" + body
    valid = [digit for digit in "0123456789" if identifiers.problem("isin", first + digit) is None]
    assert valid == [isin.calc_check_digit(first)]
