"""Where a table begins in a sheet, and what its headings mean: titles above, one or two header rows."""

import itertools
import re
import tomllib
import unicodedata
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Final

from screener.errors import ScreenerError
from screener.readers.dates import heading_day
from screener.readers.numbers import CURRENCIES, parse_number
from screener.readers.sheets import Row, Sheet

_HEADER_SEARCH: Final = 60  # brokers put titles and dates above the table
_NAMED_AT_MOST: Final = 12
_HEADINGS_AT_LEAST: Final = 3
_HEADINGS_AMONG_OTHERS: Final = 5
_UNIT: Final = re.compile(
    rf"\b(?:in )?(?:(?:{'|'.join(sorted(CURRENCIES))}|euros?)\b|(?:us|r)\$|[₩$€£¥])|"
    r"\b(?:in )?(?:thousands?|millions?|billions?|mn|mio|bn|tsd|t?kr)\b|[십백천]?[조억만]\s*원?$|[백천]\s*원$|원$",
    re.IGNORECASE,
)

_NAMED: Final = ("name", "isin", "supplier", "buyer")
# What pivots, XML and templates put around a heading: `Sum of Weight`, `합계 : 비중`, `ns1:value`, `invstOrSec_name`
# of N-PORT, `26_Valuation weight` of the Tripartite Template, `Currency C0260` of Solvency II.
_AROUND: Final = re.compile(
    r"(?i)^(?:ns\d*:|invstorsec_|(?:invstorsec|identifiers|holdings?|positions?|security|instrument|data)\.|sum of "
    r"|합계\s*:|\d{1,3}[a-z]?_)+\s*|\s*\bC\d{4}$"
)
_FILLERS: Final = frozenset(("of", "the", "in", "en", "i", "to", "for", "by"))
_SHARES: Final = ("weight", "input_share")
# The same as in the cell above.
_DITTO: Final = frozenset(
    ("〃", "″", "상동", "위와 같음", "위와같음", "同上", "ditto", "Ditto", "DITTO", "-do-", "-DO-")
)
# What is not in a plain list: columns in one cell, a sentence.
_NO_ITEM: Final = re.compile(r"\S\s{2,}\S|[,;|]\S|(?:\S+\s+){8}|[.:!?]$(?<!ltd.)(?<!inc.)(?<!corp.)(?<!co.)", re.I)
# What a comma without quotes parted: a company form from its name, thousands.
_PARTED: Final = re.compile(
    r"(?i).*[^\W\d].*,\s*(?:co\.?,? )?(?:ltd|inc|llc|corp|plc|limited|incorporated)\.?"
    r"|-?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?"
)
_BRACKETS: Final = re.compile(r"[(\[][^()\[\]]*[)\]]|%|C\d{4}")
_COST: Final = re.compile(r"(?i)취득|매입|장부|cost|book|purchase")


def folded(heading: str) -> str:
    """The heading for comparison: NFKC, lower case, only letters, digits and `%`."""
    return re.sub(r"[^\w%]|_", "", unicodedata.normalize("NFKC", heading).lower())


def _words(heading: str) -> frozenset[str]:
    """The words of a heading in full and in any order: `Pct of NAV`, `NAV %`."""
    words = re.findall(r"[^\W_]+|%", heading.lower())
    return frozenset(_SHORTENED.get(word, word) for word in words if word not in _FILLERS)


@cache
def written() -> dict[str, dict[str, str]]:
    """The tables of `headings.toml`, as they stand there."""
    return tomllib.loads((Path(__file__).parent / "headings.toml").read_text(encoding="utf-8"))


def known_headings(kind: str) -> dict[str, tuple[str, ...]]:
    """The known headings of each column of a kind of table, from `headings.toml`.

    `{supplier} country` there stands for each heading of suppliers, followed by this word.
    """
    listed = {column: text.split("|") for column, text in (written()["deliveries"] | written()[kind]).items()}

    def forms(word: str) -> list[str]:
        of = re.search(r"\{(\w+)\}", word)
        return [word.replace(of[0], one) for one in listed[of[1]] if "{" not in one] if of else [word]

    return {column: tuple(itertools.chain.from_iterable(map(forms, listed[column]))) for column in written()[kind]}


