"""A holdings file to holdings: columns recognised, numbers read, lines told apart, weights derived. Nothing is dropped unsaid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import dataframely as dy
import polars as pl

from screener.errors import ScreenerError
from screener.portfolio.headings import HEADINGS, recognise, says_percent
from screener.portfolio.table import TextTable, display_name, read_table
from screener.schema.frames import Holding, Reject

IDENTIFYING: Final = ("isin", "stock_code", "dart", "lei", "brn", "crn", "name")
_CASH: Final = (
    r"(?i)^\W*(cash|cash .*|.* cash|krw cash|usd cash|cash ?& ?equivalents|money market.*|deposits?|time deposit.*|current account.*|"
    r"현금.*|예수금.*|예금.*|원화예금|외화예금.*|단기금융.*|미수금|미지급금|콜론.*|.*\bMMF\b.*|.*환매조건부.*|RP매수.*|기타자산|유동자산)\W*$"
)
_CASH_CODE: Final = r"(?i)^\W*(cash|krw|usd|eur|jpy|cny|cash_?[a-z]{3})\W*$"
_DERIVATIVE: Final = r"(?i)\b(futures|options?|swaps?|forwards?|warrants?|cfd|call|put|fx forward)\b|선물|옵션|스왑|선도(?:거래|계약|환)|통화선도|신주인수권|ELW|KOSPI ?200 F|\bF 20\d{4}"
_TOTAL: Final = r"(?i)^\W*(total|sub-?total|grand total|sum|합계|총계|소계|계|총합계|합 계)\W*$"
_KOREA: Final = r"(?i)^(kr|kor|korea.*|south korea|republic of korea|한국|대한민국|국내)$"
_FOREIGN_LISTING: Final = r"(?i)^[A-Z0-9.]{1,10}[ .:](US|UN|UW|UQ|JP|JT|T|HK|LN|L|GY|GR|DE|FP|PA|SW|CH|C1|CG|SS|SZ|SH|TT|TW|AU|AX|CN|CT|SP|SI|NA|AS|IM|MI|SM|MC|N|O|OQ|K)( EQUITY)?$"
_FULL_WIDTH: Final = dict(zip("０１２３４５６７８９．，", "0123456789.,", strict=True))
# A share by its number, whatever its name sounds like: derivatives have other codes and ISINs.
_SHARE_ISIN: Final = r"^KR7[0-9A-Z]{9}$"
_SHARE_CODE: Final = r"(?i)^A?\d{5}[0-9KLM](\.K[SQ])?$"


@dataclass(frozen=True)
class Portfolio:
    """The holdings of a file, the lines and cells set aside, and what a reader must be told about the file.

    `columns` maps what was read to the heading that it stood under.
    """

    name: str
    holdings: dy.DataFrame[Holding]
    rejects: dy.DataFrame[Reject]
    notes: list[str]
    columns: dict[str, str] = field(default_factory=dict)


def read_holdings(path: str | Path, columns: Mapping[str, str] | None = None) -> Portfolio:
    """Reads a holdings file.

    Args:
        path: CSV, XLSX or Parquet (see `screener.portfolio.table.read_table`).
        columns: column -> heading, where the headings are not recognised: `{"isin": "Wertpapier"}`.

    Raises:
        ScreenerError: the file cannot be read, a heading of `columns` is not in it, or no column identifies a company.
    """
    path = Path(path)
    table = read_table(path)
    found = _columns(table, columns or {}, path)
    notes = list(table.notes)
    text = pl.col
    wanted = (*IDENTIFYING, "currency", "country", "asset_class", "weight", "value")
    # The file's own headings go first: one of them may be called as ours are.
    filled = table.frame.select(filled=pl.any_horizontal(pl.all().is_not_null())).to_series()
    frame = table.frame.select(
        *(text(found[c]).alias(c) if c in found else pl.lit(None, dtype=pl.String).alias(c) for c in wanted)
    )
    frame = frame.with_row_index("row", offset=table.first_row).with_columns(text("row").cast(pl.Int64)).filter(filled)
    frame = frame.with_columns(_number("weight").alias("weight_written"), _number("value").alias("value_number"))
    rejects: list[pl.DataFrame] = []
    name = display_name(path)

    first = pl.coalesce("name", "stock_code", "isin")
    # A company may be called Total; a line of totals has no ISIN.
    total = first.str.contains(_TOTAL).fill_null(False) & pl.col("isin").is_null()
    rejects.append(
        _told(frame.filter(total), name, None, "a line of totals, not a holding", first, "nothing, it was left out")
    )
    blank = pl.all_horizontal(pl.col(c).is_null() for c in IDENTIFYING)
    rejects.append(
        _told(
            frame.filter(blank & ~total),
            name,
            None,
            "no cell identifies a company",
            pl.lit(None),
            "give a code, an ISIN or a name",
        )
    )
    frame = frame.filter(~total & ~blank)
    if frame.is_empty():
        raise ScreenerError("the file has a header and no holdings", where=str(path), do="give one line a holding")

    for column, number in (("weight", "weight_written"), ("value", "value_number")):
        unread = pl.col(column).is_not_null() & pl.col(number).is_null()
        rejects.append(
            _told(
                frame.filter(unread),
                name,
                found.get(column),
                "not a number",
                pl.col(column),
                "the line is screened without it",
            )
        )
    rejects.append(_duplicates(frame, name))
    frame = frame.with_columns(kind=_kind())
    frame, weighing = _weights(frame, found, name, rejects)
    holdings = frame.select(
        "row", *("name", "isin", "stock_code", "dart", "lei", "brn", "crn", "currency", "country"),
        pl.col("value_number").alias("value"), "weight_written", "weight", "kind",
    )  # fmt: skip
    told = pl.concat(rejects).sort("row", "column", "problem", nulls_last=True)
    return Portfolio(
        name, Holding.validate(holdings, cast=True), Reject.validate(told, cast=True), notes + weighing, found
    )


def _columns(table: TextTable, given: Mapping[str, str], path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for column, heading in given.items():
        if column not in HEADINGS:
            raise ScreenerError(
                "no such column", where="--column", found=column, do=f"use one of {', '.join(HEADINGS)}"
            )
        if heading not in table.frame.columns:
            raise ScreenerError(
                "the file has no such heading",
                where=f"--column {column}",
                found=heading,
                do=f"its headings are {', '.join(table.frame.columns[:20])}",
            )
        found[column] = heading
    for heading in table.frame.columns:
        column_name = recognise(heading)
        if column_name and column_name not in found and heading not in found.values():
            found[column_name] = heading
    if not any(c in found for c in IDENTIFYING):
        raise ScreenerError(
            "no column that identifies a company was recognised",
            where=str(path),
            found=", ".join(table.frame.columns[:12]),
            do="name one, for example --column name=HEADING or --column isin=HEADING",
        )
    return found


def _number(column: str) -> pl.Expr:
    """Numbers as people write them: 1,234.5 · 1.234,5 · 12.3% · ₩1,000 · (123) or △123 for minus; null where it is none.

    Nothing is guessed: a date, a range or two signs are no number, and neither is anything that is not finite.
    """
    text = pl.col(column).str.replace_many(_FULL_WIDTH).str.replace_all(r"[\s\u00a0₩￦$€£¥%％원]|KRW|USD", "")
    negative = text.str.contains(r"^\(.+\)$|^[-−△▲]")
    bare = text.str.replace(r"^\((.+)\)$", "${1}").str.replace(r"^[-+−△▲]", "")
    # Three digits after a comma part thousands, unless a lone zero stands before it; any other comma is a decimal comma.
    grouped = bare.str.contains(r"^[1-9]\d{0,2}(,\d{3})+(\.\d*)?$")
    continental = bare.str.contains(r"^\d{1,3}(\.\d{3})+,\d+$|^\d{1,3}(\.\d{3}){2,}$|^\d*,\d+$")
    plain = (
        pl.when(grouped)
        .then(bare.str.replace_all(",", ""))
        .when(continental)
        .then(bare.str.replace_all(".", "", literal=True).str.replace(",", "."))
        .otherwise(bare)
    )
    size = (
        pl.when(plain.str.contains(r"^([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?$"))
        .then(plain)
        .cast(pl.Float64, strict=False)
    )
    signed = pl.when(negative).then(-size).otherwise(size)
    return pl.when(signed.is_finite()).then(signed)


def _kind() -> pl.Expr:
    code, isin, name = pl.col("stock_code"), pl.col("isin"), pl.col("name")
    asset = pl.col("asset_class").fill_null("")
    written = isin.str.replace_all(r"[\s-]", "").str.to_uppercase()
    share = written.str.contains(_SHARE_ISIN).fill_null(False) | code.str.contains(_SHARE_CODE).fill_null(False)
    cash = (
        (name.str.contains(_CASH).fill_null(False) & ~share)
        | code.str.contains(_CASH_CODE).fill_null(False)
        | asset.str.contains(_CASH)
    )
    derivative = (name.str.contains(_DERIVATIVE).fill_null(False) & ~share) | asset.str.contains(_DERIVATIVE)
    other_isin = written.str.contains(r"^[A-Z]{2}[A-Z0-9]{9}[0-9]$") & ~written.str.starts_with("KR")
    elsewhere = pl.col("country").is_not_null() & ~pl.col("country").str.contains(_KOREA)
    # The ISIN or code of a Korean share outweighs the country column and words in the name (POSCO Future M is no future).
    korean = written.str.starts_with("KR7").fill_null(False) | code.str.contains(
        r"(?i)^A?\d[0-9A-Z]{5}(\.K[SQ])?$"
    ).fill_null(False)
    listed_elsewhere = code.str.contains(_FOREIGN_LISTING).fill_null(False)
    bare_ticker = code.str.contains(r"^[A-Z]{1,5}$").fill_null(False) & isin.is_null()
    foreign = ~korean & (other_isin.fill_null(False) | elsewhere.fill_null(False) | listed_elsewhere | bare_ticker)
    return (
        pl.when(cash)
        .then(pl.lit("cash"))
        .when(derivative & ~korean)
        .then(pl.lit("derivative"))
        .when(foreign)
        .then(pl.lit("foreign"))
        .otherwise(pl.lit("security"))
    )


def _duplicates(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    keys = [
        pl.coalesce("isin", "stock_code", "dart", "lei", "brn", "crn", "name").str.to_uppercase(),
        pl.col("weight"),
        pl.col("value"),
    ]
    again = ~pl.struct(*keys).is_first_distinct()
    return _told(
        frame.filter(again),
        name,
        None,
        "the same line stands above already",
        pl.coalesce("name", "isin", "stock_code"),
        "both are counted; remove one if it is a mistake",
    )


def _weights(
    frame: pl.DataFrame, found: Mapping[str, str], name: str, rejects: list[pl.DataFrame]
) -> tuple[pl.DataFrame, list[str]]:
    """Adds `weight`, a fraction; says what was assumed.

    Percent or fraction is told from the heading, a % sign in the cells, or the sum (more than 1.5 can only be percent). Weights are
    never rescaled: what is missing to 100 % is missing, and is said.
    """
    if "weight" in found and frame["weight_written"].is_not_null().any():
        total = float(frame["weight_written"].sum())
        signed = bool(frame.select((pl.col("weight").str.contains("[%％]")).any()).item())
        percent = says_percent(found["weight"]) or signed or total > 1.5
        if percent and total <= 1.5 and not signed and frame.height > 1 and total > 0.9:
            percent = False  # a heading like "weight %" over numbers that sum to 1 still holds fractions
        scale = 100.0 if percent else 1.0
        negative = pl.col("weight_written") < 0
        rejects.append(
            _told(
                frame.filter(negative),
                name,
                found["weight"],
                "a negative weight (a short position?)",
                pl.col("weight"),
                "the line is screened, not weighed",
            )
        )
        missing = pl.col("weight").is_null()
        rejects.append(
            _told(
                frame.filter(missing),
                name,
                found["weight"],
                "no weight",
                pl.lit(None),
                "the line is screened, not weighed",
            )
        )
        frame = frame.with_columns(weight=pl.when(pl.col("weight_written") >= 0).then(pl.col("weight_written") / scale))
        summed = 100 * float(frame["weight"].sum())
        notes = [f"weights were read as {'percent' if percent else 'fractions'}"]
        if not 99.5 <= summed <= 100.5:
            notes.append(f"the weights sum to {summed:.4g} %, not 100 %; they are used as written")
        return frame, notes
    currencies = frame["currency"].drop_nulls().str.to_uppercase().unique().sort().to_list()
    value = pl.col("value_number")
    if "value" in found and len(currencies) > 1:
        frame = frame.with_columns(weight=pl.lit(None, dtype=pl.Float64))
        return frame, [
            f"values are in several currencies ({', '.join(currencies)}), so no weights were derived; give a weight column"
        ]
    if "value" in found and (total_value := float(frame.select(value.filter(value > 0).sum()).item())) > 0:
        rejects.append(
            _told(
                frame.filter(value < 0),
                name,
                found["value"],
                "a negative value (a short position?)",
                pl.col("value"),
                "the line is screened, not weighed",
            )
        )
        return frame.with_columns(weight=pl.when(value >= 0).then(value / total_value)), [
            "weights were derived from the values"
        ]
    frame = frame.with_columns(weight=pl.lit(None, dtype=pl.Float64))
    return frame, ["the file has neither weights nor values; every line counts, none is weighed"]


def _told(rows: pl.DataFrame, file: str, column: str | None, problem: str, found: pl.Expr, do: str) -> pl.DataFrame:
    return rows.select(
        table=pl.lit("holding"),
        file=pl.lit(file),
        row=pl.col("row"),
        column=pl.lit(column, dtype=pl.String),
        key=pl.coalesce("name", "isin", "stock_code"),
        problem=pl.lit(problem),
        found=found.cast(pl.String),
        do=pl.lit(do),
    )
