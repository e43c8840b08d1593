"""The rules of `screener.schema.identifiers` for whole columns, vectorised.

Check digits are computed position by position over the column, so a million values cost twelve (ISIN) or twenty (LEI)
passes and no Python call a row. Each function's scalar twin defines what is right; a test holds the two together.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

_NOISE: Final = "[\\s'\"=_\u200b-\u200f\u2010-\u2015\u2060\u2212\ufeff]+"
_EMPTY: Final = ("", "-", "N/A", "NA", "NONE", "NULL", "NAN", "#N/A")

Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def squeezed(text: pl.Expr) -> pl.Expr:
    """Upper case, half-width, without blanks, quotes and dash look-alikes; words for nothing become null."""
    plain = text.str.normalize("NFKC").str.replace_all(_NOISE, "").str.to_uppercase()
    return pl.when(plain.is_in(_EMPTY)).then(None).otherwise(plain)


def stock_code(text: pl.Expr) -> pl.Expr:
    """Six-character Korean stock code in each text as people write it, null where there is none."""
    code = squeezed(text)
    code = code.str.replace(r"^(.{4,})(?:[.:\- ]?(?:KS|KQ|KN|KP|KR|XKRX|XKOS|KRX)(?:EQUITY)?)$", "$1")
    code = code.str.replace(r"[.:\-]+$", "").str.replace(r"^([0-9]{1,6})\.0+$", "$1")
    digits = code.str.extract(r"^([0-9]{2,6})$").str.zfill(6)
    prefixed = code.str.extract(
        r"^(?:(?:X?KRX|KOSPI|KOSDAQ|KONEX|KS|KQ|KN)[:\-]?|A)?([0-9]{4}[0-9A-HJ-NP-TV-Z][0-9A-HJ-NP-TV-Z])$"
    )
    found = pl.coalesce(digits, prefixed)
    return pl.when(found != "000000").then(found)


def common_stock_code(code: pl.Expr) -> pl.Expr:
    """Stock code of the issuer's common share for each six-character code."""
    return pl.when(is_preference_code(code)).then(code.str.slice(0, 5) + "0").otherwise(code)


def is_preference_code(code: pl.Expr) -> pl.Expr:
    """Whether each six-character code is a preference share (ends in 5, 7, 9, K, L, M)."""
    return code.str.contains(r"^.{5}[579KLM]$")


def normalised(text: pl.Expr, scheme: str) -> pl.Expr:
    """Normal form of each value that is said to be of this scheme; odd shapes are kept so that they can be reported."""
    plain = squeezed(text)
    if scheme == "krx":
        return pl.coalesce(stock_code(text), plain)
    plain = plain.str.replace_all("-", "", literal=True)
    if scheme in {"dart", "brn", "crn"}:
        plain = plain.str.replace(r"\.0+$", "")
    if scheme == "dart":
        plain = pl.when(plain.str.contains(r"^[0-9]{5,7}$")).then(plain.str.zfill(8)).otherwise(plain)
    return plain


def is_valid(values: pl.Series, scheme: str) -> pl.Series:
    """Whether each normal form has the shape and the check digit of its scheme (`isin lei krx dart brn crn`).

    Null stays null.

    Raises:
        ValueError: for another scheme.
    """
    shape = {
        "isin": r"^[A-Z]{2}[A-Z0-9]{9}[0-9]$",
        "lei": r"^[A-Z0-9]{18}[0-9]{2}$",
        "krx": r"^[0-9]{4}[0-9A-HJ-NP-TV-Z]{2}$",
        "dart": r"^[0-9]{8}$",
        "brn": r"^[0-9]{10}$",
        "crn": r"^[0-9]{13}$",
    }.get(scheme)
    if shape is None:
        raise ValueError(f"no rule for scheme {scheme!r}")
    fits = values.str.contains(shape)
    if scheme == "dart":
        return fits
    if scheme == "krx":
        return fits & (values != "000000")
    # Check digits by place, over the whole column; values of the wrong shape are read as zeros and stay false.
    width = {"isin": 12, "lei": 20, "brn": 10, "crn": 13}[scheme]
    plain = pl.select(pl.when(fits).then(values).otherwise(pl.lit("0" * width)).alias("v")).to_series()
    digits = np.array(plain.to_list(), dtype=f"S{width}").view(np.uint8).reshape(-1, width).astype(np.int64)
    digits -= np.where(digits >= ord("A"), ord("A") - 10, ord("0"))
    right = {"isin": _luhn, "lei": _mod97, "brn": _brn, "crn": _crn}[scheme](digits)
    return fits & pl.Series(right)


def _luhn(digits: Places) -> Flags:
    """Luhn from the right; a letter takes two digits, so it turns the rhythm of those before it."""
    total = np.zeros(len(digits), dtype=np.int64)
    doubled = np.zeros(len(digits), dtype=bool)
    for place in range(digits.shape[1] - 1, -1, -1):
        number = digits[:, place]
        letter = number >= 10
        ones, tens = number % 10, number // 10
        twice = ones * 2 - np.where(ones >= 5, 9, 0)
        total += np.where(doubled, twice + tens, ones + 2 * tens)  # tens of a letter are 1 to 3: 6 at most when doubled
        doubled = np.where(letter, doubled, ~doubled)
    return np.asarray(total % 10 == 0)


def _mod97(digits: Places) -> Flags:
    rest = np.zeros(len(digits), dtype=np.int64)
    for place in range(digits.shape[1]):
        number = digits[:, place]
        rest = (rest * np.where(number >= 10, 100, 10) + number) % 97
    return np.asarray(rest == 1)


def _brn(digits: Places) -> Flags:
    weights = np.array((1, 3, 7, 1, 3, 7, 1, 3, 5, 1))
    return np.asarray((digits @ weights + digits[:, 8] * 5 // 10) % 10 == 0)


def _crn(digits: Places) -> Flags:
    weights = np.array((1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1))
    return np.asarray((digits @ weights) % 10 == 0)
