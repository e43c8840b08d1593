"""The headings of holdings files in English and Korean, the plainest of each first; which of several to read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stdnum import cusip, isin
from stdnum.gb import sedol

from screener.portfolio import kinds
from screener.readers.dates import heading_day
from screener.readers.header import Table, Vocabulary, known_headings
from screener.readers.numbers import heading_currency, parse_number
from screener.schema.identifiers import is_valid_brn, normalise_stock_code, squeeze

CODES: Final = ("isin", "stock_code", "dart", "lei", "brn", "crn", "cusip", "sedol", "figi")

HEADINGS: Final = known_headings("holdings")
WORDS: Final = Vocabulary(HEADINGS)

_NOT_NOW: Final = re.compile(
    r"(?i)benchmark|\bbm\b|벤치마크|index weight|active|초과|전월|전일|전기|전년|이전|직전|previous|prior"
    r"|last (?:month|quarter|year)|target|목표|model|모델"
    r"|\+/-|difference|change|변동|증감|취득|매입|장부|book|cost|손익|gain|loss|accrued|미수|평균|average|한도|limit|지분|owner|voting"
)
_SHAPES: Final = {
    "figi": r"BBG[0-9A-Z]{9}",
    "isin": r"[A-Z]{2}[A-Z0-9]{9}[0-9]",
    "lei": r"[A-Z0-9]{18}[0-9]{2}",
    "crn": r"[0-9]{13}",
}
_SAMPLE: Final = 200
_ISIN: Final = 12
_TICKER: Final = re.compile(r"(?i)[A-Z0-9./]{1,8}(?: [A-Z]{2})?(?: (?:EQUITY|CORP|GOVT|INDEX|CURNCY))?")
_CLASS: Final = re.compile(
    r"(?i)\W*(?:common|pref(?:erred|erence|\.)?|ordinary|equity|stock|shares?|bond|cash|fund|etf|adr|gdr|long"
    r"|short|주식|보통주?|우선주?|채권|현금|국내|해외|(?:class|series) \w)"
    r"(?: (?:stock|shares?|equity))?\W*"
)
# What was done, and when, in lists of trades.
_TRADED: Final = re.compile(
    r"(?i)((?:you )?(?:buy|sell|bought|sold|purchased?|sale|b|s)(?: \W?.*)?|[가-힣]{0,4}(?:매수|매도))"
    r"|(?:dividend|reinvest|deposit|withdraw|interest|fee).*|(?:배당|입금|입고|출금|출고|이체|환전|이자).*"
)
_TRADING: Final = re.compile(
    r"(?i)trad(?:e|ing) (?:date|day|time|type)|transaction|settle|execut|run date|^date$|거래(?:일|시간|구분|유형|종류)"
    r"|체결(?!기준|잔고)|매매일|결제일|주문|^일자$|^날짜$"
)

SINGLE: Final = tuple(column for column in HEADINGS if column not in ("name", "firm", *CODES))
_OF_SECURITIES: Final = {"isin", "cusip", "sedol", "figi"}


def recognise(heading: str) -> str | None:
    """The column that a heading means, or none: a benchmark's weight or a book value is not a holding."""
    column = "weight" if heading in ("%", "％") else WORDS.recognise(heading)
    return None if column in ("weight", "value") and _NOT_NOW.search(heading) else column


def in_one_currency(heading: str) -> bool:
    """Whether the heading of values says that all are in the fund's currency, whatever each security's own is."""
    said = r"(?i)\bbase\b|\b(?:fund|portfolio|report\w*) (?:ccy|currency)|solvency ii|환산|원화"
    return re.search(said, heading.replace("_", " ")) is not None


def are_trades(table: Table, one: Mapping[str, str]) -> bool:
    """Whether a table lists what was bought and sold: such a column, and a day of trading or no value held."""
    held = "weight" in one or re.search(r"(?i)market|mkt|mv|평가", one.get("value", ""))
    if held and not any(map(_TRADING.search, table.headings)):
        return False
    cells = ([cell for cell in table.column(heading) if cell][:_SAMPLE] for heading in table.headings)
    said = ([_TRADED.fullmatch(cell) for cell in column] for column in cells)
    return any(all(column) and any(found[1] for found in column if found) for column in said)


def parts_of_percent(heading: str) -> float | None:
    """How many of the units that a weight heading names make a percent: 1, 10 per mille, 100 basis points, or none."""
    for said, parts in ((r"\bbps?\b|basis points", 100.0), ("‰|per mille", 10.0), ("%|pct|percent|퍼센트|％", 1.0)):
        if re.search(said, heading, re.IGNORECASE):
            return parts
    return None


