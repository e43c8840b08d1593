"""Where a table begins in a sheet, and what its headings mean: titles above, one or two header rows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from screener.errors import ScreenerError
from screener.readers.dates import heading_day
from screener.readers.numbers import CURRENCIES, parse_number
from screener.readers.sheets import Row, Sheet

_HEADER_SEARCH: Final = 60  # brokers put titles and dates above the table
_NAMED_AT_MOST: Final = 12
_UNIT: Final = re.compile(
    rf"\b(?:{'|'.join(sorted(CURRENCIES))})\b|us\$|[₩$€£¥]|"
    r"\b(?:in )?(?:thousands?|millions?|billions?|mn|mio|bn)\b|[십백천]?[조억만]\s*원?$|[백천]\s*원$|원$",
    re.IGNORECASE,
)
_DAY: Final = re.compile(
    r"(?:19|20)\d{2}[-./년]\s?\d{1,2}(?:[-./월]\s?\d{1,2}일?|월)?|(?:19|20)\d{6}|(?:\d{1,2}\s)?(?:jan|feb|mar"
    r"|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s(?:19|20)\d{2}"
    r"|(?:19|20)\d{2}년?|\bas (?:of|at)\b|기준",
    re.IGNORECASE,
)

_COST: Final = re.compile(r"취득|매입|장부|cost|book|purchase", re.IGNORECASE)


def folded(heading: str) -> str:
    """The heading as it is compared: NFKC, lower case, letters, digits and `%` alone."""
    return re.sub(r"[^\w%]|_", "", unicodedata.normalize("NFKC", heading).lower())


class Vocabulary:
    """The headings under which a kind of table carries each of its columns, compared as `folded`."""

    def __init__(self, headings: Mapping[str, Sequence[str]]) -> None:
        self.columns: Final = tuple(headings)
        self._lookup: Final = {folded(word): column for column, words in headings.items() for word in words}
        self._places: Final = {folded(word): place for words in headings.values() for place, word in enumerate(words)}

    def recognise(self, heading: str) -> str | None:
        """The column that a heading stands for, or none, whatever it says of day, currency, unit or in brackets."""
        key = self._key(heading)
        return None if key is None else self._lookup[key]

    def place(self, heading: str) -> int:
        """How early a heading stands among those of its column: the surest first."""
        key = self._key(heading)
        return len(self._places) if key is None else self._places[key]

    def _key(self, heading: str) -> str | None:
        text = unicodedata.normalize("NFKC", heading)
        bare = re.sub(r"\([^)]*\)?|\[[^\]]*\]?", " ", text)
        undated = _DAY.sub(" ", bare).strip(" -_:,·")
        for form in (text, bare, undated, _UNIT.sub(" ", undated.replace("_", " ")).strip()):
            if (key := folded(form)) and key in self._lookup:
                return key
        return None


@dataclass(frozen=True)
class Table:
    """A table found in a sheet.

    headings: one for each column, each once (a second `Weight` is `Weight (2)`).
    lines: number in the sheet of each record; `rows` the cells, as many as there are headings.
    titles: numbers of the rows that are no records: above the header, and the header itself, wherever it stands again.
    pairs: for a table with two lines a record, the number of the second line of each.
    """

    sheet: Sheet
    headings: list[str]
    lines: list[int]
    rows: list[Row]
    titles: list[int]
    recognised: int
    notes: list[str] = field(default_factory=list)
    pairs: list[int] = field(default_factory=list)


def find_table(sheet: Sheet, words: Vocabulary, given: Sequence[str] = ()) -> Table:
    """Finds the header of a sheet and cuts its records.

    Args:
        sheet: with at least one filled cell.
        words: which headings are known.
        given: headings that a person named, which are as good as known ones.
    """
    rows = sheet.rows
    named = {folded(heading) for heading in given}

    def is_known(cell: str | None) -> bool:
        return cell is not None and (words.recognise(cell) is not None or folded(cell) in named)

    counts = [len({words.recognise(c) or folded(c) for c in row if c and is_known(c)}) for row in rows[:_HEADER_SEARCH]]
    most = max(counts, default=0)
    # No heading that we know: the first line with anything in it, so that a person can name its columns.
    top = counts.index(most) if most else next((number for number, row in enumerate(rows) if any(row)), 0)
    head, depth, paired = _header(rows, top, is_known, sheet)
    headings = _once(head)
    width = len(headings)
    body = range(top + depth, len(rows))
    again = [number for number in body if any(rows[number]) and rows[number] in rows[top : top + 1 + paired]]
    records = [number for number in body if any(rows[number]) and number not in set(again)]
    notes = []
    if top and any(any(row) for row in rows[:top]):
        notes.append(f"the table begins in row {top + sheet.first}; the rows above it were taken for a title")
    wide = width // 2 if paired else width
    overlong = [number + sheet.first for number in records if any(rows[number][wide:])]
    if overlong:
        which = ", ".join(map(str, overlong[:10])) + (", …" if len(overlong) > 10 else "")
        beyond = "what stands beyond it was not read (a comma in a name needs quotes)"
        notes.append(f"rows {which} have more cells than the header; {beyond}")
    titles = [number + sheet.first for number in (*range(top + depth), *again) if any(rows[number])]
    second: list[int] = []
    if paired:
        notes.append("each record takes two lines, as the two header lines say")
        cut = [_cut(rows[a], wide) + _cut(rows[b], wide) for a, b in zip(records[::2], records[1::2], strict=False)]
        second = [number + sheet.first for number in records[1::2]]
        records = records[::2]
    else:
        cut = [_cut(rows[number], width) for number in records]
    lines = [number + sheet.first for number in records]
    return Table(sheet, headings, lines, cut, titles, most, notes, second)


def _header(
    rows: Sequence[Row], top: int, is_known: Callable[[str | None], bool], sheet: Sheet
) -> tuple[Row, int, bool]:
    """The headings, how many rows they take from `top` on, and whether the table has two lines a record."""
    upper = rows[top] if rows else []
    under = rows[top + 1] if top + 1 < len(rows) else []
    width = max(len(upper), len(under))
    first, second = _cut(upper, width), _cut(under, width)
    texts = [cell for cell in second if cell]
    new = [place for place in range(width) if is_known(second[place]) and second[place] != first[place]]
    if texts and new and not any(_is_value(cell) for cell in texts):
        if not any(is_known(first[place]) for place in new):
            return _joined(first, second, is_known), 2, False
        below = [row for row in rows[top + 2 :] if row not in (upper, under)]
        if all(is_known(first[place]) for place in new) and _alternates(below, sheet):
            filled = max(place + 1 for place in range(width) if first[place] or second[place])
            return _cut(first, filled) + _cut(second, filled), 2, True
    if top:
        above = _cut(rows[top - 1], len(upper))
        completes = any(is_known(a) and b is None for a, b in zip(above, upper, strict=True))
        repeats = len({cell for cell in upper if cell}) < sum(cell is not None for cell in upper)
        if (completes or repeats) and not any(_is_value(cell) for cell in above if cell):
            return _joined(above, upper, is_known), 1, False
    return list(upper), 1, False


def _alternates(rows: Sequence[Row], sheet: Sheet) -> bool:
    """Whether the lines below two header lines are of two kinds in turn, by which of their cells are numbers.

    Raises:
        ScreenerError: they are, but the last record has one line only.
    """
    shapes = [tuple(cell is not None and parse_number(cell) is not None for cell in row) for row in rows if any(row)]
    odd, even = set(shapes[::2]), set(shapes[1::2])
    if len(shapes) < 2 or odd & even:
        return False
    if len(shapes) % 2:
        raise ScreenerError(
            "the table has two header lines, so two lines a record, but an odd number of lines",
            where=f"sheet {sheet.name}" if sheet.name else None, found=len(shapes),
            do="bring each record into one line",
        )  # fmt: skip
    return True


def _joined(upper: Row, lower: Row, is_known: Callable[[str | None], bool]) -> Row:
    """Headings of two rows: a lower one that says too little is named with the group that it stands under."""
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
    names: list[str] = []
    for number, cell in enumerate(head, 1):
        name = cell or f"column {number}"
        again = 2
        while name in names:
            name, again = f"{cell or f'column {number}'} ({again})", again + 1
        names.append(name)
    return names


@dataclass(frozen=True)
class Found:
    """The tables of a file that hold what was looked for, the sheets passed over, and what to tell.

    offsets: what is added to the line numbers of each table, so that the rows of all sheets have numbers of their
        own: 0 for the first, then multiples of a power of ten.
    """

    tables: list[Table]
    offsets: list[int]
    passed: list[Sheet]
    notes: list[str]

    def other_lines(self, fate: str) -> list[tuple[str | None, int, str]]:
        """Sheet, line and fate of the lines that are no record: titles, and second lines, whose fate is given."""
        lines = [(table.sheet.name, line, "title") for table in self.tables for line in table.titles]
        lines += [(s.name, n + s.first, "title") for s in self.passed for n, row in enumerate(s.rows) if any(row)]
        return lines + [(table.sheet.name, line, fate) for table in self.tables for line in table.pairs]


def read_tables(
    sheets: Sequence[Sheet],
    words: Vocabulary,
    given: Mapping[str, str],
    option: str,
    fits: Callable[[Table], bool],
    lacking: Callable[[Table], ScreenerError],
) -> Found:
    """Finds the tables of a file that fit.

    Args:
        sheets: of the file, at least one with a filled cell.
        words: which headings are known.
        given: column -> heading, as a person named them.
        option: with which they did, for errors.
        fits: whether a table is what is looked for.
        lacking: the error where none is, of the table with the most known headings.

    Raises:
        ScreenerError: `given` names what is not there, or no table fits.
    """
    for column in given:
        if column not in words.columns:
            do = f"use one of {', '.join(words.columns)}"
            raise ScreenerError("no such column", where=option, found=column, do=do)
    tables = [find_table(sheet, words, list(given.values())) for sheet in sheets if any(map(any, sheet.rows))]
    widest = max(tables, key=lambda table: table.recognised)
    for column, heading in given.items():
        if not any(heading in table.headings for table in tables):
            where, do = f"{option} {column}", f"its headings are {', '.join(widest.headings[:20])}"
            raise ScreenerError("the file has no such heading", where=where, found=heading, do=do)
    found = tables_that_fit(tables, fits)
    if not found.tables:
        raise lacking(widest)
    return found


def tables_that_fit(tables: Sequence[Table], fits: Callable[[Table], bool]) -> Found:
    """Chooses the tables of a workbook that fit, without covers and sheets that repeat lines of another."""
    chosen = [table for table in tables if fits(table)]
    # A sheet with one heading that we know, beside others with more, is a cover or a glossary.
    most = max((table.recognised for table in chosen), default=0)
    chosen = [t for t in chosen if t.rows and (t.recognised > 1 or most == 1)] or chosen[:1]
    notes: list[str] = []
    for table in list(chosen) if len(chosen) > 1 else []:
        mine = _contents(table)
        others = [_contents(other) for other in chosen if other is not table]
        if mine and any(mine <= other and len(other) > len(mine) for other in others):
            notes.append(f"sheet {table.sheet.name!r} repeats lines of another sheet and was passed over")
            chosen.remove(table)
    passed = [table.sheet for table in tables if table not in chosen]
    step = 10 ** len(str(max((table.lines[-1] for table in chosen if table.lines), default=1)))
    if len(tables) > 1 and chosen:
        where = [f"{t.sheet.name!r}" + (f" (rows {n * step} and on)" if n else "") for n, t in enumerate(chosen)]
        notes.insert(0, f"{len(chosen)} of {len(tables)} sheets were read: {', '.join(where)}")
        if passed:
            notes.append(f"nothing to read in sheets {', '.join(repr(sheet.name) for sheet in passed)}")
    return Found(chosen, [number * step for number in range(len(chosen))], passed, notes)


def _contents(table: Table) -> set[tuple[str, ...]]:
    return {tuple(sorted({cell for cell in row if cell})) for row in table.rows}


def column(table: Table, heading: str | None) -> list[str | None]:
    """The cells under a heading, a record each; none are filled where there is no heading."""
    if heading is None:
        return [None] * len(table.rows)
    place = table.headings.index(heading)
    return [row[place] for row in table.rows]


def unused_note(table: Table, used: Container[str]) -> list[str]:
    """Names the headings that were not used, as a note; none where all were."""
    unused = [heading for heading in table.headings if heading not in used and any(column(table, heading))]
    more = f" and {len(unused) - _NAMED_AT_MOST} more" if len(unused) > _NAMED_AT_MOST else ""
    return [f"columns that were not used: {', '.join(unused[:_NAMED_AT_MOST])}{more}"] if unused else []
