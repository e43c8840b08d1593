"""Days, months and years as people write them."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_EXCEL_EPOCH: Final = dt.date(1899, 12, 30)
_EXCEL_DAYS: Final = range(20_000, 73_051)  # 1954 to 2100
_MONTHS: Final = "january february march april may june july august september october november december".split()
_DAY_MONTH: Final = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./]((?:19|20)\d{2})")
_FORMS: Final = tuple(
    re.compile(form.replace("YEAR", r"(?P<year>(?:19|20)\d{2})").replace("WORD", r"(?P<month>[a-z]{3,9})"))
    for form in (
        r"(?:(?:q[1-4]|[1-4]q|h[12]|[12]h)[-/\s]?)?YEAR년?(?:\.0|[-/\s]?(?:q[1-4]|[1-4]q|h[12]|[12]h|[1-4]분기|[상하]반기))?",
        r"YEAR[-./년年\s]+(?P<month>\d{1,2})[-./월月\s]+(?P<day>\d{1,2})[.일日]?",
        r"YEAR(?P<month>\d{2})(?P<day>\d{2})",
        r"YEAR[-./년年]\s?(?P<month>\d{1,2})[.월月]?",
        r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[-.\s]+WORD\.?,?[-.\s]+YEAR",
        r"WORD\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+YEAR",
        r"WORD\.?,?[-\s]+YEAR",
    )
)
_TIME: Final = re.compile(r"[T\s]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?$")


def parse_date(text: str, *, day_first: bool | None = None) -> str | None:
    """A day, month or year as datasets write them (2021-06-30, 2021-06, 2021); None where the cell is none of these.

    Reads 2021-06-30 · 20210630 · 2021.6.30 · 2021년 6월 30일 · 30 Jun 2021 · 30-Jun-21 · June 30, 2021 · 44377 (of a
    spreadsheet) · Q2 2021 (as the year) · 30/06/2021. If day and month of the last form are ambiguous (01/02/2023),
    `day_first` decides; without it the cell is not read.
    """
    written = _TIME.sub("", unicodedata.normalize("NFKC", text).strip())
    written = re.sub(r"(?i)^((?:\d{1,2}[- ])?[a-z]{3}-)(?=\d{2}$)", r"\g<1>20", written)
    if re.fullmatch(r"\d{5}(?:\.\d+)?", written) and int(written[:5]) in _EXCEL_DAYS:
        return (_EXCEL_EPOCH + dt.timedelta(days=int(written[:5]))).isoformat()
    if found := _DAY_MONTH.fullmatch(written):
        first, second, year = found.groups()
        is_day = day_first or (day_first is None and "." in written)  # 01.02.2024 is European
        if int(first) > 12 or (is_day and int(second) <= 12) or first == second:
            return _iso(year, second, first)
        return _iso(year, first, second) if int(second) > 12 or day_first is False else None
    found = next((found for form in _FORMS if (found := form.fullmatch(written.lower()))), None)
    return _iso(**found.groupdict()) if found else None


def order_of(cells: Iterable[str]) -> bool | None:
    """Whether a file's dates put the day first: True or False if a cell proves it and none contradicts; else None."""
    seen = set()
    for text in cells:
        if found := _DAY_MONTH.fullmatch(_TIME.sub("", text.strip())):
            if int(found[1]) > 12:
                seen.add(True)
            elif int(found[2]) > 12:
                seen.add(False)
    return seen.pop() if len(seen) == 1 else None


def is_order_unknown(text: str) -> bool:
    """Whether day and month of a cell are ambiguous: 01/02/2023."""
    return parse_date(text) is None and parse_date(text, day_first=True) is not None


def heading_day(heading: str) -> str | None:
    """The newest day, month or year that a heading names: `비중(2025-12)`, `Weight 30 Sep 2025`; None without one."""
    found = re.findall(
        r"(?:19|20)\d{2}[-./년]\s?\d{1,2}[-./월]\s?\d{1,2}|(?:19|20)\d{6}|(?:19|20)\d{2}[-./년]\s?\d{1,2}"
        r"|\d{1,2}\s[A-Za-z]{3,9}\s(?:19|20)\d{2}"
        r"|[A-Za-z]{3,9}\.?\s(?:19|20)\d{2}|(?:19|20)\d{2}",
        unicodedata.normalize("NFKC", heading),
    )
    return max((day for text in found if (day := parse_date(text))), default=None)


def _iso(year: str, month: str = "", day: str = "") -> str | None:
    """A day, month or year in ISO; None if there is no such date."""
    named = (number for number, name in enumerate(_MONTHS, 1) if name.startswith(month))
    number = next(named, 0) if month.isalpha() else int(month or 1)
    try:
        return dt.date(int(year), number, int(day or 1)).isoformat()[: 10 if day else 7 if month else 4]
    except ValueError:
        return None
