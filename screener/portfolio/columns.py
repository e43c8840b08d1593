"""Which heading of a holdings table carries which column, where several might."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stdnum import cusip, figi
from stdnum.gb import sedol

from screener.portfolio.headings import CODES, WORDS, recognise
from screener.readers.dates import heading_day
from screener.readers.header import Table
from screener.schema.identifiers import is_valid_brn, normalise_stock_code, squeeze

_SAMPLE: Final = 200
_TICKER: Final = re.compile(r"[A-Z0-9./]{1,8}(?: [A-Z]{2})?(?: (?:EQUITY|CORP|GOVT|INDEX|CURNCY))?", re.IGNORECASE)
_CLASS: Final = re.compile(
    r"\W*(?:common|pref(?:erred|erence|\.)?|ordinary|equity|stock|shares?|bond|cash|fund|etf|adr|gdr|long"
    r"|short|주식|보통주?|우선주?|채권|현금|국내|해외|(?:class|series) \w)"
    r"(?: (?:stock|shares?|equity))?\W*",
    re.IGNORECASE,
)


SINGLE: Final = ("weight", "value", "currency", "country", "asset_class")


@dataclass(frozen=True)
class Columns:
    """The headings that were chosen.

    one: column -> heading for those of SINGLE.
    names: headings of names, the best first; codes: heading -> column that its numbers are of by what it says.
    """

    one: dict[str, str]
    names: list[str]
    codes: dict[str, str]
    notes: list[str]

    @property
    def identify(self) -> bool:
        """Whether any column identifies a company."""
        return bool(self.names or self.codes)

    @property
    def used(self) -> dict[str, str]:
        """Heading -> column, of all headings that are read."""
        single = {heading: column for column, heading in self.one.items()}
        return single | dict.fromkeys(self.names, "name") | self.codes


def choose(table: Table, given: Mapping[str, str]) -> Columns:
    """Chooses the columns of a table; what a person named goes before what is recognised."""
    here = {column: heading for column, heading in given.items() if heading in table.headings}
    candidates: dict[str, list[str]] = {column: [] for column in WORDS.columns}
    for heading in table.headings:
        if heading not in here.values() and (column := recognise(heading)):
            candidates[column].append(heading)
    notes: list[str] = []
    one = {column: heading for column, heading in here.items() if column in SINGLE}
    for column in SINGLE:
        several = candidates[column]
        if column in one or not several:
            continue
        newest = max(heading_day(heading) or "" for heading in several)
        one[column] = min((h for h in several if (heading_day(h) or "") == newest), key=WORDS.place)
        if column in ("weight", "value") and len(several) > 1:
            why, listed = "the newest" if newest else "the plainest", ", ".join(map(repr, several))
            notes.append(f"several columns of {column}s: {one[column]!r} is read, {why} of {listed}")
    codes = {heading: column for column, heading in here.items() if column in CODES}
    codes |= {heading: column for column in CODES for heading in candidates[column]}
    likeness: dict[str, float] = {}
    for heading in candidates["name"]:
        cells = [cell for cell in table.column(heading)[:_SAMPLE] if cell]
        likeness[heading] = _name_likeness(cells)
        if 2 * sum(map(_is_code, cells)) > len(cells):
            codes.setdefault(heading, "stock_code")
    least = 0.5 * max(likeness.values(), default=0.0)
    fit = [heading for heading in likeness if heading not in codes and likeness[heading] >= least]
    fit = [heading for heading in fit if likeness[heading] > 0 or not least]
    names = [here["name"]] if "name" in here else []
    names += sorted(fit, key=WORDS.place)
    if not names and not codes:
        names = candidates["name"][:1]
    return Columns(one, names, {h: codes[h] for h in table.headings if h in codes}, notes)


def classify_code(text: str, said: str) -> str:
    """The column that a number belongs to by its shape and check digit, else that of its heading (`said`)."""
    plain = re.sub(r"[-.]", "", squeeze(text))
    if re.fullmatch(r"BBG[0-9A-Z]{9}", plain):
        return "figi"
    if re.fullmatch(r"[A-Z]{2}[A-Z0-9]{9}[0-9]", plain):
        return "isin"
    if re.fullmatch(r"[A-Z0-9]{18}[0-9]{2}", plain):
        return "lei"
    if re.fullmatch(r"[0-9]{13}", plain):
        return "crn"
    if re.fullmatch(r"[0-9]{10}", plain) and said != "crn" and (said == "brn" or is_valid_brn(plain)):
        return "brn"
    if len(plain) == 9 and cusip.is_valid(plain):
        return "cusip"
    if re.fullmatch(r"[0-9]{8}", plain) and said not in ("brn", "crn"):
        return "dart"
    if (
        said != "dart"
        and re.fullmatch(r"[0-9B-DF-HJ-NP-TV-Z]{6}[0-9]", plain)
        and sedol.is_valid(plain)
        and not figi.is_valid(plain)
    ):
        return "sedol"
    if said not in ("dart", "brn", "crn") and normalise_stock_code(text):
        return "stock_code"
    return said


def _name_likeness(cells: Sequence[str]) -> float:
    if not cells:
        return 0.0
    like = sum(not _is_code(cell) and not _CLASS.fullmatch(cell) and sum(map(str.isalpha, cell)) >= 2 for cell in cells)
    # A ticker may be a name (KT, LG), but a column of tickers beside one of longer texts is not the one with the names.
    short = sum(bool(cell.isascii() and _TICKER.fullmatch(cell) and cell == cell.upper()) for cell in cells)
    variety = len(set(cells)) / len(cells)
    return (like - 0.6 * min(short, like)) / len(cells) * (0.3 + 0.7 * variety)


def _is_code(cell: str) -> bool:
    return bool(re.fullmatch(r"[A-Z0-9./]{1,9} [A-Z]{2}(?: EQUITY)?", cell.upper())) or (
        classify_code(cell, "") != "" and any(map(str.isdigit, cell))
    )
