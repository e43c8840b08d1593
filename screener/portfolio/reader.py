"""Reads a holdings file: its sheets, columns and numbers, and what each line is. Nothing is lost."""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import dataframely as dy
import polars as pl
from stdnum import isin

from screener.errors import ScreenerError
from screener.portfolio import columns as headings
from screener.portfolio import kinds
from screener.portfolio.names import BOND, clean
from screener.portfolio.weights import read_numbers, weigh
from screener.readers.dates import order_of, parse_date
from screener.readers.header import Table, folded, known_headings, read_tables, unused_note
from screener.readers.numbers import CURRENCIES, currency_code, heading_currency, heading_unit, parse_number
from screener.readers.places import country as country_code
from screener.readers.remarks import is_total, remark
from screener.readers.sheets import read_sheets
from screener.readers.text import without_placeholder
from screener.schema.frames import Holding, Reject
from screener.schema.identifiers import normalise_stock_code

IDENTIFYING: Final = ("name", *headings.CODES)
_LIST_AT_MOST: Final = 12
_SHARED_SIGN: Final = dict.fromkeys("AUD CAD HKD MXN NZD SGD TWD".split(), "USD") | {"CNY": "JPY"}  # `$`, `¥`
_PROOF_ROWS: Final = 200
_UNEVEN: Final = 6
_SHORT: Final = {column: frozenset(map(folded, words)) for column, words in known_headings("short").items()}
_CODE: Final = re.compile(r"\W*[A-Za-z.: ]*\d{5}[0-9A-Z](?:[.: ].*)?")
_QUARTER: Final = re.compile(r"^(20\d\d)\W?년?\s?(?:Q([1-4])|([1-4])(?:Q|분기))$")
_LOT: Final = re.compile(r"(?i)(?:tax )?lots?(?: ?(?:no\.?|#))? ?\d*|(?:매수|매입) ?\d+차|\d+차 (?:매수|매입)")
_NO_HOLDING: Final = {
    "total": ("a line of totals, not a holding", "nothing, it was left out"),
    "sum": ("it has no number and equals the sum of other lines: a total", "give its number if it is not a total"),
    "remark": ("a remark, not a holding", "nothing, it was left out"),
    "nobody": ("no cell identifies a company", "give a code, an ISIN or a name"),
    "lot": ("a lot of the security above it", "nothing, it was counted with that line"),
    "earlier": ("of an earlier day than the newest in the file", "nothing, it was left out"),
}


@dataclass(frozen=True)
class Portfolio:
    """The holdings of a file, the lines and cells set aside, and notes on the file for its reader.

    `columns` maps each column that was read to its heading.
    """

    name: str
    holdings: dy.DataFrame[Holding]
    rejects: dy.DataFrame[Reject]
    notes: list[str]
    columns: dict[str, str] = field(default_factory=dict)


