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
from screener.readers.header import column as cells_of
from screener.schema.identifiers import is_valid_brn, normalise_stock_code, squeeze

_SAMPLE: Final = 200
_TICKER: Final = re.compile(r"[A-Z0-9./]{1,8}(?: [A-Z]{2})?(?: (?:EQUITY|CORP|GOVT|INDEX|CURNCY))?", re.IGNORECASE)
_CLASS: Final = re.compile(
    r"\W*(?:common|pref(?:erred|erence|\.)?|ordinary|equity|stock|shares?|bond|cash|fund|etf|adr|gdr|long"
    r"|short|주식|보통주?|우선주?|채권|현금|국내|해외|(?:class|series) \w)"
    r"(?: (?:stock|shares?|equity))?\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Columns:
    """The headings that were chosen.

    one: column -> heading for weight, value, currency, country and asset_class.
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
        return (
            {heading: column for column, heading in self.one.items()} | dict.fromkeys(self.names, "name") | self.codes
        )


def choose(table: Table, given: Mapping[str, str]) -> Columns:
    """Chooses the columns of a table; what a person named goes before what is recognised."""
    here = {column: heading for column, heading in given.items() if heading in table.headings}
    candidates: dict[str, list[str]] = {column: [] for column in WORDS.columns}
    for heading in table.headings:
        if heading not in here.values() and (column := recognise(heading)):
            candidates[column].append(heading)
    notes: list[str] = []
    one = {c: h for c, h in here.items() if c not in (*CODES, "name")}
    for column in ("weight", "value", "currency", "country", "asset_class"):
        if column in one or not candidates[column]:
            continue
        several = candidates[column]
        newest = max((heading_day(heading) or "" for heading in several), default="")
        dated = [heading for heading in several if (heading_day(heading) or "") == newest]
        one[column] = min(dated, key=WORDS.place)
        if column in ("weight", "value") and len(several) > 1:
            why = "the newest" if newest else "the plainest"
            notes.append(
                f"several columns of {column}s: {one[column]!r} is read, {why} of {', '.join(map(repr, several))}"
            )
    codes = {h: c for c, h in here.items() if c in CODES}
    codes |= {heading: column for column in CODES for heading in candidates[column]}
    names = [here["name"]] if "name" in here else []
    likeness = {heading: _name_likeness(_cells(table, heading)) for heading in candidates["name"]}
    for heading in candidates["name"]:
        if _share_of_codes(_cells(table, heading)) > 0.5:
            codes.setdefault(heading, "stock_code")
    best = max(likeness.values(), default=0.0)
    fit = [
        h for h in candidates["name"] if h not in codes and likeness[h] >= 0.5 * best and (likeness[h] > 0 or best == 0)
    ]
    names += sorted(fit, key=WORDS.place)
    if not names and not codes and candidates["name"]:
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


def _cells(table: Table, heading: str) -> list[str]:
    return [cell for cell in cells_of(table, heading)[:_SAMPLE] if cell]


def _name_likeness(cells: Sequence[str]) -> float:
    if not cells:
        return 0.0
    like = sum(not _is_code(cell) and not _CLASS.fullmatch(cell) and sum(map(str.isalpha, cell)) >= 2 for cell in cells)
    # A ticker may be a name (KT, LG), but a column of tickers beside one of longer texts is not the one with the names.
    short = sum(bool(cell.isascii() and _TICKER.fullmatch(cell) and cell == cell.upper()) for cell in cells)
    variety = len(set(cells)) / len(cells)
    return (like - 0.6 * min(short, like)) / len(cells) * (0.3 + 0.7 * variety)


def _share_of_codes(cells: Sequence[str]) -> float:
    return sum(_is_code(cell) for cell in cells) / len(cells) if cells else 0.0


def _is_code(cell: str) -> bool:
    return bool(re.fullmatch(r"[A-Z0-9./]{1,9} [A-Z]{2}(?: EQUITY)?", cell.upper())) or (
        classify_code(cell, "") != "" and any(map(str.isdigit, cell))
    )
