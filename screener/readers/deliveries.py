"""Deliveries in files of users (bills of lading, supplier lists); remarks on what cannot be read."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from screener.errors import ScreenerError
from screener.readers.dates import heading_day, is_order_unknown, order_of, parse_date
from screener.readers.header import Table, Vocabulary, folded, known_headings, read_tables, unused_note
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
_ENDED: Final = {column: frozenset(map(folded, words)) for column, words in known_headings("ended").items()}
_SIDES: Final = ("supplier", "buyer")
_STATED: Final = (*_SIDES, "currency")
# An end that says that there is none.
_OPEN: Final = re.compile(
    r"(?i)no|present|current|ongoing|on-going|now|open|현재|진행\s?중|거래\s?중|지속|[-–—]+|n/?a|9999[-./]?12[-./]?31"
)
_ANYBODY: Final = re.compile(
    r"(?i)(?:others?|various|multiple|misc\w*\.?|several)(?: \w+)?|기타.{0,3}|다수|여러.{0,4}|개인"
)
_SPAN: Final = re.compile(
    r"(?i)\s*[~∼〜～–—]\s*|\s+(?:to|until|-)\s+|-(?=(?:19|20)\d\d[./년])|(?<=^\d{4})-(?=\d{4}$|$)|\s*부터\s*|\s*까지$"
)
LEFT_OUT: Final = "the row was left out"
_EMPTIED: Final = "the cell was left out, the delivery counts"
_LISTED_AT_MOST: Final = 12
_NO_DOLLARS: Final = "not in US dollars, or no currency is named"
_MAY_END: Final = re.compile(
    r"(?i)\bend|expir|terminat|until|\blast (?:ship|deliver|order|trans|seen)|former|종료|만료|해지|중단|마지막|최종"
)
_NO_END: Final = "not a day, month or year: whether the delivery has ended is not known"


@dataclass(frozen=True)
class Deliveries:
    """The deliveries of a file.

    frame: row, supplier, buyer, supplier_id, buyer_id, buyer_code, product (as written), supplier_country,
        buyer_country, origin (of the goods; ISO 3166-1), origin_region (ISO 3166-2), hs_code (2 to 10 digits),
        value_usd (US dollars), input_share (0-1), date (a day, ISO), valid_from, valid_to (day, month or year, ISO).
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
    for table in tables:
        columns = _of_firms(table, recognised(table.headings, given))
        written.append(_texts(table, columns, given, notes))
        left = table.unused([*columns.values(), *_further(table, columns)])
        unused += left
        if endings := [heading for heading in left if _MAY_END.search(heading)]:
            notes.append(
                f"not read, though it may say what has ended ({option} valid_to=HEADING): {', '.join(endings)}"
            )
        notes += [*table.notes, *unused_note(left)]
    rows = pl.concat(written)
    # The company Total delivers something, on some day.
    bare = pl.all_horizontal(pl.col("product", "hs_code", "date", "origin").is_null())
    total = bare & pl.any_horizontal(mapped(side, is_total, pl.Boolean).fill_null(False) for side in _SIDES)
    named = pl.all_horizontal(pl.coalesce(side, f"{side}_id").is_not_null() for side in _SIDES)
    totals, rows = rows.filter(total), rows.filter(~total)
    frame, remarks, on_cells = _read_cells(rows.filter(named & ~pl.any_horizontal(map(_is_past, _ENDED))))
    remarks.append(remark(totals, "a line of totals, not a delivery", LEFT_OUT))
    over, several = "it has ended or was cancelled, and no end is given", "several names in one cell, read as one"
    place, do = "a region, of which only the country was read", "if the goods are from there, give it as their origin"
    in_place = named & mapped("supplier_country", lambda cell: origin(cell)[0]).is_not_null()
    found = [
        ("supplier", ~named, "supplier or buyer is missing", LEFT_OUT),
        *((column, named & _is_past(column), over, LEFT_OUT) for column in _ENDED),
        *((side, pl.col(side).str.contains(";"), several, "give each a row of its own") for side in _SIDES),
        ("supplier_country", in_place, place, do),
    ]
    remarks += [remark(rows.filter(which), *said, heading=column, cell=column) for column, which, *said in found]
    reported = pl.concat(remarks).sort("row", "column", "problem", nulls_last=True)
    if frame.is_empty():
        first = next((f"{r['problem']}, row {r['row']}" for r in reported.iter_rows(named=True)), None)
        what, do = "the file has no delivery that can be used", "give one row per delivery, with a supplier and a buyer"
        raise ScreenerError(what, where=str(path), found=first, do=do)
    return Deliveries(frame.drop("currency"), reported, [*notes, *on_sheets, *on_cells], unused)