_SHORTENED: Final = dict(pair.split("=") for pair in written()["words"]["shortened"].split())
_DAY: Final = re.compile(written()["words"]["day"], re.IGNORECASE)


class Vocabulary:
    """The known headings of each column of a kind of table, compared as `folded`."""

    def __init__(self, headings: Mapping[str, Sequence[str]]) -> None:
        self.columns: Final = tuple(headings)
        self._known: Final = {
            folded(word): (column, place) for column, words in headings.items() for place, word in enumerate(words)
        }
        every = itertools.chain.from_iterable(headings.values())
        self._by_words: Final = {_words(word): self._known[folded(word)] for word in every}

    def recognise(self, heading: str) -> str | None:
        """The column that a heading means, or none; day, currency, unit and brackets in it are ignored."""
        return self._found(heading)[0]

    def place(self, heading: str) -> tuple[int, bool]:
        """The position of a heading among those of its column, plainest first; one with brackets says more."""
        return self._found(heading)[1], "(" in heading

    def _found(self, heading: str) -> tuple[str | None, int]:
        text = _AROUND.sub("", unicodedata.normalize("NFKC", heading))
        bare = re.sub(r"\([^)]*\)?|\[[^\]]*\]?", " ", text)
        undated = _DAY.sub(" ", bare).strip(" -_:,·")
        unitless = _UNIT.sub(" ", undated.replace("_", " ")).strip()
        for form in (text, bare, undated, unitless):
            if (key := folded(form)) and key in self._known:
                return self._known[key]
        words = _words(unitless)
        if len(words) > 1 and (found := self._by_words.get(words)):
            return found
        # Of what is in percent, `Anteil in %`; `Value %` is none of values.
        if "%" in words and (found := self._by_words.get(words - {"%"})):
            return found if found[0] in _SHARES else (None, len(self._known))
        first, last = (self._known.get(folded(bare.split("/")[end]), (None, 0)) for end in (0, -1))
        which = {first[0], last[0]} == {"supplier", "buyer"}  # `Customer/Supplier` names none, but says which
        if "/" in bare and last[0] in _NAMED and not which:  # `Region / Company`, but not `Price / Book Value`
            return last
        if first[0] == "supplier" and not which:  # `Vendor/supplying plant`
            return first
        # Both languages in one heading: `비중 Weight`, `종목명/Name`; `時価総額(円) (MARKET VALUE (JPY))`.
        either = (re.sub(r"[^가-힣]+", " ", bare), re.sub(r"[가-힣/|]+", " ", bare))
        korean, latin = (self._known.get(folded(form), (None, 0)) for form in either)
        if not re.search("[가-힣A-Za-z]", bare):
            korean = latin = self._known.get(folded(_UNIT.sub(" ", re.sub("[^A-Za-z%]+", " ", text))), (None, 0))
        return korean if korean[0] and korean[0] == latin[0] else (None, len(self._known))


@dataclass(frozen=True)
class Table:
    """A table found in a sheet.

    headings: one for each column, each once (a second `Weight` is `Weight (2)`). above: rows above them.
    lines: number in the sheet of each record; `rows` the cells, as many as there are headings.
    offset: added to the line numbers, so that rows are numbered uniquely over all sheets of a file.
    sheet_no: the place of its sheet in the file; a sheet may hold several tables, one below the other.
    """

    sheet: Sheet
    headings: list[str]
    above: int
    lines: list[int]
    rows: list[Row]
    recognised: int
    notes: list[str] = field(default_factory=list)
    offset: int = 0
    sheet_no: int = 0

    def column(self, heading: str | None) -> list[str | None]:
        """The cells under a heading, one per record; all empty if there is no heading."""
        if heading is None:
            return [None] * len(self.rows)
        place = self.headings.index(heading)
        return [row[place] for row in self.rows]

    def stated(self, words: Vocabulary) -> dict[str, str]:
        """What the rows above say of all records, by column: `Buyer: Kia`, or `구매사` next to a cell with its name."""
        said: dict[str, str] = {}
        for row in self.sheet.rows[: self.above]:
            cells = [cell for cell in row if cell]
            parted = [found.groups() for cell in cells if (found := re.fullmatch(r"([^:：]+)[:：]\s*(.+)", cell))]
            beside = [pair for pair in itertools.pairwise(cells) if not words.recognise(pair[1])]
            for label, value in parted or beside:
                if column := words.recognise(label):
                    said.setdefault(column, value)
        return said

    def unused(self, used: Container[str]) -> list[str]:
        """The headings of filled columns that were not used."""
        return [heading for heading in self.headings if heading not in used and any(self.column(heading))]


