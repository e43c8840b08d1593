"""Resolves queries by identifiers: their normal forms, their errors and their owners."""

import re
from typing import Final

import dataframely as dy
import duckdb
import polars as pl

from screener.match.frames import ID_COLUMNS, Queries
from screener.match.names.paper import CODE, MARKET, TERMINAL
from screener.schema import identifiers

SCHEMES: Final = {"isin": "isin", "stock_code": "krx", "dart": "dart", "lei": "lei", "brn": "brn", "crn": "crn"}
"""Scheme of each identifier column of a query, most reliable first; where identifiers disagree, it only sorts them."""

NUMBER: Final = ["row", "matched_by", "value"]
"""What distinguishes one identifier of a query from another."""

IN_NAME: Final = "in_names the name"
"""The column for a stock code in one cell with a name (`삼성전자(005930)`): a number there need not be a code."""

_SHAPES: Final = {
    "isin": re.compile(r"[A-Z]{2}[A-Z0-9]{8,9}[0-9]{1,2}"),
    **{scheme: identifiers.SHAPES[scheme][0] for scheme in ("lei", "crn", "brn", "dart")},
}
_ANYWHERE: Final = ("isin", "lei")
"""Schemes with a unique format; bare digits are ambiguous, so a column's own format takes precedence."""
_NOTHING: Final = ("", "-", "N/A", "NA", "NONE", "NULL", "NAN", "#N/A")
_LONGEST: Final = 64
# A stock code in brackets, before or after a name, in one of three groups.
_CODE: Final = (
    rf"(?i)[\[(]\s*{MARKET}({CODE}){TERMINAL}\s*[\])]|^{MARKET}({CODE}){TERMINAL}[\s:_-]+\p{{L}}"
    rf"|\p{{L}}[)\s.]*[\s:_-]+A?([0-9]{{6}}){TERMINAL}$"
)
# Only a whole cell that looks like an identifier is one; an entity may be called `3M` or `1300K`.
_NUMBER: Final = r"^[\s'\"=]*(?:[A-Za-z]{2}[0-9A-Za-z]{9}[0-9]|A?[0-9][0-9A-Za-z\-.: ]{3,40})[\s'\"]*$"
_FOUND: Final = dict.fromkeys(("matched_by", "value", "problem"), pl.String)


def numbers(queries: dy.DataFrame[Queries]) -> pl.DataFrame:
    """Every identifier in the queries: row, matched_by (of ID_COLUMNS), normal value, column (as found), problem.

    An identifier in the wrong column is recognised: a stock code under `isin`, an ISIN under `name`.
    """
    name = pl.col("name").str.slice(0, _LONGEST)
    cells = [
        queries.select("row", text=pl.col(column).str.slice(0, _LONGEST), column=pl.lit(column))
        for column in ID_COLUMNS
    ]
    cells.append(queries.select("row", text=name, column=pl.lit("name")).filter(pl.col("text").str.contains(_NUMBER)))
    cells.append(queries.select("row", text=code_in_name(pl.col("name")), column=pl.lit(IN_NAME)))
    written = pl.concat(cells).drop_nulls("text")
    once = written.select("column", "text").unique(maintain_order=True)
    read = pl.DataFrame([_read(*cell) for cell in once.iter_rows()], schema=_FOUND, orient="row")
    return (
        written.join(pl.concat([once, read], how="horizontal"), on=["column", "text"], maintain_order="left")
        .drop_nulls("value")
        .unique(NUMBER, keep="first", maintain_order=True)
        .select(*NUMBER, "column", "problem")
    )


def code_in_name(text: pl.Expr) -> pl.Expr:
    """The six characters next to a name that look like a stock code (`삼성전자(005930)`); null if there are none."""
    named = text.str.contains(r"\p{L}{2}")
    return pl.when(named).then(pl.coalesce([text.str.extract(_CODE, group) for group in (1, 2, 3)]).str.to_uppercase())