def _is_past(column: str) -> pl.Expr:
    """Whether a column says that a delivery has ended, where no end is given."""
    ended = mapped(column, lambda cell: folded(cell) in _ENDED[column], pl.Boolean).fill_null(False)
    return ended & pl.col("valid_to").is_null()


def recognised(headings: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """Column of COLUMNS -> heading, for these headings; `given` as for `read_deliveries`."""
    found = {column: heading for column, heading in given.items() if heading in headings}
    newest_first = sorted(headings, key=lambda heading: heading_day(heading) or "", reverse=True)
    for heading in sorted(newest_first, key=WORDS.place):
        column = WORDS.recognise(heading)
        if column and column not in found and heading not in found.values():
            found[column] = heading
    if "value_usd" in found and "value_usd" not in given and heading_currency(found["value_usd"]) not in (None, "USD"):
        dollars = [h for h in headings if WORDS.recognise(h) == "value_usd" and heading_currency(h) == "USD"]
        found |= {"value_usd": dollars[0]} if dollars else {}
        if not dollars:
            del found["value_usd"]
    return found


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
    in_dollars = "value_usd" in given or heading_currency(heading.replace("_", " ").upper()) == "USD"
    cells = {column: table.column(found.get(column)) for column in COLUMNS}
    for column, said in table.stated(WORDS).items():
        if column in _STATED and column not in found:
            cells[column] = [said] * len(table.rows)
            notes.append(f"the {column} of every row, as stated above the table: {said}")
    for heading, side in _further(table, found).items():
        # `To the order of a bank` names no buyer, but beside it is whom to notify.
        named = [_named(cell) for cell in cells[side]]
        cells[side] = [cell or further for cell, further in zip(named, table.column(heading), strict=True)]
        if further := sum(bool(_named(a) and b and a != b) for a, b in zip(table.column(heading), named, strict=True)):
            notes.append(f"further firms under {heading!r} were not read (rows: {further})")
        if cells[side] != named:
            notes.append(f"where {found.get(side)!r} names no {side}, {heading!r} was read")
    cells |= {side: [_named(cell) for cell in cells[side]] for side in _SIDES}
    if going := sorted({cell for cell in cells["status"] if cell and folded(cell) not in _ENDED["status"]}):
        words = ", ".join(going[:_LISTED_AT_MOST]) + (", …" if len(going) > _LISTED_AT_MOST else "")
        notes.append(f"not taken for ended, by {found['status']!r}: {words}")
    if re.search("[%％]", found.get("input_share", "")):
        cells["input_share"] = [cell and f"{cell.rstrip('%')}%" for cell in cells["input_share"]]
    spans = [_SPAN.split(cell) if cell else [] for cell in cells["period"]]
    for column, place in (("valid_from", 0), ("valid_to", -1)):
        of_period = ((span[place] if span else None) or None for span in spans)
        cells[column] = [cell or end for cell, end in zip(cells[column], of_period, strict=True)]
    cells["valid_to"] = [None if cell is None or _OPEN.fullmatch(cell.strip()) else cell for cell in cells["valid_to"]]
    return pl.DataFrame(cells, schema=dict.fromkeys(COLUMNS, pl.String)).with_columns(
        row=pl.Series(table.lines, dtype=pl.Int64) + table.offset,
        key=pl.coalesce("supplier", "buyer"),
        in_dollars=pl.lit(in_dollars),
        unit=pl.lit(heading_unit(heading)),
    )


def _named(cell: str | None) -> str | None:
    """The name in a cell, without the number of a master file before it; none if it has no letter."""
    name = re.sub(
        r"^\d{4,10}\s{2,}(?=\D)|\s+(?:외\s*\d*\s*(?:개?사|업체|곳|명)?|등)$", "", without_placeholder(cell) or ""
    )
    return name if any(map(str.isalpha, name)) and not _ANYBODY.fullmatch(name) else None


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
    foreign = amount.is_not_null() & (pl.col("paid_in") != "USD")
    hs_code = pl.col("hs_code").str.replace_all(r"(?i)^(?:hsk|hts)|\.0$", "")
    digits = hs_code.str.replace_all(r"[^\d]", "")
    # The codes have two digits a level: of an odd number the first, a zero, was lost in a spreadsheet.
    digits = pl.when(digits.str.len_chars().is_in([3, 5, 7, 9])).then("0" + digits).otherwise(digits)
    are_digits = ~hs_code.str.contains("[A-Za-z]{3}") & digits.str.len_chars().is_between(2, 10)
    region = pl.coalesce(mapped(column, lambda cell: origin(cell)[0]) for column in ("origin_region", "origin"))
    from_country = pl.coalesce(mapped("origin", lambda cell: origin(cell)[1]), region.str.slice(0, 2))
    # The value of each cell, and the problem if it has none.
    meant = {
        "value_usd": (pl.when(~foreign & amount.is_between(0, 1e17)).then(amount * pl.col("unit")), "not an amount"),
        "input_share": (pl.when(share.is_between(0, 1)).then(share), "not a fraction between 0 and 1"),
        "hs_code": (pl.when(are_digits).then(digits), "not a customs code of 2 to 10 digits"),
        "origin_region": (region, "not a region that is known here, such as CN-XJ or Xinjiang"),
        "origin": (from_country, "not a country or region that is known here"),
        "date": (pl.when(date.str.len_chars() == 10).then(date), "not a day"),
        "supplier_country": (
            mapped("supplier_country", lambda cell: origin(cell)[1]),
            "not a country that is known here",
        ),
        "buyer_country": (mapped("buyer_country", country), "not a country that is known here"),
        "valid_from": (_days("valid_from", order), "not a day, month or year"),
        "valid_to": (_days("valid_to", order), _NO_END),
    }
    both = frame.with_columns(**{f"{column}_read": cell for column, (cell, _) in meant.items()})
    unread = {c: pl.col(c).is_not_null() & pl.col(f"{c}_read").is_null() for c in meant}
    # On the day of a delivery the relation had begun. A month or year covers all its days, as in
    # schema/tables.py.
    begin = pl.min_horizontal("valid_from_read", "date_read")
    before = (pl.col("valid_to_read").str.pad_end(10, "~") < begin).fill_null(False)
    found = [
        *((c, unread[c] & ~(foreign & (c == "value_usd")), problem) for c, (_, problem) in meant.items()),
        ("value_usd", unread["value_usd"] & foreign, _NO_DOLLARS),
        ("valid_to", before, "the end lies before the beginning"),
    ]
    remarks = [
        remark(both.filter(which), problem, LEFT_OUT if c == "valid_to" else _EMPTIED, heading=c, cell=c)
        for c, which, problem in found
    ]
    read = both.filter(~(unread["valid_to"] | before)).with_columns(
        *(pl.col(f"{column}_read").alias(column) for column in meant if column != "valid_from"), valid_from=begin
    )
    return read.select(*COLUMNS, "row").drop("period", "status"), remarks, notes


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