def find_table(sheet: Sheet, words: Vocabulary, given: Sequence[str] = ()) -> Table:
    """Finds the header of a sheet with a filled cell, and cuts its records.

    `words` are the known headings; those that a person named (`given`) count equally.
    """
    rows, first = sheet.rows, sheet.first
    named = {folded(heading) for heading in given}

    def is_known(cell: str | None) -> bool:
        return cell is not None and (words.recognise(cell) is not None or folded(cell) in named)

    counts = [len({words.recognise(c) or folded(c) for c in row if c and is_known(c)}) for row in rows[:_HEADER_SEARCH]]
    most = max(counts, default=0)
    if not (most or given) and (lines := _plain_list(rows)):
        return Table(sheet, _once([None]), 0, [number + first for number in lines], list(lines.values()), 0)
    # No known heading: the first line with any text, so that a person can name its columns.
    top = counts.index(most) if most else next((number for number, row in enumerate(rows) if any(row)), 0)
    head, depth, paired = _header(rows, top, is_known, sheet)
    wide = len(head) // 2 if paired else len(head)
    # A header that stands again, and the title above it, are no records; a title may say another page.
    again = rows[top : top + 1 + paired]
    repeated = {n for n, row in enumerate(rows) if n >= top + depth and row in again}
    for number in sorted(repeated):
        up = 1
        while up <= top and _undigited(rows[number - up]) == _undigited(rows[top - up]):
            repeated.add(number - up)
            up += 1
    records = [n for n, row in enumerate(rows) if n >= top + depth and any(row) and n not in repeated]
    notes = []
    if any(map(any, rows[:top])):
        notes.append(f"the table begins in row {top + first}; the rows above it were taken for a title")
    rows = [_with_commas(row, wide) if len(row) > wide else row for row in rows]
    if overlong := [number + first for number in records if any(rows[number][wide:])]:
        which = ", ".join(map(str, overlong[:10])) + (", …" if len(overlong) > 10 else "")
        beyond = "what lies beyond it was not read (a comma in a name needs quotes)"
        notes.append(f"rows {which} have more cells than the header; {beyond}")
    cut = [_cut(rows[number], wide) for number in records]
    for number, row in enumerate(cut[1:], 1):
        if not _DITTO.isdisjoint(row):
            cut[number] = [same if cell in _DITTO else cell for cell, same in zip(row, cut[number - 1], strict=True)]
    if paired:
        notes.append("each record takes two lines, as the two header lines say")
        cut = [upper + lower for upper, lower in zip(cut[::2], cut[1::2], strict=True)]
        records = records[::2]
    return Table(sheet, _once(head), top, [number + first for number in records], cut, most, notes)


def _plain_list(rows: Sequence[Row]) -> dict[int, Row]:
    """The filled cell of each row by number, if each row has at most one and all may be names or numbers."""
    joined = (_with_commas([cell for cell in row if cell], 1) for row in rows)
    lines = {number: row for number, row in enumerate(joined) if row}
    cells = [cell for line in lines.values() for cell in line if cell]
    return {} if len(cells) > len(lines) or any(map(_NO_ITEM.search, cells)) else lines


