"""Rows that were set aside, described so that their author can mend them."""

from __future__ import annotations

import polars as pl

from screener.report.text import plain


def rejects_text(rejects: pl.DataFrame) -> str:
    """One line a problem: `file:row column [key]: problem (found …); what to do`."""
    return "\n".join(
        plain(
            f"{r['file']}{':' + str(r['row']) if r['row'] else ''}"
            f"{' ' + r['column'] if r['column'] else ''}{' [' + r['key'] + ']' if r['key'] else ''}: {r['problem']}"
            f"{' (found ' + repr(r['found']) + ')' if r['found'] is not None else ''}; {r['do']}"
        )
        for r in rejects.iter_rows(named=True)
    )


def rejects_table(rejects: pl.DataFrame) -> None:
    """Prints the problems as a table on the terminal."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{rejects.height} problems", title_justify="left", expand=False)
    for heading in ("where", "column", "key", "problem", "found", "do"):
        table.add_column(heading, overflow="fold")
    for r in rejects.iter_rows(named=True):
        where = f"{r['file']}:{r['row']}" if r["row"] else r["file"]
        table.add_row(*(plain(c or "") for c in (where, r["column"], r["key"], r["problem"], r["found"], r["do"])))
    Console(markup=False, highlight=False).print(table)