@dataclass(frozen=True)
class Columns:
    """The headings that were chosen.

    one: column -> heading for those of SINGLE.
    names: headings of names, the best first; codes: heading -> the column that it names for its numbers.
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
        """Heading -> column, of all headings that are read; of quantities only the sign is."""
        single = {heading: column for column, heading in self.one.items() if column != "quantity"}
        return single | dict.fromkeys(self.names, "name") | self.codes


def choose(table: Table, given: Mapping[str, str]) -> Columns:
    """Chooses the columns of a table; those that a person named take precedence."""
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
        newest, why = max(heading_day(heading) or "" for heading in several), "the plainest"
        currencies = table.column(one.get("currency") or next(iter(candidates["currency"]), None))
        if column == "value" and len(set(currencies)) > 1:
            several = [h for h in several if in_one_currency(h) or heading_currency(h)] or several
            why = "the one in a single currency"
        one[column] = min((h for h in several if (heading_day(h) or "") == newest), key=WORDS.place)
        if column in ("weight", "value") and len(candidates[column]) > 1:
            why, listed = "the newest" if newest else why, ", ".join(map(repr, candidates[column]))
            notes.append(f"several columns of {column}s: {one[column]!r} is read, {why} of {listed}")
    if one.keys().isdisjoint(("weight", "value")):
        # Parts prove themselves by their sum, whatever the heading: `Procentowy udział w aktywach`.
        unknown = (h for h in table.headings if not WORDS.recognise(h) and not _NOT_NOW.search(h))
        parts = [heading for heading in unknown if _are_parts(table.column(heading))]
        if len(parts) == 1:
            one["weight"] = parts[0]
            notes.append(f"{parts[0]!r} was read as the weights: it sums to 100 %")
    codes = {heading: column for column, heading in here.items() if column in CODES}
    codes |= {heading: column for column in CODES for heading in candidates[column]}
    likeness: dict[str, float] = {}
    # Of vendors it is what they sell; a list of suppliers or buyers names no others.
    names = [h for h in candidates["name"] if h != "종목" or "업태" not in table.headings]
    names = names or ([] if _OF_SECURITIES & {*codes.values()} else candidates["firm"][:1])
    # Some name their companies in a column without a heading, or under that of a group: `Common Stocks (98.5%)`.
    unnamed = [h for h in table.headings if re.fullmatch(r"column \d+", h) or kinds.is_group(h.rstrip("*†"))]
    candidates["name"] = names or unnamed
    for heading in candidates["name"]:
        cells = [cell for cell in table.column(heading)[:_SAMPLE] if cell]
        likeness[heading] = _name_likeness(cells)
        # Short numbers under such a heading may as well be amounts.
        if 2 * sum(_is_code(cell) and not re.fullmatch(r"[\d.,]{1,4}", cell) for cell in cells) > len(cells):
            codes.setdefault(heading, "stock_code")
    least = 0.5 * max(likeness.values(), default=0.0)
    fit = [heading for heading in likeness if heading not in codes and likeness[heading] >= least]
    fit = [heading for heading in fit if likeness[heading] > 0 or (recognise(heading) and not least)]
    names = [here[column] for column in ("name", "firm") if column in here]
    names += sorted(fit, key=WORDS.place)
    if "isin" not in codes.values():
        # ISINs prove themselves by their check digit, whatever the heading; one alone is that of the fund.
        for heading in table.headings:
            cells = [cell for cell in table.column(heading)[:_SAMPLE] if cell]
            numbers = {cell for cell in cells if any(map(str.isdigit, cell))}
            valid = {cell for cell in numbers if len(cell) == _ISIN and isin.is_valid(cell)}
            is_one = len(valid) > 1 or len(table.rows) == 1
            if is_one and 2 * len(valid) > len(numbers) and heading not in names and not isin.is_valid(heading):
                codes[heading] = "isin"
    if not names and not codes and candidates["name"] != unnamed:
        names = candidates["name"][:1]
    return Columns(one, names, {h: codes[h] for h in table.headings if h in codes}, notes)


def _are_parts(cells: Sequence[str | None]) -> bool:
    """Whether a column has at least five different numbers, some with decimals, that sum to 100 without their total."""
    numbers = [n.value for cell in cells if (n := parse_number(cell or "")) and n.value != 100]
    varied = len(set(numbers)) >= 5 and not all(map(float.is_integer, numbers))
    return varied and abs(sum(numbers) - 100) < 0.1


def classify_code(text: str, said: str) -> str:
    """The column of a number by its shape and check digit, else that of its heading (`said`)."""
    plain = re.sub(r"[-.]", "", squeeze(text))
    if column := next((column for column, shape in _SHAPES.items() if re.fullmatch(shape, plain)), None):
        return column
    if re.fullmatch(r"[0-9]{10}", plain) and said != "crn" and (said == "brn" or is_valid_brn(plain)):
        return "brn"
    if cusip.is_valid(plain):
        return "cusip"
    if re.fullmatch(r"[0-9]{8}", plain) and said not in ("brn", "crn"):
        return "dart"
    if said != "dart" and sedol.is_valid(plain):
        return "sedol"
    if said not in ("dart", "brn", "crn") and normalise_stock_code(text):
        return "stock_code"
    return said


def is_word(cell: str, said: str) -> bool:
    """Whether a text in a column of numbers can be none: it has other letters, or no digit, and is no ticker."""
    if re.search("[가-힣ぁ-ヿ一-鿿]", cell):
        return True
    return not any(map(str.isdigit, cell)) and not (said == "stock_code" and _TICKER.fullmatch(cell))


def _name_likeness(cells: Sequence[str]) -> float:
    if not cells:
        return 0.0
    like = sum(not _is_code(cell) and not _CLASS.fullmatch(cell) and sum(map(str.isalpha, cell)) >= 2 for cell in cells)
    # A ticker may be a name (KT, LG), but a column of tickers next to longer texts is not the one with the names.
    short = sum(bool(cell.isascii() and _TICKER.fullmatch(cell) and cell == cell.upper()) for cell in cells)
    variety = len(set(cells)) / len(cells)
    return (like - 0.6 * min(short, like)) / len(cells) * (0.3 + 0.7 * variety)


def _is_code(cell: str) -> bool:
    return bool(re.fullmatch(r"[A-Z0-9./]{1,9} [A-Z]{2}(?: EQUITY)?", cell.upper())) or (
        classify_code(cell, "") != "" and any(map(str.isdigit, cell))
    )
