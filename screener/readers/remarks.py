"""Remarks on lines of a user's file: cells that could not be read, lines left out."""

from __future__ import annotations

import polars as pl


def remark(
    lines: pl.DataFrame, problem: str, do: str, *, heading: str | None = None, cell: str | None = None
) -> pl.DataFrame:
    """The same remark on several lines: row, column, key, problem, found, do, as in `screener.schema.frames.Reject`.

    `lines` have row, key, and `cell`, the column of what was found; by default the key.
    """
    return lines.select(
        "row",
        column=pl.lit(heading or None, pl.String),
        key="key",
        problem=pl.lit(problem),
        found=pl.col(cell or "key").cast(pl.String),
        do=pl.lit(do),
    )
