"""Derives ISINs from stock codes, and finds identifiers with a wrong check digit."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from screener.schema.frames import Reject
from screener.schema.identifiers import isin_from_stock_code, problem


def with_isins(identifiers: pl.DataFrame) -> tuple[pl.DataFrame, dy.DataFrame[Reject]]:
    """Adds the ISIN of each common share (KR7 + code + 00 + check digit); finds identifiers that fail their check.

    Preference shares are numbered differently (005935 is KR7005931001), so their ISINs come only from sources.

    Args:
        identifiers: checked text rows of the identifier table.

    Returns:
        The rows with the derived ones; and the rejects (their rows stay in the store: a wrong digit in a source is
        worth seeing).
    """
    code = pl.col("value")
    common = (pl.col("scheme") == "krx") & (pl.col("security").fill_null("common") == "common")
    isins = identifiers.filter(common & code.str.contains(r"^[0-9][0-9A-Z]{5}$")).with_columns(
        code.map_elements(isin_from_stock_code, pl.String), scheme=pl.lit("isin"), security=pl.lit("common")
    )
    fault = pl.struct("scheme", "value").map_elements(lambda row: problem(row["scheme"], row["value"]), pl.String)
    wrong = identifiers.select(
        table=pl.lit("identifier"),
        file=pl.col("_file"),
        row=pl.col("_row"),
        column=pl.lit("value"),
        key=pl.col("entity_id"),
        problem=fault,
        found=code,
        do=pl.lit("compare the number with its source; the row is used as it is"),
    )
    return identifiers.vstack(isins), Reject.validate(wrong.drop_nulls("problem"), cast=True)