def _with_commas(row: Row, wide: int) -> Row:
    """A row as wide as the header, cells joined that commas parted: `Kia Co.`, `Ltd.`; `1`, `200`."""
    joined: Row = []
    for cell in row:
        if cell and joined and joined[-1] and _PARTED.fullmatch(f"{joined[-1]},{cell}"):
            joined[-1] += ("," if cell[:1].isdigit() else ", ") + cell
        else:
            joined.append(cell)
    return row if len(joined) < wide or any(joined[wide:]) else joined


def _undigited(row: Row) -> Row:
    return [cell and re.sub(r"\d+", "0", cell) for cell in row]


def stacked_tables(sheet: Sheet, words: Vocabulary) -> list[Sheet]:
    """The parts of a sheet with one table each; a further one begins with other headings than those above.

    A line of headings has at least three known ones and more than other texts, or at least five; and no number.
    """
    begins, last = [0], 0
    head: Row | None = None
    has_records = False
    for number, row in enumerate(sheet.rows):
        cells = [cell for cell in row if cell]
        has_number = any(cell[:1].isdigit() for cell in cells)
        has_records = has_records or (has_number and len(cells) > 1)
        if len(cells) < 2 or row == head or has_number:
            continue
        known = [column for cell in cells if (column := words.recognise(cell))]
        enough = _HEADINGS_AT_LEAST if 2 * len(known) > len(cells) else _HEADINGS_AMONG_OTHERS
        # A summary after a blank line: `Sector`, `Weight`.
        is_summary = has_records and not any(sheet.rows[number - 1]) and not {"weight", "value"}.isdisjoint(known)
        is_header = len(set(known)) >= enough
        if not (is_header or is_summary):
            continue
        # Two lines of headings belong together; whatever is above the first one is its title.
        if (head is not None or not is_header) and number > last + 1:
            begins.append(number)
        head, last = row, number
    ends = [*begins[1:], len(sheet.rows)]
    parts = (
        replace(sheet, rows=sheet.rows[begin:end], first=sheet.first + begin)
        for begin, end in zip(begins, ends, strict=True)
    )
    return [part for part in parts if any(map(any, part.rows))]


def _header(
    rows: Sequence[Row], top: int, is_known: Callable[[str | None], bool], sheet: Sheet
) -> tuple[Row, int, bool]:
    """The headings, how many rows they take from `top` on, and whether a record takes two lines."""
    upper = rows[top] if rows else []
    under = rows[top + 1] if top + 1 < len(rows) else []
    width = max(len(upper), len(under))
    first, second = _cut(upper, width), _cut(under, width)
    texts = [cell for cell in second if cell]
    joined = _joined(first, second, is_known)
    if texts and all(_BRACKETS.fullmatch(cell) for cell in texts):  # units of the columns, or their codes
        return joined, 2, False
    new = [place for place in range(width) if is_known(second[place]) and second[place] != first[place]]
    if texts and not any(_is_value(cell) for cell in texts):
        third = _cut(rows[top + 2], width) if top + 2 < len(rows) else []
        numbers = any(a and b and parse_number(b) for a, b in zip(second, third, strict=bool(third)))
        below = [row for row in rows[top + 2 :] if row not in (upper, under)]
        old = all(is_known(first[place]) for place in new)
        if new and old and _alternates(below, sheet):
            filled = max(place + 1 for place in range(width) if first[place] or second[place])
            return _cut(first, filled) + _cut(second, filled), 2, True
        if (new and numbers and len(texts) >= _HEADINGS_AT_LEAST) or sum(map(is_known, joined)) > sum(
            map(is_known, first)
        ):
            return joined, 2, False
    if top:
        above = _cut(rows[top - 1], len(upper))
        completes = any(is_known(a) and b is None for a, b in zip(above, upper, strict=True))
        repeats = len({cell for cell in upper if cell}) < sum(cell is not None for cell in upper)
        # Two days above the same headings tell them apart.
        if (completes or repeats) and not any(_is_value(cell) and not heading_day(cell) for cell in above if cell):
            return _joined(above, upper, is_known), 1, False
    return list(upper), 1, False


