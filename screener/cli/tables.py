"""Results that are one table: printed, or written as JSON, CSV, Parquet or Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from screener.cli.output import emit, paper
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

    fmt, out = asked.fmt, asked.out
    if fmt == "terminal":
        with paper(out) as console:
            if by:
                print_grouped(console, w, frame, by, [name for name in shown if name not in by], head)
            else:
                print_table(console, w, frame, shown, head)
    elif fmt == "json":
        emit(serialise.dump({"schema": schema, **(facts or {}), "rows": frame.to_dicts()}), out)
    elif fmt == "csv":
        emit(("\ufeff" if out else "") + serialise.csv_text(frame), out)
    elif fmt == "md":
        emit(markdown_table(w, frame, shown, head), out)
    else:
        write_whole(Path(out or ""), serialise.parquet_bytes(frame))