def read_holdings(
    path: str | Path,
    columns: Mapping[str, str] | None = None,
    sheets: Sequence[str] = (),
    *,
    where: str = "PORTFOLIO",
) -> Portfolio:
    """Reads a holdings file.

    Args:
        path: CSV, XLSX, XLS, ODS, an HTML table or Parquet (see `screener.readers.sheets.read_sheets`).
        columns: column -> heading, where the headings are not recognised: `{"isin": "Wertpapier"}`.
        sheets: names of the sheets to read; all visible ones that hold holdings unless given.
        where: what named the file, for errors.

    Raises:
        ScreenerError: the file cannot be read, lists trades, lacks a heading of `columns`, or no column names a firm.
    """
    path, given = Path(path), columns or {}
    read, notes = read_sheets(path, where, sheets)

    def lacks(table: Table) -> tuple[str, str] | None:
        what = "no column that identifies a company was recognised"
        do = "name one, for example --column name=HEADING or --column isin=HEADING"
        used = headings.choose(table, given)
        if used.identify:
            what, do = "the table lists trades, not holdings", "give a list of what is held on one day"
        return None if used.identify and not headings.are_trades(table, used.one) else (what, do)

    tables, on_sheets = read_tables(read, headings.WORDS, given, "--column", str(path), lacks)
    notes += on_sheets
    chosen = [headings.choose(table, given) for table in tables]
    frame = pl.concat([_lines(table, used, notes) for table, used in zip(tables, chosen, strict=True)])
    frame = frame.with_columns(_fates(frame))
    if earlier := _earlier_days(frame.filter(pl.col("fate") == "holding")):
        notes.append(f"only lines of the newest day are counted; left out: {', '.join(earlier)}")
        is_earlier = (pl.col("fate") == "holding") & pl.col("day").is_in(earlier)
        frame = frame.with_columns(fate=pl.when(is_earlier).then(pl.lit("earlier")).otherwise("fate"))
    holdings = frame.filter(pl.col("fate") == "holding")
    if holdings.is_empty():
        raise ScreenerError("the file has a header and no holdings", where=str(path), do="give one line per holding")
    heads = [chosen[0].one.get(column, "") for column in ("weight", "value")]
    weighed, on_weights, how_weighed = weigh(holdings, heads)
    remarks = [remark(frame.filter(pl.col("fate") == fate), *said) for fate, said in _NO_HOLDING.items()]
    for column, number, heading in (("weight_cell", "weight_written", heads[0]), ("value_cell", "value", heads[1])):
        unread = holdings.filter(pl.col(column).is_not_null() & pl.col(number).is_null())
        remarks.append(remark(unread, "not a number", "the line is screened without it", heading=heading, cell=column))
    for column in ("figi", "sedol"):
        lines = holdings.filter(pl.col(column).is_not_null()).with_columns(key=column)
        problem = f"a {column.upper()}, which is not known here"
        remarks.append(remark(lines, problem, "its name and other numbers decide"))
    numbered = pl.coalesce(*headings.CODES, "name").str.to_uppercase()
    again = holdings.filter(~pl.struct(numbered, "weight_cell", "value_cell", "name").is_first_distinct())
    do = "both are counted; remove one if it is a mistake"
    remarks += [remark(again, "the same line already appears above", do), on_weights]
    if len(hidden := holdings.filter("hidden")["row"]):
        notes.append(f"hidden rows were read like the others: {', '.join(map(str, hidden.head(_LIST_AT_MOST)))}")
    rejects = pl.concat(remarks).sort("row", "column", "problem", nulls_last=True)
    rejects = rejects.with_columns(table=pl.lit("holding"), file=pl.lit(path.name))
    return Portfolio(
        path.name,
        Holding.validate(weighed.select(Holding.column_names()), cast=True),
        Reject.validate(rejects.select(Reject.column_names()), cast=True),
        notes + how_weighed,
        {column: heading for used in reversed(chosen) for heading, column in reversed(used.used.items())},
    )


