"""Identifiers of companies and securities: their format, check digits and normal form.

Check digits are those of python-stdnum except for Korean numbers: it lacks stock codes and corporate registration
numbers, and rejects business numbers that are in use.

Sources of the rules: ISO 6166 (ISIN, Luhn over letters as 10–35), ISO 17442 and ISO 7064 MOD 97-10 (LEI), Korea
Exchange code rules (six characters, the last one gives the kind of share; letters except I, O and U in the last two
places of codes issued since 2024), the National Tax Service's business registration number, the corporate registration
number of the court registries (numbers issued since 2025-01-31 have no check digit), GB 32100-2015 (Chinese unified
social credit code), IMO resolution A.1117(30).
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from stdnum import isin
from stdnum.cn import uscc
from stdnum.iso7064 import mod_97_10

_NOISE = re.compile("[\\s'\"=_\u200b-\u200f\u2010-\u2015\u2060\u2212\ufeff]+")
ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")
LEI = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
_TEN_DIGITS = re.compile(r"[0-9]{10}")
_PREFIXED_CODE = re.compile(r"(?:(?:X?KRX|KOSPI|KOSDAQ|KONEX|KOR?|KR|KSC|KSE|KOE|KS|KQ|KN)[:\-]?|A)?([0-9][0-9A-Z]{5})")
_MARKET_SUFFIX = re.compile(r"[.:\- ]?(?:KS|KQ|KN|KP|KR|XKRX|XKOS|KRX|KSE|KSC|KOE)(?:EQUITY)?$")
_NEW_CODE = re.compile(r"[0-9][0-9A-HJ-NP-TV-Z]{4}[0-9A-HJ-NP-TV-Z]")


def squeeze(text: str) -> str:
    """The text in upper case and half-width, without blanks, quotes, equals signs and dash look-alikes."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).upper()


def isin_from_stock_code(code: str) -> str:
    """ISIN of the common share with this six-character Korean stock code: `KR7` + code + `00` + check digit.

    Works for codes with letters (`0000J0`), but not for preference shares: their ISIN does not follow from the code.
    """
    return f"KR7{code}00{isin.calc_check_digit(f'KR7{code}00')}"


def normalise_stock_code(text: str) -> str | None:
    """The six-character Korean stock code in a text, as people and terminals write it, or None.

    `5930`, `5930.0` (a spreadsheet's number), `A005930`, `005930.KS`, `005930 KS Equity`, `KRX:005930` and
    `="005930"` all give `005930`; `0000J0` stays. A lone digit is taken for a row number, not for a code.
    """
    code = squeeze(text)
    bare = _MARKET_SUFFIX.sub("", code)
    code = (bare if len(bare) >= 4 else code).rstrip(".:-")  # `5930 KS` is a code, `100KS` is a name
    if re.fullmatch(r"[0-9]{1,6}\.0+", code):
        code = code.split(".")[0]
    if code.isascii() and code.isdigit():
        return code.zfill(6) if 2 <= len(code) <= 6 and int(code) > 0 else None
    found = _PREFIXED_CODE.fullmatch(code)
    if found and _NEW_CODE.fullmatch(found[1]) and found[1] != "000000":
        # Letters are only in the fifth or sixth place; words like `1ST` are too short, `2WORDS` has letters earlier.
        return found[1] if found[1][:4].isdigit() or found[1].isdigit() else None
    return None


def is_valid_brn(brn: str) -> bool:
    """Whether ten digits are a Korean business registration number (weights 1 3 7 1 3 7 1 3 5)."""
    if not _TEN_DIGITS.fullmatch(brn):
        return False
    digits = [int(digit) for digit in brn]
    total = sum(d * w for d, w in zip(digits, (1, 3, 7, 1, 3, 7, 1, 3, 5), strict=False)) + digits[8] * 5 // 10
    return -total % 10 == digits[9]


def is_valid_crn(crn: str) -> bool:
    """Whether thirteen digits are a Korean corporate registration number with its check digit (weights 1 2 1 2 …)."""
    total = sum(int(digit) * (1 + place % 2) for place, digit in enumerate(crn[:12]))
    return -total % 10 == int(crn[12])


# Scheme -> what is wrong with a value of another format, and with one of that format that fails its check.
SHAPES: Final = {
    "isin": (ISIN, "ISIN {} is not two letters, nine letters or digits and a check digit"),
    "lei": (LEI, "LEI {} is not twenty letters and digits"),
    "dart": (re.compile(r"[0-9]{8}"), "DART corp code {} is not eight digits"),
    "brn": (_TEN_DIGITS, "business registration number {} is not ten digits"),
    "crn": (re.compile(r"[0-9]{13}"), "corporate registration number {} is not thirteen digits"),
    "imo": (re.compile(r"[0-9]{7}"), "IMO number {} is not seven digits"),
}
_CHECKS: Final[dict[str, tuple[Callable[[str], bool], str]]] = {
    "isin": (
        lambda value: isin.calc_check_digit(value[:11]) == value[11],
        "ISIN {0} has a wrong check digit: {0[11]} instead of {1}",
    ),
    "lei": (mod_97_10.is_valid, "LEI {} has a wrong check number"),
    "krx": (
        lambda value: normalise_stock_code(value) == value,
        "stock code {} is not six characters as the Korea Exchange gives them",
    ),
    "brn": (is_valid_brn, "business registration number {} has a wrong check digit"),
    "crn": (
        is_valid_crn,
        "corporate registration number {} has a wrong check digit (or was given out after 2025-01-30)",
    ),
    "uscc": (
        lambda value: len(value) == 18 and bool(uscc.is_valid(value)),
        "social credit code {} has a wrong check character or shape",
    ),
}


def problem(scheme: str, value: str) -> str | None:
    """One sentence that says why a value in normal form cannot be an identifier of its scheme; None if it can.

    Values of other schemes are never a problem.
    """
    if scheme in SHAPES and not SHAPES[scheme][0].fullmatch(value):
        return SHAPES[scheme][1].format(value)
    if scheme in _CHECKS and not _CHECKS[scheme][0](value):
        return _CHECKS[scheme][1].format(value, isin.calc_check_digit(value[:11]) if scheme == "isin" else "")
    return None
