"""Days, months and years as people write them."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_EXCEL_EPOCH: Final = dt.date(1899, 12, 30)
_EXCEL_DAYS: Final = range(20_000, 73_051)  # 1954 to 2100
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august"
         , "sep sept september", "oct october", "nov november", "dec december"), 1
    )
    for name in names.split()
}  # fmt: skip
_YEAR_FIRST: Final = re.compile(r"((?:19|20)\d{2})[-./년\s]+(\d{1,2})[-./월\s]+(\d{1,2})[.일]?")
_YEAR_MONTH: Final = re.compile(r"((?:19|20)\d{2})[-./년]\s?(\d{1,2})[.월]?")
_DIGITS: Final = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_YEAR: Final = re.compile(r"((?:19|20)\d{2})년?(?:\.0)?")
_DAY_MONTH: Final = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./]((?:19|20)\d{2})")
_WORDS: Final = (
    re.compile(r"(?P<d>\d{1,2})(?:st|nd|rd|th)?[-.\s]+(?P<m>[a-z]{3,9})\.?,?[-.\s]+(?P<y>(?:19|20)\d{2})"),
    re.compile(r"(?P<m>[a-z]{3,9})\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>(?:19|20)\d{2})"),
    re.compile(r"(?P<m>[a-z]{3,9})\.?,?[-\s]+(?P<y>(?:19|20)\d{2})"),
)
_TIME: Final = re.compile(r"[T\s]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?$")


def parse_date(text: str, *, day_first: bool | None = None) -> str | None:
    """A day, month or year as datasets write them (2021-06-30, 2021-06, 2021); None where the cell is none of these.

    Reads 2021-06-30 · 20210630 · 2021.6.30 · 2021년 6월 30일 · 30 Jun 2021 · June 30, 2021 · 44377 (a spreadsheet's day
    number) · 30/06/2021. Where day and month of the last form may be exchanged (01/02/2023), `day_first` decides;
    without it the cell is not read.
    """
    written = _TIME.sub("", unicodedata.normalize("NFKC", text).strip())
    if re.fullmatch(r"\d{5}(?:\.\d+)?", written) and int(written[:5]) in _EXCEL_DAYS:
        return (_EXCEL_EPOCH + dt.timedelta(days=int(written[:5]))).isoformat()
    if found := _YEAR.fullmatch(written):
        return found[1]
    if found := _YEAR_FIRST.fullmatch(written) or _DIGITS.fullmatch(written):
        return _day(found[1], found[2], found[3])
    if found := _YEAR_MONTH.fullmatch(written):
        return f"{found[1]}-{int(found[2]):02}" if 1 <= int(found[2]) <= 12 else None
    if found := _DAY_MONTH.fullmatch(written):
        first, second, year = found.groups()
        if int(first) > 12 or (day_first and int(second) <= 12) or first == second:
            return _day(year, second, first)
        return _day(year, first, second) if int(second) > 12 or day_first is False else None
    for form in _WORDS:
        if (found := form.fullmatch(written.lower())) and (month := _MONTHS.get(found["m"])):
            day = found.groupdict().get("d")
            return _day(found["y"], str(month), day) if day else f"{found['y']}-{month:02}"
    return None


def order_of(cells: Iterable[str]) -> bool | None:
    """Whether day stands before month in a file's dates: True or False where a cell proves it and none the contrary."""
    seen = set()
    for text in cells:
        if found := _DAY_MONTH.fullmatch(_TIME.sub("", text.strip())):
            if int(found[1]) > 12:
                seen.add(True)
            elif int(found[2]) > 12:
                seen.add(False)
    return seen.pop() if len(seen) == 1 else None


def is_order_unknown(text: str) -> bool:
    """Whether day and month of a cell cannot be told apart: 01/02/2023."""
    return (
        bool(_DAY_MONTH.fullmatch(_TIME.sub("", text.strip())))
        and parse_date(text) is None
        and (parse_date(text, day_first=True) is not None)
    )


def heading_day(heading: str) -> str | None:
    """The newest day, month or year that a heading names: `비중(2025-12)`, `Weight 30 Sep 2025`; None without one."""
    found = re.findall(
        r"(?:19|20)\d{2}[-./년]\s?\d{1,2}[-./월]\s?\d{1,2}|(?:19|20)\d{6}|(?:19|20)\d{2}[-./년]\s?\d{1,2}"
        r"|\d{1,2}\s[A-Za-z]{3,9}\s(?:19|20)\d{2}"
        r"|[A-Za-z]{3,9}\.?\s(?:19|20)\d{2}|(?:19|20)\d{2}",
        unicodedata.normalize("NFKC", heading),
    )
    return max((day for text in found if (day := parse_date(text))), default=None)


def _day(year: str, month: str, day: str) -> str | None:
    try:
        return dt.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