def _alternates(rows: Sequence[Row], sheet: Sheet) -> bool:
    """Whether lines below two header lines alternate between two kinds, by which cells are numbers.

    Raises:
        ScreenerError: they do, but the last record has only one line.
    """
    shapes = [tuple(cell is not None and parse_number(cell) is not None for cell in row) for row in rows if any(row)]
    odd, even = set(shapes[::2]), set(shapes[1::2])
    if len(shapes) < 2 or odd & even:
        return False
    if len(shapes) % 2:
        raise ScreenerError(
            "the table has two header lines, so two lines a record, but an odd number of lines",
            where=f"sheet {sheet.name}" if sheet.name else None, found=len(shapes),
            do="put each record on one line",
        )  # fmt: skip
    return True


def _joined(upper: Row, lower: Row, is_known: Callable[[str | None], bool]) -> Row:
    """Headings of two rows: a lower one that says too little gets the name of its group."""
    joined: Row = []
    group: str | None = None
    for above, below in zip(upper, lower, strict=True):
        group = above or group
        both = f"{group} {below}" if below and group and group != below else below or above
        alone = is_known(below) and not is_known(both) and not _COST.search(group or "")
        joined.append(below if alone else both)
    return joined


def _is_value(cell: str) -> bool:
    return parse_number(cell) is not None or any(sign.isdigit() for sign in cell[:1]) or bool(heading_day(cell))


def _cut(row: Row, width: int) -> Row:
    return row if len(row) == width else [*row[:width], *[None] * (width - len(row))]


def _once(head: Row) -> list[str]:
    """The headings made unique: empty ones by position, repeated ones by a count."""
    names: list[str] = []
    for number, cell in enumerate(head, 1):
        name = cell or f"column {number}"
        again = (f"{name} ({count})" for count in itertools.count(2))
        names.append(name if name not in names else next(one for one in again if one not in names))
    return names