def _read(column: str, text: str) -> tuple[str | None, str | None, str | None]:
    """Reads a cell: matched_by, the identifier in normal form, its problem; None each if it is not an identifier."""
    column = "stock_code" if column == IN_NAME else column
    plain = identifiers.squeeze(text)
    bare = plain.replace("-", "")
    if plain in _NOTHING or bare in _NOTHING:
        return None, None, None
    by = column if column in SCHEMES else None
    code = identifiers.normalise_stock_code(text)
    if column in _SHAPES and _SHAPES[column].fullmatch(bare):
        by = column
    elif code and column in ("isin", "name", "stock_code"):
        by = "stock_code"
    else:
        allowed = _SHAPES if column == "name" else _ANYWHERE
        by = next((scheme for scheme in allowed if _SHAPES[scheme].fullmatch(bare)), by)
    if by is None:
        return None, None, None
    value = code or plain if by == "stock_code" else bare
    if by in ("dart", "brn", "crn"):
        value = re.sub(r"\.0+$", "", value)
    if by == "dart" and re.fullmatch("[0-9]{5,7}", value):
        value = value.zfill(8)
    return by, value, identifiers.problem(SCHEMES[by], value)


def squeezed(text: pl.Expr) -> pl.Expr:
    """Identifiers in comparable form (`identifiers.squeeze`); words for "none" become null."""
    plain = text.map_elements(identifiers.squeeze, return_dtype=pl.String)
    return pl.when(~plain.is_in(_NOTHING)).then(plain)


def _preference(code: pl.Expr) -> pl.Expr:
    """Whether each six-character code is a preference share's (ends in 5, 7, 9, K, L, M)."""
    return code.str.contains("^.{5}[579KLM]$")


def owners(con: duckdb.DuckDBPyConnection, found: pl.DataFrame) -> pl.DataFrame:
    """Entities that have the valid identifiers: row, matched_by, value, entity_id, security, ended (its last day).

    A Korean share ISIN that is not in the store itself is read through its issuer's stock code, and a preference
    share's code through the common share's, so a holding of either resolves to the issuer.
    """
    # A corporate number with a wrong check digit may be a new one without check digit: it counts if it is known.
    usable = found.filter(pl.col("problem").is_null() | (pl.col("matched_by") == "crn"))
    value = pl.col("value")
    is_kr_isin = (pl.col("matched_by") == "isin") & value.str.starts_with("KR7")
    is_code = pl.col("matched_by") == "stock_code"
    keys = usable.with_columns(
        scheme=pl.col("matched_by").replace_strict(SCHEMES),
        issuer=pl.when(is_kr_isin)
        .then(value.str.slice(3, 5) + "0")
        .when(is_code & _preference(value))
        .then(value.str.slice(0, 5) + "0"),
        preference=(is_kr_isin & (value.str.slice(8, 1) != "0")) | (is_code & _preference(value)),
        share=is_kr_isin | is_code,
    )
    # One text, not a list: the driver checks each element of a list, which takes 0.1 seconds per thousand.
    wanted = pl.concat([keys["value"], keys["issuer"].drop_nulls()]).unique().sort().to_list()
    known = pl.DataFrame(
        con.sql(
            "select entity_id, scheme, value, security, valid_to from identifier"
            " where scheme in ('isin', 'krx', 'dart', 'lei', 'brn', 'crn')"
            " and value in (select unnest(string_split($wanted, ' ')))",
            params={"wanted": " ".join(wanted)},
        )
    ).cast({"entity_id": pl.String, "scheme": pl.String, "value": pl.String, "security": pl.String})
    direct = keys.join(known, on=["scheme", "value"])
    through = keys.join(direct.select("row", "matched_by").unique(), on=["row", "matched_by"], how="anti").join(
        known.filter(pl.col("scheme") == "krx").drop("scheme"), left_on="issuer", right_on="value"
    )
    borne = pl.concat([direct, through.select(direct.columns)])
    borne = borne.with_columns(
        security=pl.when(pl.col("preference"))
        .then(pl.lit("preference"))
        .when(pl.col("share"))
        .then(pl.coalesce("security", pl.lit("common")))
    )
    # A code that two companies had in succession belongs to the one that has it now, or had it last.
    until = pl.col("valid_to")
    return (
        borne.filter(until.is_null() | (~until.is_null().any().over(NUMBER) & (until == until.max().over(NUMBER))))
        .select(*NUMBER, "entity_id", "security", ended="valid_to")
        .unique()
        .sort("row", "matched_by", "entity_id")
    )
