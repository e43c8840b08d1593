"""ISINs that follow from stock codes, and identifiers whose check digit is wrong."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from screener.schema.frames import Reject
from screener.schema.identifiers import isin_from_stock_code, problem


def derived_isins(identifiers: pl.DataFrame) -> tuple[pl.DataFrame, dy.DataFrame[Reject]]:
    """The ISIN of each common share (KR7 + code + 00 + check digit), and the identifiers that fail their own check.

    Preference shares are numbered apart (005935 is KR7005931001), so theirs are only what a source says.

    Args:
        identifiers: checked text rows of the identifier table.

    Returns:
        Frame of entity_id, value, valid_from, valid_to, source_ids; and the rejects (their rows stay in the store: a
        wrong digit in a source is a fact worth seeing).
    """
    common = identifiers.filter((pl.col("scheme") == "krx") & (pl.col("security").fill_null("common") == "common"))
    common = common.filter(pl.col("value").str.contains(r"^[0-9][0-9A-Z]{5}$"))
    codes = common.get_column("value").unique(maintain_order=True)
    isins = pl.DataFrame(
        {"code": codes, "isin": [isin_from_stock_code(code) for code in codes]},
        schema={"code": pl.String, "isin": pl.String},
    )
    derived = common.join(isins, left_on="value", right_on="code").select(
        "entity_id", pl.col("isin").alias("value"), "valid_from", "valid_to", "source_ids"
    )
    checks = identifiers.select("scheme", "value").unique(maintain_order=True)
    faults = checks.with_columns(
        problem=pl.Series([problem(s, v) for s, v in checks.iter_rows()], dtype=pl.String)
    ).filter(pl.col("problem").is_not_null())
    wrong = identifiers.join(faults, on=["scheme", "value"]).select(
        table=pl.lit("identifier"),
        file=pl.col("_file"),
        row=pl.col("_row"),
        column=pl.lit("value"),
        key=pl.col("entity_id"),
        problem=pl.col("problem"),
        found=pl.col("value"),
        do=pl.lit("check the number with its source; the row is kept as it is"),
    )
    return derived, Reject.validate(wrong, cast=True)