def read_tables(
    sheets: Sequence[Sheet],
    words: Vocabulary,
    given: Mapping[str, str],
    option: str,
    where: str,
    lacks: Callable[[Table], tuple[str, str] | None],
) -> tuple[list[Table], list[str]]:
    """The wanted tables of a file, without covers and sheets that repeat lines of another; and notes.

    The first table has the offset 0, the others multiples of a power of ten.

    Args:
        sheets: of the file, at least one with a filled cell.
        words: which headings are known.
        given: column -> heading, as a person named them with `option`.
        option: named in errors.
        where: the file, named in errors.
        lacks: what a table lacks, and what to do about it; none if it is a wanted table.

    Raises:
        ScreenerError: `given` names a missing heading, or there is no wanted table.
    """
    for column in given:
        if column not in words.columns:
            do = f"use one of {', '.join(words.columns)}"
            raise ScreenerError("no such column", where=option, found=column, do=do)
    stacked = [(number, part) for number, sheet in enumerate(sheets) for part in stacked_tables(sheet, words)]
    tables = [replace(find_table(part, words, list(given.values())), sheet_no=number) for number, part in stacked]
    widest = max(tables, key=lambda table: table.recognised)
    for column, heading in given.items():
        if not any(heading in table.headings for table in tables):
            do = f"its headings are {', '.join(widest.headings[:20])}"
            raise ScreenerError("the file has no such heading", where=f"{option} {column}", found=heading, do=do)
    side = [cell for row in widest.sheet.rows[widest.above :] for cell in row[:1] if cell]
    known = {words.recognise(cell) for cell in side[:_HEADER_SEARCH]} - {None}
    if len(known) > max(1, widest.recognised) and side[0] == widest.headings[0]:
        what, do = "the headings stand below each other", "give each record a line (in a spreadsheet: transpose)"
        raise ScreenerError(what, where=where, found=", ".join(side[:_NAMED_AT_MOST]), do=do)
    if widest.recognised <= 1 and any(parse_number(head) and not heading_day(head) for head in widest.headings):
        what, do = "the table has no line of headings", "write one above the first record"
        raise ScreenerError(what, where=where, found=", ".join(widest.headings[:_NAMED_AT_MOST]), do=do)
    fit = [table for table in tables if not lacks(table)]
    if not fit:
        what, do = lacks(widest) or ("", "")
        raise ScreenerError(what, where=where, found=", ".join(widest.headings[:_NAMED_AT_MOST]), do=do)
    # A sheet with one known heading, which no other has, next to others with more, is a cover or a glossary.
    most = max(table.recognised for table in fit)
    heads = [heading for table in fit for heading in table.headings if words.recognise(heading)]
    again = {heading for heading in heads if heads.count(heading) > 1}
    fit = [t for t in fit if t.rows and (t.recognised > 1 or most == 1 or again & {*t.headings})] or fit[:1]
    notes: list[str] = []
    repeated = [
        table
        for n, table in enumerate(fit)
        if any(_repeats(table, o, words, m < n) for m, o in enumerate(fit) if m != n)
    ]
    notes += [
        f"sheet {table.sheet.name!r} repeats lines of another sheet and was passed over"
        if table.sheet.name
        else f"the table that begins in row {table.sheet.first + table.above} repeats lines of another one"
        for table in repeated
    ]
    fit = [table for table in fit if table not in repeated]
    step = 10 ** len(str(max((table.lines[-1] for table in fit if table.lines), default=1)))
    # Tables of one sheet are numbered by its own rows.
    order = {number: place for place, number in enumerate(dict.fromkeys(table.sheet_no for table in fit))}
    names = {number: repr(part.name) for number, part in stacked}
    if len(names) > 1:
        read = [names[n] + (f" (rows {place * step} and on)" if place else "") for n, place in order.items()]
        notes.insert(0, f"{len(order)} of {len(names)} sheets were read: {', '.join(read)}")
        mentioned = {table.sheet_no for table in tables if table in repeated or table.recognised >= _HEADINGS_AT_LEAST}
        if passed := [name for number, name in names.items() if number not in order | dict.fromkeys(mentioned)]:
            notes.append(f"nothing to read in sheets {', '.join(passed)}")
    begun = set[int]()
    for table in tables:
        sheet = f"sheet {table.sheet.name!r}: " if len(names) > 1 else ""
        row = table.sheet.first + table.above
        is_large = table.sheet_no in order or table.recognised >= _HEADINGS_AT_LEAST
        if table.rows and is_large and (said := lacks(table)):
            notes.append(f"{sheet}the table that begins in row {row} was not read: {said[0]}")
        elif table in fit and table.sheet_no in begun:
            notes.append(f"{sheet}a further table begins in row {row}")
        begun |= {table.sheet_no} if table in fit else set()
    return [replace(table, offset=order[table.sheet_no] * step) for table in fit], notes


def _repeats(table: Table, other: Table, words: Vocabulary, is_above: bool) -> bool:
    """Whether each line of a table is in another by the headings of both: a sheet `Top 10`, or a copy of one above."""
    if heading_day(table.sheet.name or "") and heading_day(other.sheet.name or ""):
        return False  # states of two days
    column = {words.recognise(heading): heading for heading in reversed(other.headings)}
    both = {h: column[c] for h in table.headings if (c := words.recognise(h)) and c in column}
    mine, its = (
        set(zip(*map(one.column, names), strict=True)) for one, names in ((table, both), (other, both.values()))
    )
    mine.discard((None,) * len(both))
    return len(both) > 1 and bool(mine) and (mine < its or (mine == its and is_above and len(mine) > 1))


def unused_note(headings: Sequence[str]) -> list[str]:
    """Names headings that were not used, as a note; none if all were."""
    more = f" and {len(headings) - _NAMED_AT_MOST} more" if len(headings) > _NAMED_AT_MOST else ""
    return [f"columns that were not used: {', '.join(headings[:_NAMED_AT_MOST])}{more}"] if headings else []