def _lines(table: Table, columns: headings.Columns, notes: list[str]) -> pl.DataFrame:
    """The records of a sheet: row, sheet, line, hidden, cells as text, numbers read, and what each line is."""
    sheet = f"sheet {table.sheet.name!r}: " if table.sheet.name and table.offset else ""
    notes += [sheet + n for n in (*table.notes, *columns.notes, *unused_note(table.unused(columns.used)))]
    _refuse_side_by_side(table, columns)
    written = {column: table.column(columns.one.get(column)) for column in headings.SINGLE}
    names = list(zip(*(table.column(heading) for heading in columns.names), strict=True))
    written["name"] = (
        [next(filter(without_placeholder, row), None) for row in names] if columns.names else table.column(None)
    )
    written |= _codes(table, columns, written["name"])
    for place, name in enumerate(written["name"]):  # Names and codes may stand in one column.
        if name and (number := _bare(name)) != name and isin.is_valid(number):
            written["isin"][place] = written["isin"][place] or number
            written["name"][place] = name.replace(number, " ").strip(" -/|,:()[]") or None
        elif name and _CODE.fullmatch(name) and normalise_stock_code(name):
            written["stock_code"][place] = written["stock_code"][place] or name
    for column in ("currency", "fund_currency"):
        written[column] = [currency_code(cell) if cell else None for cell in written[column]]
    if kinds.are_payments([cell for cell in written["asset_class"] if cell]):
        notes.append(f"{sheet}{columns.one['asset_class']!r} says how the securities were bought, not what they are")
        written["asset_class"] = table.column(None)
    cells = pl.DataFrame(written, schema=dict.fromkeys(written, pl.String))
    proof = _numbers(table)
    weights, assumed = read_numbers(written["weight"], are_weights=True, proof=proof)
    values, unsure = read_numbers(written["value"], are_weights=False, proof=proof)
    if any(n and not n.percent for n in values):  # among amounts a percentage is none
        values = [n if n and not n.percent else None for n in values]
    if assumed:
        notes.append(f"{sheet}commas in {columns.one['weight']!r} were read as decimal commas")
    heading = columns.one.get("value", "")
    if unsure:
        notes.append(f"{sheet}points in {heading!r} were read as decimal points, though they may separate thousands")
    above, stated = _unit_above(table), table.stated(headings.WORDS)
    unit = heading_unit(heading)
    unit = unit if unit != 1 else heading_unit(above)
    if unit != 1 and heading:
        notes.append(f"{sheet}values are counted in units of {unit:,.0f}")
    parts = headings.parts_of_percent(columns.one.get("weight", ""))
    called = {column: [folded(cell or "") in words for cell in written[column]] for column, words in _SHORT.items()}
    quantities = (parse_number(cell or "") for cell in written["quantity"])
    called["quantity"] = [quantity is not None and quantity.value < 0 for quantity in quantities]
    short = [any(marks) for marks in zip(*called.values(), strict=True)]
    if any(short):
        saying = ", ".join(repr(columns.one[column]) for column, marks in called.items() if any(marks))
        notes.append(f"{sheet}lines that {saying} calls short count negative: {sum(short)}")
    weights, values = (
        [n and n._replace(value=-abs(n.value)) if is_short else n for n, is_short in zip(numbers, short, strict=True)]
        for numbers in (weights, values)
    )
    # The currency of each security is not that of values which are all in the fund's.
    of_line = "fund_currency" if headings.in_one_currency(heading) else "currency"
    of_heading = heading_currency(heading)
    said_above = currency_code(stated.get("fund_currency") or stated.get("currency") or "")
    of_table = heading_currency(above) or (said_above if said_above in CURRENCIES else None)
    shared = _SHARED_SIGN.get(of_heading or of_table or "")
    named = pl.Series([number and number.currency for number in values], dtype=pl.String).replace(shared, None)
    line = pl.Series(table.lines, dtype=pl.Int64)
    schema = dict.fromkeys(("company", "security", "kind", "foreign"), pl.String)
    asked = cells.select("name", "asset_class", "isin", "stock_code", "country", "exchange").iter_rows()
    papers = names or [()] * len(cells)
    said = [_read_line((line[0], *also), *line[1:]) for line, also in zip(asked, papers, strict=True)]
    return cells.rename({"weight": "weight_cell", "value": "value_cell"}).hstack(
        pl.DataFrame(said, schema=schema, orient="row")
    ).with_columns(
        line=line,
        sheet=pl.lit(table.sheet.name, pl.String),
        row=line + table.offset,
        key=pl.coalesce(*IDENTIFYING),
        hidden=line.is_in(list(table.sheet.hidden)),
        filled=pl.Series([sum(cell is not None for cell in row) for row in table.rows], dtype=pl.Int64),
        width=pl.lit(len(table.headings)),
        weight_written=pl.Series([n.value / (parts or 1) if n else None for n in weights], dtype=pl.Float64),
        weight_percent=pl.Series([bool(n and n.percent) for n in weights], dtype=pl.Boolean),
        value=pl.Series([n.value * unit if n else None for n in values], dtype=pl.Float64),
        currency=pl.coalesce(named, pl.lit(of_heading, pl.String), of_line, pl.lit(of_table, pl.String)),
        day=pl.Series(_days(table, written["day"]), dtype=pl.String),
        table_no=pl.lit(table.offset + table.sheet.first + table.above),
        percent_heading=pl.lit(parts is not None),
    ).with_columns(_held_abroad(pl.Series(written["currency"], dtype=pl.String)))  # fmt: skip


