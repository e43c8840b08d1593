"""Rows that were set aside, described so that their author can mend them."""

from __future__ import annotations

from typing import Any

import polars as pl

from screener.errors import ScreenerError
from screener.report.phrases import phrase
from screener.report.text import plain


def rejects_text(rejects: pl.DataFrame) -> str:
    """One line a problem: `file:row column [key]: problem (found …); what to do`."""
    return "\n".join(plain(_line(row)) for row in rejects.iter_rows(named=True))


def _line(row: dict[str, Any]) -> str:
    where = f"{row['file']}{':' + str(row['row']) if row['row'] else ''}"
    where += f"{' ' + row['column'] if row['column'] else ''}{' [' + row['key'] + ']' if row['key'] else ''}"
    return ScreenerError(row["problem"], where=where, found=row["found"], do=row["do"]).line(phrase)


def rejects_table(rejects: pl.DataFrame) -> None:
    """Prints the problems as a table on the terminal."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=phrase(f"{rejects.height} problems"), title_justify="left", expand=False)
    for heading in ("where", "column", "key", "problem", "found", "do"):
        table.add_column(phrase(heading), overflow="fold")
    for r in rejects.iter_rows(named=True):
        where = f"{r['file']}:{r['row']}" if r["row"] else r["file"]
        problem, do = phrase(r["problem"]), phrase(r["do"])
        table.add_row(*(plain(c or "") for c in (where, r["column"], r["key"], problem, r["found"], do)))
    Console(markup=False, highlight=False).print(table)
