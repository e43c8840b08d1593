"""Deliveries in files of users (bills of lading, supplier lists); remarks on what cannot be read."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import polars as pl

from screener.errors import ScreenerError
from screener.readers.dates import heading_day, is_order_unknown, order_of, parse_date
from screener.readers.header import Table, Vocabulary, known_headings, read_tables, unused_note, written
from screener.readers.numbers import (
    currency_code,
    decimal_commas,
    heading_currency,
    heading_unit,
    may_be_thousands,
    parse_number,
)
from screener.readers.places import country, origin
from screener.readers.remarks import is_total, remark
from screener.readers.sheets import read_sheets
from screener.readers.text import without_placeholder

HEADINGS: Final = known_headings("deliveries")
WORDS: Final = Vocabulary(HEADINGS)
COLUMNS: Final = tuple(HEADINGS)
_SIDES: Final = ("supplier", "buyer")
_STATED: Final = (*_SIDES, "currency")
# Columns that may say that a delivery has ended, and the title of a table or section.
_PAST: Final = ("active", "ended", "status", "remarks", "title")
_SAYS: Final = {name: re.compile(words, re.IGNORECASE) for name, words in written()["words"].items()}
LEFT_OUT: Final = "the row was left out"
OVER: Final = "it has ended or was cancelled, and no past day of its end is given"
_EMPTIED: Final = "the cell was left out, the delivery counts"
_LISTED_AT_MOST: Final = 12


@dataclass(frozen=True)
class Deliveries:
    """The deliveries of a file.

    frame: row, supplier, buyer, supplier_id, buyer_id, buyer_code, product (as written), supplier_country,
        buyer_country, origin (of the goods; ISO 3166-1), origin_region (ISO 3166-2), hs_code (2 to 10 digits),
        value_usd (US dollars), input_share (0-1), date (a day, ISO), valid_from, valid_to (day, month or year, ISO),
        over (what says that it has ended, where an end is given, which may be to come; else null).
    remarks: see `screener.readers.remarks`, on cells and rows that could not be read. unused: headings not used.
    """

    frame: pl.DataFrame
    remarks: pl.DataFrame
    notes: list[str]
    unused: list[str]


def read_deliveries(
    path: Path, *, where: str, given: Mapping[str, str] | None = None, option: str = "--supply-column"
) -> Deliveries:
    """Reads a file of deliveries: each row is a delivery between supplier and buyer, or a relation with dates.

    A row whose end cannot be read is left out, as it might appear to be ongoing; so is one that ends before it begins.

    Args:
        path: any file of `screener.readers.sheets.read_sheets`.
        where: what named the file, for errors.
        given: column of COLUMNS -> heading, where the headings are not recognised.
        option: the option that names columns, for errors.

    Raises:
        ScreenerError: the file cannot be read, has no supplier or buyer column or no delivery, or `given` names a
        missing heading.
    """
    given = given or {}

    def lacks(table: Table) -> tuple[str, str] | None:
        side = missing_side(_of_firms(table, recognised(table.headings, given)) | table.stated(WORDS))
        what = f"no column with the {side} was recognised"
        do = f"name it: {option} {side}=HEADING, or write `{side}: NAME` above the table"
        return (what, do) if side else None

    read, notes = read_sheets(path, where)
    tables, on_sheets = read_tables(read, WORDS, given, option, where, lacks)
    written, unused = [], []
    last: dict[int, str | None] = {}
    for table in tables:
        columns = _of_firms(table, recognised(table.headings, given))
        titles = pl.Series(_titles(table, last), dtype=pl.String)
        written.append(_texts(table, columns, given, notes).with_columns(title=titles))
        left = table.unused([*columns.values(), *_further(table, columns)])
        unused += left
        few = {h: cells for h in left if len(cells := {*table.column(h)}) < 1000 and not _SAYS["telling"].search(h)}
        said = {h for h, cells in few.items() if any(cell and _says_ended(cell, "status") for cell in cells)}
        if endings := [heading for heading in left if _SAYS["may_end"].search(heading) or heading in said]:
            notes.append(
                f"not read, though it may say what has ended ({option} valid_to=HEADING): {', '.join(endings)}"
            )
        notes += [*table.notes, *unused_note(left)]
    rows = pl.concat(written)
    # The company Total delivers something, on some day.
    bare = pl.all_horizontal(pl.col("product", "hs_code", "date", "origin").is_null())
    total = bare & pl.any_horizontal(mapped(side, is_total, pl.Boolean).fill_null(False) for side in _SIDES)
    beside = pl.col("first").str.contains(r"^\D{1,30}$") & (pl.col("first") != pl.coalesce("supplier", "buyer"))
    total |= mapped(pl.when(beside).then("first"), is_total, pl.Boolean).fill_null(False)
    named = pl.all_horizontal(pl.coalesce(side, f"{side}_id").is_not_null() for side in _SIDES)
    totals, rows = rows.filter(total), rows.filter(~total)
    rows = rows.with_columns(over=pl.coalesce(*map(_over, _PAST)))
    past = named & pl.col("over").is_not_null() & pl.col("valid_to").is_null()
    frame, remarks, on_cells = _read_cells(rows.filter(named & ~past))
    remarks.append(remark(totals, "a line of totals, not a delivery", LEFT_OUT))
    remarks.append(remark(rows.filter(past), OVER, LEFT_OUT, heading="status", cell="over"))
    several = "several names in one cell, read as one"
    place, do = "a region, of which only the country was read", "if the goods are from there, give it as their origin"
    in_place = named & mapped("supplier_country", lambda cell: origin(cell)[0]).is_not_null()
    found = [
        ("supplier", ~named, "supplier or buyer is missing", LEFT_OUT),
        *((side, pl.col(side).str.contains("[;\n]"), several, "give each a row of its own") for side in _SIDES),
        ("supplier_country", in_place, place, do),
    ]
    remarks += [remark(rows.filter(which), *said, heading=column, cell=column) for column, which, *said in found]
    reported = pl.concat(remarks).sort("row", "column", "problem", nulls_last=True)
    if frame.is_empty():
        first = next((f"{r['problem']}, row {r['row']}" for r in reported.iter_rows(named=True)), None)
        what, do = "the file has no delivery that can be used", "give one row per delivery, with a supplier and a buyer"
        raise ScreenerError(what, where=str(path), found=first, do=do)
    return Deliveries(frame.drop("currency"), reported, [*notes, *on_sheets, *on_cells], unused)


def _over(column: str) -> pl.Expr:
    """What a column says of the end of a delivery."""
    return pl.when(mapped(column, lambda cell: _says_ended(cell, column), pl.Boolean)).then(column)


@lru_cache(100_000)
def _says_ended(cell: str, column: str) -> bool:
    """Whether a cell says so: `Former supplier`, 거래중단(2023), but not `to be terminated`."""
    if _SAYS["still"].search(cell) or (column == "title" and _SAYS["mixed"].search(cell)):
        return False
    return any(
        _SAYS[words].search(cell) for words in {column, "title" if column == "title" else "status"} & _SAYS.keys()
    )


def recognised(headings: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """Column of COLUMNS -> heading, for these headings; `given` as for `read_deliveries`."""
    found = {column: heading for column, heading in given.items() if heading in headings}
    # Of tax invoices: 공급자사업자등록번호, 상호, 공급받는자사업자등록번호, 상호.
    if not found and "상호 (2)" in headings and any(heading.startswith("공급받는자") for heading in headings):
        found = {"supplier": "상호", "buyer": "상호 (2)"}
    newest_first = sorted(headings, key=lambda heading: heading_day(heading) or "", reverse=True)
    for heading in sorted(newest_first, key=WORDS.place):
        column = WORDS.recognise(heading)
        if column and column not in found and heading not in found.values():
            found[column] = heading
    currency = _currency(found.get("value_usd", ""))
    if "value_usd" not in given and currency != "USD":
        # `ASSESS_VALUE_USD`, `Estimated F.O.B Value $USD`, but no price.
        plain = ((heading.replace("_", " "), heading) for heading in headings if _currency(heading) == "USD")
        dollars = [heading for p, heading in plain if _SAYS["amount"].search(p) and not _SAYS["price"].search(p)]
        found |= {"value_usd": dollars[0]} if dollars else {}
        if currency and not dollars:
            del found["value_usd"]
    return found


def _currency(heading: str) -> str | None:
    return heading_currency(heading) or heading_currency(heading.replace("_", " ").upper())


def _of_firms(table: Table, found: dict[str, str]) -> dict[str, str]:
    """`From` and `To` without any day name the two firms if no other column does, else ports."""
    ends = [found.get(column, "") for column in ("valid_from", "valid_to")]
    cells = [cell for heading in ends if heading.lower() in ("from", "to") for cell in table.column(heading) if cell]
    if not cells or any(parse_date(cell, day_first=True) for cell in cells):
        return found
    rest = {column: heading for column, heading in found.items() if heading not in ends}
    firms = not {"supplier", "buyer", "supplier_id", "buyer_id"} & rest.keys() and not any(map(country, cells))
    return rest | (dict(zip(_SIDES, ends, strict=True)) if firms else {})


def _further(table: Table, found: Mapping[str, str]) -> dict[str, str]:
    """Heading -> side, of further columns that name suppliers or buyers."""
    rest = ((heading, WORDS.recognise(heading)) for heading in table.headings if heading not in found.values())
    return {heading: side for heading, side in rest if side in _SIDES}


def missing_side(found: Mapping[str, str]) -> str | None:
    """The side that no recognised column names: `supplier` or `buyer`; none if both are named."""
    return next((side for side in _SIDES if side not in found and f"{side}_id" not in found), None)


def _texts(table: Table, found: Mapping[str, str], given: Mapping[str, str], notes: list[str]) -> pl.DataFrame:
    """The cells of a table by column, whether the heading of amounts says US dollars, and their unit."""
    heading = found.get("value_usd", "")
    # A column that a person named is in dollars, whatever its heading says.
    in_dollars = "value_usd" in given or _currency(heading) == "USD"
    cells = {column: table.column(found.get(column)) for column in COLUMNS}
    if in_dollars and any(WORDS.recognise(other) == "value_usd" for other in table.headings if other != heading):
        cells["currency"] = table.column(None)  # it is that of another amount
    for column, said in table.stated(WORDS).items():
        if column in _STATED and column not in found:
            cells[column] = [said] * len(table.rows)
            notes.append(f"the {column} of every row, as stated above the table: {said}")
    for heading, side in _further(table, found).items():
        # `To the order of a bank` names no buyer, but beside it is whom to notify.
        numbers = [_named(cell) for cell in cells[side]]
        named = [cell if cell and any(map(str.isalpha, cell)) else None for cell in numbers]
        every = zip(named, table.column(heading), numbers, strict=True)
        cells[side] = [cell or further or number for cell, further, number in every]
        if further := sum(bool(_named(a) and b and a != b) for a, b in zip(table.column(heading), named, strict=True)):
            notes.append(f"further firms under {heading!r} were not read (rows: {further})")
        if cells[side] != numbers:
            notes.append(f"where {found.get(side)!r} names no {side}, {heading!r} was read")
    cells |= {side: [_named(cell) for cell in cells[side]] for side in _SIDES}
    if going := sorted({cell for cell in cells["status"] if cell and not _says_ended(cell, "status")}):
        words = ", ".join(going[:_LISTED_AT_MOST]) + (", …" if len(going) > _LISTED_AT_MOST else "")
        notes.append(f"not taken for ended, by {found['status']!r}: {words}")
    if re.search("[%％]", found.get("input_share", "")):
        cells["input_share"] = [cell and f"{cell.rstrip('%')}%" for cell in cells["input_share"]]
    spans = [
        _SAYS["span"].split(re.sub(r"(?i)^(?:since|from|seit|ab) (.+)", r"\1~", c)) if c else []
        for c in cells["period"]
    ]
    for column, place in (("valid_from", 0), ("valid_to", -1)):
        of_period = ((span[place] if span else None) or None for span in spans)
        cells[column] = [cell or end for cell, end in zip(cells[column], of_period, strict=True)]
    # Under `Terminated` may stand a day.
    flags = (cell if cell and not _SAYS["ended"].search(cell) else None for cell in cells["ended"])
    cells["valid_to"] = [cell or flag for cell, flag in zip(cells["valid_to"], flags, strict=True)]
    cells["valid_to"] = [None if cell is None or _SAYS["open"].search(cell) else cell for cell in cells["valid_to"]]
    # A tick alone marks what is active; in Korean X is the sign for no.
    marks = "".join({cell.lower() for cell in cells["active"] if cell})
    if _SAYS["tick"].search(marks) and not (marks == "x" and re.search("[가-힣]", found["active"])):
        cells["active"] = ["yes" if cell else "no" for cell in cells["active"]]
    # Further columns of states and remarks are read for ends alone.
    telling = [table.column(h) for h in table.headings if h not in found.values() and _SAYS["telling"].search(h)]
    remarks = ([cell for cell in row if cell and _says_ended(cell, "remarks")] for row in zip(*telling, strict=True))
    cells["remarks"] = [next(iter(row), None) for row in remarks] or [None] * len(table.rows)
    cells["first"] = [next(filter(None, row), None) for row in table.rows]
    return pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String)).with_columns(
        row=pl.Series(table.lines, dtype=pl.Int64) + table.offset,
        key=pl.coalesce("supplier", "buyer"),
        in_dollars=pl.lit(in_dollars),
        unit=pl.lit(heading_unit(heading)),
    )


def _titles(table: Table, last: dict[int, str | None]) -> list[str | None]:
    """What stands alone in a row above each row, in this table or (`last`, by sheet) the one before; else its title."""
    above = (table.sheet.name, *(cell for row in table.sheet.rows[: table.above] for cell in row))
    title = next((cell for cell in above if cell and _says_ended(cell, "title")), last.get(table.sheet_no))
    titles: list[str | None] = []
    for row in table.rows:
        title = next(filter(None, row)) if row.count(None) == len(row) - 1 > 0 else title
        titles.append(title)
    last[table.sheet_no] = title
    return titles


def _named(cell: str | None) -> str | None:
    """The name in a cell, without the number of a master file before it."""
    name = _SAYS["around"].sub("", without_placeholder(cell) or "")
    return name if name and not _SAYS["anybody"].search(name) else None


def _read_cells(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[pl.DataFrame], list[str]]:
    """The cells as values; unreadable cells become empty, rows with an unreadable end are left out."""
    notes: list[str] = []
    days = [cell for column in ("date", "valid_from", "valid_to") for cell in frame[column].drop_nulls().unique()]
    order = order_of(days)
    if any(map(is_order_unknown, days)):
        said = {
            None: "could be day or month first, and were not read",
            True: "were read day first",
            False: "were read month first",
        }[order]
        notes.append(f"days such as 01/02/2023 {said}" + (", as other cells show" if order is not None else ""))
    amounts = frame["value_usd"].drop_nulls().unique()
    commas = decimal_commas(amounts)
    if commas is None and may_be_thousands(amounts.to_list()):
        heading = "value_usd"
        notes.append(f"points in {heading!r} were read as decimal points, though they may separate thousands")
    numbers = {cell: parse_number(cell, decimal_comma=bool(commas)) for cell in amounts}
    named = mapped("value_usd", lambda cell: (number := numbers[cell]) and number.currency)
    in_dollars = pl.when("in_dollars").then(pl.lit("USD"))
    frame = frame.with_columns(
        amount=mapped("value_usd", lambda cell: (number := numbers[cell]) and number.value, pl.Float64),
        paid_in=pl.coalesce(named, mapped("currency", currency_code), in_dollars, pl.lit("?")),
    )
    amount, share, date = pl.col("amount"), mapped("input_share", _fraction, pl.Float64), _days("date", order)
    returned = (amount < 0).fill_null(False)
    foreign = amount.is_not_null() & (pl.col("paid_in") != "USD")
    hs_code = pl.col("hs_code").str.replace_all(r"(?i)^(?:hsk|hts)|\.0$", "")
    digits = hs_code.str.replace_all(r"[^\d]", "")
    # The codes have two digits a level: of an odd number the first, a zero, was lost in a spreadsheet.
    has_lost = digits.str.len_chars().is_in([3, 5, 7, 9]) & (digits == hs_code)
    digits = pl.when(has_lost).then("0" + digits).otherwise(digits)
    are_digits = ~hs_code.str.contains("[A-Za-z]{3}") & digits.str.len_chars().is_between(2, 10)
    region = pl.coalesce(mapped(column, lambda cell: origin(cell)[0]) for column in ("origin_region", "origin"))
    from_country = pl.coalesce(mapped("origin", lambda cell: origin(cell)[1]), region.str.slice(0, 2))
    unknown = "not a country that is known here"
    # The value of each cell, and the problem if it has none.
    meant = {
        "value_usd": (pl.when(~foreign & amount.is_between(0, 1e17)).then(amount * pl.col("unit")), "not an amount"),
        "input_share": (pl.when(share.is_between(0, 1)).then(share), "not a fraction between 0 and 1"),
        "hs_code": (pl.when(are_digits).then(digits), "not a customs code of 2 to 10 digits"),
        "origin_region": (region, "not a region that is known here, such as CN-XJ or Xinjiang"),
        "origin": (from_country, "not a country or region that is known here"),
        "date": (pl.when(date.str.len_chars() == 10).then(date), "not a day"),
        "supplier_country": (mapped("supplier_country", lambda cell: origin(cell)[1]), unknown),
        "buyer_country": (mapped("buyer_country", country), unknown),
        "valid_from": (_days("valid_from", order), "not a day, month or year"),
        "valid_to": (_days("valid_to", order), "not a day, month or year: whether the delivery has ended is not known"),
    }
    both = frame.with_columns(**{f"{column}_read": cell for column, (cell, _) in meant.items()})
    unread = {c: pl.col(c).is_not_null() & pl.col(f"{c}_read").is_null() for c in meant}
    # On the day of a delivery the relation had begun. A month or year covers all its days, as in schema/tables.py.
    begin = pl.min_horizontal("valid_from_read", "date_read")
    before = (pl.col("valid_to_read").str.pad_end(10, "~") < begin).fill_null(False)
    found = [
        *((c, unread[c] & ~(foreign & (c == "value_usd")), problem) for c, (_, problem) in meant.items()),
        ("value_usd", unread["value_usd"] & foreign, "not in US dollars, or no currency is named"),
        ("valid_to", before, "the end lies before the beginning"),
    ]
    remarks = [
        remark(both.filter(which & ~returned), problem, LEFT_OUT if c == "valid_to" else _EMPTIED, heading=c, cell=c)
        for c, which, problem in found
    ]
    problem = "a return or reversal, not a delivery"
    remarks.append(remark(both.filter(returned), problem, LEFT_OUT, heading="value_usd", cell="value_usd"))
    read = both.filter(~(unread["valid_to"] | before | returned)).with_columns(
        *(pl.col(f"{column}_read").alias(column) for column in meant if column != "valid_from"), valid_from=begin
    )
    return read.select(*COLUMNS, "row", "over").drop("period", *_PAST[:3]), remarks, notes


def _fraction(cell: str) -> float | None:
    number = parse_number(cell)
    return None if number is None else number.value / 100 if number.percent else number.value


def _days(column: str, day_first: bool | None) -> pl.Expr:
    return mapped(column, lambda cell: parse_date(cell, day_first=day_first))


def mapped(column: str | pl.Expr, read: Callable[[str], object], kind: type[pl.DataType] = pl.String) -> pl.Expr:
    """A column read cell by cell, each distinct text once."""

    def every(cells: pl.Series) -> pl.Series:
        distinct = cells.drop_nulls().unique()
        values = pl.Series([read(cell) for cell in distinct], dtype=kind, strict=False)
        return cells.replace_strict(distinct, values, default=None, return_dtype=kind)

    return (pl.col(column) if isinstance(column, str) else column).map_batches(every, return_dtype=kind)