def _held_abroad(currency: pl.Series) -> pl.Expr:
    """`foreign`, also for a share known by its name alone in another currency, where those in won say which are local.

    Shares of Korean companies are traded in won, their receipts mostly in US dollars.
    """
    security = pl.col("kind") == kinds.SECURITY
    elsewhere = ~currency.is_in(["KRW", "USD"]) & currency.is_in(list(CURRENCIES))
    alone = pl.all_horizontal(pl.col(code).is_null() for code in headings.CODES) & (pl.col("security").is_null())
    local = (security & (currency == "KRW")).any()
    reason = pl.when(security & alone & local & elsewhere).then(pl.format("it is held in {}", pl.lit(currency)))
    return pl.coalesce("foreign", reason).alias("foreign")


def _numbers(table: Table) -> list[str]:
    """The first cells of each column of numbers: any may prove how the table writes decimals."""
    columns = (list(filter(None, map(without_placeholder, c))) for c in zip(*table.rows[:_PROOF_ROWS], strict=True))
    # `1,2` may be two notes.
    of_numbers = (
        c for c in columns if all(map(parse_number, c)) and not any(re.fullmatch(r"\d,\d", cell) for cell in c)
    )
    return [cell for column in of_numbers for cell in column]


def _days(table: Table, cells: Sequence[str | None]) -> list[str | None]:
    """The day as of which each line is true, as a column or the sheet's name says."""
    order, name = order_of(cell for cell in cells if cell), table.sheet.name or ""
    cells = [cell and _QUARTER.sub(lambda q: f"{q[1]}-{3 * int(q[2] or q[3]):02}", cell) for cell in cells]
    of_sheet = parse_date(re.sub(r"(?<=^20\d\d)(?=\d\d$)", "-", name))
    days = {cell: parse_date(cell, day_first=order is not False) if cell else of_sheet for cell in set(cells)}
    return [days[cell] for cell in cells]


def _earlier_days(holdings: pl.DataFrame) -> list[str]:
    """The days before the newest one, if the file has the same portfolio on several days."""
    dated = holdings.drop_nulls("day")
    days = dated["day"].unique().sort().to_list()
    newest, earlier = (set(dated.filter(pl.col("day").is_in(some))["key"]) for some in (days[-1:], days[:-1]))
    # Lots that were bought on different days are all held: most have a day of their own.
    return days[:-1] if 2 * len(newest & earlier) >= len(newest) and 2 * len(dated) >= 3 * len(days) else []


def _refuse_side_by_side(table: Table, columns: headings.Columns) -> None:
    """Of two tables next to each other only one would be read.

    Raises:
        ScreenerError: the headings of names and of another column come twice, and both names are filled.
    """
    first = {heading.removesuffix(" (2)") for heading in table.headings if heading.endswith(" (2)")}
    for name in columns.names:
        other = f"{name} (2)"
        if len(first) > 1 and other in columns.names:
            both = [a for a, b in zip(table.column(name), table.column(other), strict=True) if a and b and a != b]
            if both:
                what, do = "two tables stand next to each other", "put one below the other, or on a sheet of its own"
                raise ScreenerError(what, where=table.sheet.name, found=f"{name!r} twice", do=do)


