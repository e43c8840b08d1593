"""Results that are one table: printed, or written as JSON, CSV, Parquet or Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from screener.cli.output import emit
from screener.report.files import write_whole

if TYPE_CHECKING:
    import polars as pl

    from screener.cli.options import Asked
    from screener.report.wording import Wording

FORMATS: Final = ("terminal", "json", "csv", "parquet", "md")


def write_table(
    asked: Asked,
    w: Wording,
    schema: str,
    frame: pl.DataFrame,
    shown: Sequence[str],
    *,
    head: Sequence[str] = (),
    by: Sequence[str] = (),
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Gives a table in the format asked for.

    Args:
        asked: its format is one of FORMATS.
        w: the language of headings.
        schema: name of the JSON document, such as `screener/gap/1`.
        frame: the table; csv, parquet and json hold all its columns.
        shown: the columns that a reader is shown (terminal, md), in order.
        head: lines above the table.
        by: columns that head a group of rows in the terminal; none for a plain table.
        facts: what the JSON says beside the rows.
    """
    from screener.report import serialise
    from screener.report.tables import markdown_table, print_grouped, print_table
    from screener.report.terminal import page

    fmt, out = asked.fmt, asked.out
    if fmt == "terminal":
        with page(120 if out else None) as (paper, gathered):
            if by:
                print_grouped(paper, w, frame, by, [name for name in shown if name not in by], head)
            else:
                print_table(paper, w, frame, shown, head)
        if out:
            emit(gathered[0], out)
    elif fmt == "json":
        emit(serialise.dump({"schema": schema, **(facts or {}), "rows": frame.to_dicts()}), out)
    elif fmt == "csv":
        emit(("\ufeff" if out else "") + serialise.csv_text(frame), out)
    elif fmt == "md":
        emit(markdown_table(w, frame, shown, head), out)
    else:
        write_whole(Path(out or ""), serialise.parquet_bytes(frame))
