"""A holdings file to holdings: sheets, columns and numbers read, each line known for what it is. Nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import dataframely as dy
import polars as pl

from screener.errors import ScreenerError
from screener.portfolio import kinds
from screener.portfolio.columns import Columns, choose, classify_code
from screener.portfolio.headings import CODES, WORDS, says_percent
from screener.portfolio.names import BOND, clean
from screener.portfolio.weights import read_numbers, weigh
from screener.readers.header import Table, read_tables, unused_note
from screener.readers.header import column as cells_of
from screener.readers.numbers import heading_currency, heading_unit
from screener.readers.places import country as country_code
from screener.readers.remarks import remark
from screener.readers.sheets import display_name, read_sheets
from screener.schema.frames import Holding, Reject

IDENTIFYING: Final = ("name", *CODES)
_WRITTEN: Final = ("currency", "country", "asset_class")
_LIST_AT_MOST: Final = 12


@dataclass(frozen=True)
class Portfolio:
    """The holdings of a file, the lines and cells set aside, and notes on the file for its reader.

    `columns` maps what was read to the heading that it stood under. `account` says of every filled line of the file
    what became of it: sheet (null in a file with one table), line, fate: `holding`, `total`, `set aside` or `title`.
    """

    name: str
    holdings: dy.DataFrame[Holding]
    rejects: dy.DataFrame[Reject]
    notes: list[str]
    columns: dict[str, str] = field(default_factory=dict)
    account: pl.DataFrame = field(default_factory=pl.DataFrame)


@dataclass(frozen=True)
class _Page:
    """A sheet with holdings: its table, the columns chosen, and what is added to its row numbers."""

    table: Table
    columns: Columns
    offset: int


def read_holdings(path: str | Path, columns: Mapping[str, str] | None = None, sheets: Sequence[str] = ()) -> Portfolio:
    """Reads a holdings file.

    Args:
        path: CSV, XLSX, XLS, ODS, an HTML table or Parquet (see `screener.readers.sheets.read_sheets`).
        columns: column -> heading, where the headings are not recognised: `{"isin": "Wertpapier"}`.
        sheets: names of the sheets to read; all visible ones that hold holdings unless given.

    Raises:
        ScreenerError: the file cannot be read, a heading of `columns` is not in it, or no column identifies a company.
    """
    path, given = Path(path), columns or {}
    name = display_name(path)
    read, notes = read_sheets(path, "PORTFOLIO", sheets)

    def lacking(table: Table) -> ScreenerError:
        do = "name one, for example --column name=HEADING or --column isin=HEADING"
        what = "no column that identifies a company was recognised"
        return ScreenerError(what, where=str(path), found=", ".join(table.headings[:12]), do=do)

    found = read_tables(read, WORDS, given, "--column", lambda table: choose(table, given).identify, lacking)
    pages = [_Page(t, choose(t, given), offset) for t, offset in zip(found.tables, found.offsets, strict=True)]
    notes += found.notes
    frame = pl.concat([_page_frame(page, notes) for page in pages])
    frame = frame.with_columns(_fates(frame))
    remarks = [
        remark(frame.filter(pl.col("fate") == fate), problem, do)
        for fate, problem, do in (
            ("total", "a line of totals, not a holding", "nothing, it was left out"),
            ("sum", "it has no number and equals the sum of the lines above: a total", "give its number if it is none"),
            ("remark", "a remark, not a holding", "nothing, it was left out"),
            ("nobody", "no cell identifies a company", "give a code, an ISIN or a name"),
        )
    ]  # fmt: skip
    fate = pl.col("fate").replace({"sum": "total", "remark": "set aside", "nobody": "set aside"})
    account = frame.select("sheet", "line", fate.alias("fate"))
    others = pl.DataFrame(found.other_lines("holding"), schema=account.schema, orient="row")
    holdings = frame.filter(pl.col("fate") == "holding")
    if holdings.is_empty():
        raise ScreenerError("the file has a header and no holdings", where=str(path), do="give one line a holding")
    heads = [pages[0].columns.one.get(column, "") for column in ("weight", "value")]
    for column, number, heading in (("weight_cell", "weight_written", heads[0]), ("value_cell", "value", heads[1])):
        unread = holdings.filter(pl.col(column).is_not_null() & pl.col(number).is_null())
        remarks.append(remark(unread, "not a number", "the line is screened without it", heading=heading, cell=column))
    for column in ("figi", "sedol"):
        lines = holdings.filter(pl.col(column).is_not_null()).with_columns(key=column)
        remarks.append(
            remark(lines, f"a {column.upper()}, which is not known here", "its name and other numbers decide")
        )
    numbered = pl.coalesce(*IDENTIFYING[1:], "name").str.to_uppercase()
    again = holdings.filter(~pl.struct(numbered, "weight_cell", "value_cell", "name").is_first_distinct())
    remarks.append(
        remark(again, "the same line stands above already", "both are counted; remove one if it is a mistake")
    )
    in_percent = any(says_percent(page.columns.one.get("weight", "")) for page in pages)
    weighed, on_lines, on_weights = weigh(holdings, heads, in_percent)
    remarks.append(on_lines)
    hidden = weighed.filter("hidden")
    if hidden.height:
        rows = ", ".join(map(str, hidden["row"].head(_LIST_AT_MOST)))
        notes.append(f"hidden rows were read like the others: {rows}")
    rejects = pl.concat(remarks).sort("row", "column", "problem", nulls_last=True)
    rejects = rejects.with_columns(table=pl.lit("holding"), file=pl.lit(name))
    return Portfolio(
        name,
        Holding.validate(weighed.select(Holding.column_names()), cast=True),
        Reject.validate(rejects.select(Reject.column_names()), cast=True),
        notes + on_weights,
        {column: heading for page in reversed(pages) for heading, column in reversed(page.columns.used.items())},
        pl.concat([account, others]).sort("sheet", "line", nulls_last=False),
    )


def _page_frame(page: _Page, notes: list[str]) -> pl.DataFrame:
    """The records of a sheet: row, sheet, line, hidden, cells as text, numbers read, and what each line is."""
    table, columns = page.table, page.columns
    sheet = f"sheet {table.sheet.name!r}: " if table.sheet.name and page.offset else ""
    notes += [sheet + note for note in (*table.notes, *columns.notes, *unused_note(table, columns.used))]
    cells: dict[str, Any] = {
        column: cells_of(table, columns.one.get(column)) for column in ("weight", "value", *_WRITTEN)
    }
    named = [cells_of(table, heading) for heading in columns.names]
    cells["name"] = (
        [next(filter(None, row), None) for row in zip(*named, strict=True)] if named else [None] * len(table.rows)
    )
    cells |= _codes(table, columns)
    weights = read_numbers(cells["weight"], are_weights=True, proof=cells["value"])
    values = read_numbers(cells["value"], are_weights=False, proof=cells["weight"])
    if weights.assumed:
        notes.append(f"{sheet}commas in {columns.one['weight']!r} were read as decimal commas")
    heading = columns.one.get("value", "")
    unit = heading_unit(heading) if heading_unit(heading) != 1 else _unit_above(table)
    if unit != 1 and heading:
        notes.append(f"{sheet}values are counted in units of {unit:,.0f}")
    of_heading = heading_currency(heading)
    currencies = [
        (number.currency if number else None) or of_heading or (written.upper() if written else None)
        for number, written in zip(values.numbers, cells["currency"], strict=True)
    ]
    lines = [
        _read_line(*line)
        for line in zip(
            cells["name"], cells["asset_class"], cells["isin"], cells["stock_code"], cells["country"], strict=True
        )
    ]
    schema = dict.fromkeys(("company", "security", "kind", "foreign"), pl.String)
    read = pl.DataFrame(lines, schema=schema, orient="row")
    text = {column: pl.Series(cells[column], dtype=pl.String) for column in (*IDENTIFYING, "country", "asset_class")}
    return pl.DataFrame(text).hstack(read).with_columns(
        line=pl.Series(table.lines, dtype=pl.Int64),
        sheet=pl.lit(table.sheet.name, pl.String),
        row=pl.Series(table.lines, dtype=pl.Int64) + page.offset,
        key=pl.coalesce(*IDENTIFYING),
        hidden=pl.Series([line in table.sheet.hidden for line in table.lines], dtype=pl.Boolean),
        filled=pl.Series([sum(cell is not None for cell in row) for row in table.rows], dtype=pl.Int64),
        width=pl.lit(len(table.headings)),
        weight_cell=pl.Series(cells["weight"], dtype=pl.String),
        value_cell=pl.Series(cells["value"], dtype=pl.String),
        weight_written=pl.Series([n.value if n else None for n in weights.numbers], dtype=pl.Float64),
        weight_percent=pl.Series([bool(n and n.percent) for n in weights.numbers], dtype=pl.Boolean),
        value=pl.Series([n.value * unit if n else None for n in values.numbers], dtype=pl.Float64),
        currency=pl.Series(currencies, dtype=pl.String),
    )  # fmt: skip


def _unit_above(table: Table) -> float:
    """The unit that a title says for the whole table: `(단위: 백만원)`."""
    for row in table.sheet.rows[: max(table.titles, default=1) - table.sheet.first]:
        for cell in row:
            if cell and ("단위" in cell or "unit" in cell.lower() or cell.lower().startswith("(in ")):
                return heading_unit(cell.rsplit("단위", 1)[-1])
    return 1.0


def _codes(table: Table, columns: Columns) -> dict[str, list[str | None]]:
    """The numbers of each line in the column of what they are, wherever they stand; of two of one kind the first."""
    sorted_: dict[str, list[str | None]] = {column: [None] * len(table.rows) for column in CODES}
    for heading, said in columns.codes.items():
        seen: dict[str, str] = {}
        for place, cell in enumerate(cells_of(table, heading)):
            if cell is None:
                continue
            if cell not in seen:
                seen[cell] = classify_code(cell, said)
            column = sorted_[seen[cell]]
            if column[place] is None:
                column[place] = cell
    return sorted_


# --- lines -----------------------------------------------------------------------------------------------


def _read_line(
    name: str | None, asset_class: str | None, isin: str | None, code: str | None, country: str | None
) -> tuple[str | None, str | None, str, str | None]:
    """Company, what the paper is, kind, and why it may be foreign."""
    kind, is_bond = kinds.kind_of(name, asset_class, isin, code)
    read = clean(name, bond=is_bond and kind == kinds.SECURITY) if name else None
    security = BOND if is_bond else read.security if read else None
    why = kinds.foreign_reason(isin, code, country_code(country) if country else None, country)
    return read.company if read else None, security, kind, why if kind == kinds.SECURITY else None


Amounts = tuple[float | None, float | None]
Sums = tuple[int, float, float]


def _fates(frame: pl.DataFrame) -> pl.Series:
    """What each line is: `holding`, `total`, `sum` (by arithmetic), `remark` or `nobody` (it names no company)."""
    fates: list[str] = []
    numbered = bool(frame.select(pl.any_horizontal(pl.col(c).is_not_null() for c in CODES).any()).item())
    nothing = (0, 0.0, 0.0)  # lines, sum of their weights, of their values
    group, everything = nothing, nothing
    wanted = ("sheet", *IDENTIFYING, "filled", "width", "weight_written", "value", "kind")
    sheet: object = None
    for line in frame.select(wanted).iter_rows(named=True):
        if line["sheet"] != sheet:
            sheet, group, everything = line["sheet"], nothing, nothing
        codes = [line[column] for column in CODES if line[column]]
        first = line["name"] or next(iter(codes), None)
        amounts = (line["weight_written"], line["value"])
        real = [code for code in codes if any(map(str.isdigit, code))]
        if first is None:
            fate = "nobody"
        elif not real and kinds.is_total(first):
            fate = "total"
        elif line["filled"] == 1 and line["width"] > 1 and kinds.is_remark(first):
            fate = "remark"
        elif (
            numbered
            and not codes
            and line["kind"] == kinds.SECURITY
            and (_sums(group, amounts) or _sums(everything, amounts))
        ):
            fate = "sum"
        else:
            fate = "holding"
        fates.append(fate)
        if fate == "holding":
            group, everything = _added(group, amounts), _added(everything, amounts)
        elif fate in ("total", "sum"):
            group = nothing
    return pl.Series("fate", fates, dtype=pl.String)


def _added(above: Sums, amounts: Amounts) -> Sums:
    """Sums with one more line."""
    return above[0] + 1, above[1] + (amounts[0] or 0.0), above[2] + (amounts[1] or 0.0)


def _sums(above: Sums, amounts: Amounts) -> bool:
    """Whether the weight and the value of a line, those that it has, are the sums of at least two lines above."""
    if above[0] < 2 or all(amount is None for amount in amounts):
        return False
    return all(
        amount is None or (amount > 0 and abs(amount - total) <= 1e-6 * abs(total))
        for amount, total in zip(amounts, above[1:], strict=True)
    )