def _unit_above(table: Table) -> str:
    """What a title says of the unit for the whole table: `(단위: 백만원)`."""
    for row in table.sheet.rows[: table.above]:
        for cell in row:
            if cell and ("단위" in cell or "unit" in cell.lower() or cell.lower().startswith("(in ")):
                return cell.rsplit("단위", 1)[-1]
    return ""


def _codes(table: Table, columns: headings.Columns, names: list[str | None]) -> dict[str, list[str | None]]:
    """The numbers of each line by kind, in whatever column they are; of two of one kind, the first.

    A word that can be no number (`Total`, 현금) is the name of a line without one.
    """
    codes: dict[str, list[str | None]] = {column: [None] * len(table.rows) for column in headings.CODES}
    for heading, said in columns.codes.items():
        cells = [cell and without_placeholder(_bare(cell)) for cell in table.column(heading)]
        kind = {cell: headings.classify_code(cell, said) for cell in set(cells) if cell}
        for place, cell in enumerate(cells):
            if cell and not names[place] and headings.is_word(cell, said):
                names[place] = cell
            elif cell and codes[kind[cell]][place] is None:
                codes[kind[cell]][place] = cell
    return codes


def _bare(cell: str) -> str:
    """The ISIN in a cell with other words, else the cell without brackets around it."""
    found = re.search(r"\b[A-Z]{2}[A-Z0-9]{9}\d\b", cell) if len(cell) > 12 else None
    return found[0] if found and isin.is_valid(found[0]) else re.sub(r"^[(\[]([^()\[\]]+)[)\]]$", r"\1", cell)


def _read_line(
    names: Sequence[str | None],
    asset_class: str | None,
    isin: str | None,
    code: str | None,
    country: str | None,
    exchange: str | None,
) -> tuple[str | None, str | None, str, str | None]:
    """Company, type of security, kind, and why it may be foreign; of the first of the names.

    Beside the issuer's name may be that of the paper, which says the kind: `POSCO call 12/26`.
    """
    name, *papers = names
    called = [name, *(paper for paper in papers if paper and paper != name and not kinds.is_remark(paper))]
    forms = [kinds.kind_of(one, asset_class, isin, code) for one in called]
    kind, is_bond = next((form for form in forms if form[0] != kinds.SECURITY), forms[0])
    company, says = clean(name, bond=is_bond and kind == kinds.SECURITY) if name else (None, None)
    why = kinds.foreign_reason(isin, code, country_code(country), country, exchange)
    return company, BOND if is_bond else says, kind, why if kind == kinds.SECURITY else None


def _is_total_of(name: str, names: Container[str]) -> bool:
    """Whether a name is the total of a group or of lines with one of the names: `Total Taiwan`, `삼성전자 요약`."""
    bare = re.sub(r"(?i)^(?:sub[- ]?)?total (?:of )?|\s+(?:(?:sub[- ]?)?total|소계|합계|계|요약)$", "", name)
    return bare != name and (kinds.is_group(bare) or bare in names)


Sums = tuple[int, float, float]
"""How many lines there are, and the sums of their weights and of their values."""
_NOTHING: Final[Sums] = (0, 0.0, 0.0)


