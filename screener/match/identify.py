"""Queries resolved by official numbers: normal forms, what is wrong with them, whom they belong to."""

from __future__ import annotations

from typing import Final

import duckdb
import polars as pl

from screener.match import identifier_columns as columns
from screener.match.frames import ID_COLUMNS
from screener.match.names import paper
from screener.schema import identifiers

SCHEMES: Final = {"isin": "isin", "stock_code": "krx", "dart": "dart", "lei": "lei", "brn": "brn", "crn": "crn"}
"""Scheme of each identifier column of a query, the surest first: where numbers disagree, this order only sorts them."""

IN_NAME: Final = "in_names the name"
"""The column of a stock code in one cell with a name (`삼성전자(005930)`): a number there need not be a code."""

_SHAPES: Final = {
    "isin": r"^[A-Z]{2}[A-Z0-9]{8,9}[0-9]{1,2}$",
    "lei": r"^[A-Z0-9]{18}[0-9]{2}$",
    "crn": r"^[0-9]{13}$",
    "brn": r"^[0-9]{10}$",
    "dart": r"^[0-9]{8}$",
}


def numbers(queries: pl.DataFrame) -> pl.DataFrame:
    """Every number in the queries: row, matched_by (of ID_COLUMNS), normal value, column (as found), problem or null.

    A number in the wrong column is read for what it is: a stock code under `isin`, an ISIN under `name`.
    """
    frames: list[pl.DataFrame] = []
    for column in (*ID_COLUMNS, "name"):
        if column not in queries.columns:
            continue
        written = queries.select("row", pl.col(column).cast(pl.String).str.slice(0, 64).alias("text")).drop_nulls(
            "text"
        )
        if column == "name":
            # Only a whole cell that looks like a number is one; an entity may well be called `3M` or `1300K`.
            written = written.filter(
                pl.col("text").str.contains(
                    r"^[\s'\"=]*(?:[A-Za-z]{2}[0-9A-Za-z]{9}[0-9]|A?[0-9][0-9A-Za-z\-.: ]{3,40})[\s'\"]*$"
                )
            )
        if written.height == 0:
            continue
        frames.append(_one_column(written, column).with_columns(column=pl.lit(column)))
    if "name" in queries.columns:
        in_names = queries.select("row", text=paper.code_in_name(pl.col("name").cast(pl.String))).drop_nulls("text")
        frames.append(_one_column(in_names, "stock_code").with_columns(column=pl.lit(IN_NAME)))
    if not frames:
        return pl.DataFrame(
            schema={
                "row": pl.Int64,
                "matched_by": pl.String,
                "value": pl.String,
                "column": pl.String,
                "problem": pl.String,
            }
        )
    found = pl.concat(frames).unique(["row", "matched_by", "value"], keep="first", maintain_order=True)
    wrong = found.filter(~pl.col("valid"))
    problem = pl.Series(
        [identifiers.problem(SCHEMES[by], value) for by, value in wrong.select("matched_by", "value").iter_rows()],
        dtype=pl.String,
    )
    return pl.concat(
        [
            found.filter(pl.col("valid")).drop("valid").with_columns(problem=pl.lit(None, pl.String)),
            wrong.drop("valid").with_columns(problem.alias("problem")),
        ]
    )


def _one_column(written: pl.DataFrame, column: str) -> pl.DataFrame:
    """Values of one column of the query with the scheme that each of them has by its shape."""
    plain = columns.squeezed(pl.col("text")).str.replace_all("-", "", literal=True)
    shaped = written.with_columns(plain=plain, code=columns.stock_code(pl.col("text")).alias("code")).drop_nulls(
        "plain"
    )
    own = SCHEMES.get(column)
    by = pl.lit(column if own else None, pl.String)
    for scheme, shape in reversed(_SHAPES.items()):
        fits = pl.col("plain").str.contains(shape)
        # Digits alone are ambiguous (a brn of ten digits), so a column's own shape wins over a foreign one.
        by = pl.when(fits & (pl.lit(scheme in {"isin", "lei"} or column == "name"))).then(pl.lit(scheme)).otherwise(by)
    is_code = pl.col("code").is_not_null() & pl.lit(column in {"isin", "name", "stock_code"})
    by = pl.when(is_code).then(pl.lit("stock_code")).otherwise(by)
    if own in _SHAPES:
        by = pl.when(pl.col("plain").str.contains(_SHAPES[own])).then(pl.lit(column)).otherwise(by)
    normal = shaped.with_columns(by.alias("matched_by")).drop_nulls("matched_by")
    parts: list[pl.DataFrame] = []
    for (name,), part in normal.group_by("matched_by", maintain_order=True):
        scheme = SCHEMES[str(name)]
        value = part.select(columns.normalised(pl.col("text"), scheme).alias("value")).to_series()
        checked = part.select("row", "matched_by").with_columns(value, columns.is_valid(value, scheme).alias("valid"))
        parts.append(checked.drop_nulls("value"))
    empty = pl.DataFrame(schema={"row": pl.Int64, "matched_by": pl.String, "value": pl.String, "valid": pl.Boolean})
    return pl.concat([empty, *parts])


def owners(con: duckdb.DuckDBPyConnection, found: pl.DataFrame) -> pl.DataFrame:
    """Entities that bear the valid numbers: row, matched_by, value, entity_id, security, ended (the number's last day).

    A Korean share ISIN that is not in the store itself is read through its issuer's stock code, and a preference
    share's code through the common share's, so a holding of either resolves to the issuer.
    """
    # A corporate number whose check digit fails may be a new one without check digit: it counts where it is known.
    usable = found.filter(pl.col("problem").is_null() | (pl.col("matched_by") == "crn"))
    value = pl.col("value")
    is_kr_isin = (pl.col("matched_by") == "isin") & value.str.starts_with("KR7")
    is_code = pl.col("matched_by") == "stock_code"
    keys = usable.with_columns(
        scheme=pl.col("matched_by").replace_strict(SCHEMES),
        issuer=pl.when(is_kr_isin)
        .then(value.str.slice(3, 5) + "0")
        .when(is_code & columns.is_preference_code(value))
        .then(columns.common_stock_code(value)),
        preference=(is_kr_isin & (value.str.slice(8, 1) != "0")) | (is_code & columns.is_preference_code(value)),
        share=is_kr_isin | is_code,
    )
    # One text, not a list: the driver checks each element of a list, which takes a tenth of a second for a thousand.
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
    # A code that was given to two companies one after the other belongs to the one that bears it now, or bore it last.
    until = pl.col("valid_to")
    number = ["row", "matched_by", "value"]
    return (
        borne.filter(until.is_null() | (~until.is_null().any().over(number) & (until == until.max().over(number))))
        .select(*number, "entity_id", "security", ended="valid_to")
        .unique()
        .sort("row", "matched_by", "entity_id")
    )
