"""Remarks on lines of a user's file: cells that could not be read, lines left out."""

from __future__ import annotations

from typing import Final

import polars as pl

REMARK: Final = {
    "row": pl.Int64,
    "column": pl.String,
    "key": pl.String,
    "problem": pl.String,
    "found": pl.String,
    "do": pl.String,
}
"""Columns of a remark; those of `screener.schema.frames.Reject` without table and file."""


def remark(
    lines: pl.DataFrame, problem: str, do: str, *, heading: str | None = None, cell: str | None = None
) -> pl.DataFrame:
    """The same remark on some lines (row, key, and the column `cell` of what was found there; the key unless given)."""
    return lines.select(
        "row",
        column=pl.lit(heading or None, pl.String),
        key="key",
        problem=pl.lit(problem),
        found=pl.col(cell or "key").cast(pl.String),
        do=pl.lit(do),
    )