def _fates(frame: pl.DataFrame) -> pl.Series:
    """What each line is: `holding`, or one of _NO_HOLDING: a total by its name, a sum by arithmetic and so on."""
    fates: list[str] = []
    coded = pl.any_horizontal(pl.col(c).is_not_null() for c in headings.CODES)
    numbered = bool(frame.select(coded.any()).item())
    weighed = any(frame.select(pl.col("weight_written", "value").is_not_null().any()).row(0))
    # Weights that add up to the whole with every line hold no sums of others.
    names = frame.select(pl.coalesce("name", *headings.CODES)).to_series().fill_null("")
    called = set(names)
    frame = frame.with_columns(
        total=pl.Series([is_total(name) or _is_total_of(name, called) for name in names], dtype=pl.Boolean),
        group=pl.Series([kinds.is_group(name) for name in names], dtype=pl.Boolean),
    )
    summed = frame.filter(~pl.col("total")).group_by("sheet").agg(pl.col("weight_written").sum())
    whole = {sheet for sheet, weight in summed.iter_rows() if min(abs(weight - 100), abs(100 * weight - 100)) < 0.5}
    sheet: object = None
    since_total = of_sheet = _NOTHING
    above: tuple[float | None, float | None] = (None, None)
    wanted = ("sheet", *IDENTIFYING, "filled", "width", "weight_written", "value", "kind", "total", "group")
    unnumbered = (kinds.SECURITY, kinds.FUND)
    with_number = coded | (~pl.col("kind").is_in(unnumbered) & ~pl.col("total") & ~pl.col("group"))
    summands = (pl.lit(1), pl.col("weight_written").fill_null(0.0), pl.col("value").fill_null(0.0))
    below, of_all = (
        frame.select((with_number * part).sum().over("sheet", *group).alias(str(n)) for n, part in enumerate(summands))
        for group in ([(~with_number).cum_sum()], [])
    )
    every = frame.select(wanted).iter_rows(named=True)
    for line, *others in zip(every, below.iter_rows(), of_all.iter_rows(), strict=True):
        if line["sheet"] != sheet:
            sheet, since_total, of_sheet = line["sheet"], _NOTHING, _NOTHING
        codes = [line[column] for column in headings.CODES if line[column]]
        first = line["name"] or next(iter(codes), None)
        amounts = (line["weight_written"], line["value"])
        is_lot = not codes and _LOT.fullmatch(first or "")
        if first is None:
            fate = "nobody"
        elif (
            (line["total"] and (line["kind"] == kinds.CASH or not any(c.isdigit() for code in codes for c in code)))
            or (
                line["group"]
                and not codes
                and line["kind"] != kinds.GOVERNMENT  # of the Republic of Korea
                and (line["sheet"] not in whole or amounts == (None, None))
            )
            or (weighed and line["filled"] == 1 < line["width"] and kinds.is_share_of(first))
        ):
            fate = "total"
        elif line["filled"] == 1 and line["width"] > 1 and kinds.is_remark(first):
            fate = "remark"
        elif is_lot and above != (None, None):
            fate = "lot"
        elif (
            (numbered or _is_uneven(line["value"]))
            and not codes
            and line["kind"] in unnumbered
            and line["sheet"] not in whole
            and any(_are_sums(amounts, sums) for sums in (since_total, of_sheet, *others))
        ):
            fate = "sum"
        else:
            fate, above = "holding", above if is_lot else amounts
            since_total, of_sheet = _and(since_total, line), _and(of_sheet, line)
        if fate in ("total", "sum"):
            since_total = _NOTHING
        fates.append(fate)
    return pl.Series("fate", fates, dtype=pl.String)


def _and(sums: Sums, line: Mapping[str, Any]) -> Sums:
    return sums[0] + 1, sums[1] + (line["weight_written"] or 0.0), sums[2] + (line["value"] or 0.0)


def _is_uneven(value: float | None) -> bool:
    """Whether an amount has so many digits that it is the sum of others by no chance."""
    return value is not None and len(f"{value:.2f}".replace(".", "").strip("0")) >= _UNEVEN


def _are_sums(amounts: tuple[float | None, float | None], others: Sums) -> bool:
    """Whether a line's weight and value, as far as it has them, are the sums of at least two other lines."""
    stated = [(amount, total) for amount, total in zip(amounts, others[1:], strict=True) if amount is not None]
    close = (amount > 0 and abs(amount - total) <= 1e-6 * abs(total) for amount, total in stated)
    return others[0] >= 2 and bool(stated) and all(close)
