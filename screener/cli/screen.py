"""`screener screen`: score every holding of a portfolio."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import click

from screener.cli import options
from screener.cli.opening import assessed, opened_as, reaches
from screener.cli.output import FORMATS, check_format, deliver
from screener.errors import EXIT_THRESHOLD
from screener.store.build import beside

if TYPE_CHECKING:
    from rich.console import Console


@click.command("screen")
@click.argument("portfolio", metavar="PORTFOLIO")
@options.COLUMN
@options.SHEET
@click.option("--limit", type=click.IntRange(min=1), help="Tell at most this many companies in full (terminal).")
@click.option(
    "--table",
    type=click.Choice(["lines", "findings"]),
    default="lines",
    show_default=True,
    help="Which table csv and parquet hold.",
)
@options.FAIL_ON
@options.assessing(*FORMATS)
def command(
    portfolio: str,
    columns: tuple[str, ...],
    sheets: tuple[str, ...],
    limit: int | None,
    table: str,
    fail_on: str | None,
    asked: options.Asked,
) -> None:
    """Score every holding of PORTFOLIO (CSV, XLSX, XLS, ODS, an HTML table or Parquet) and report what was found, on what evidence.

    Exits with 0, or with 1 if --fail-on was given and a holding reaches that band.
    """
    from screener.portfolio.match import match_holdings
    from screener.portfolio.reader import read_holdings
    from screener.portfolio.screen import screen
    from screener.report import machine

    check_format(asked.fmt, asked.out)
    read = read_holdings(portfolio, options.named_columns(columns, "--column"), sheets)
    with (
        opened_as(asked) as con,
        ThreadPoolExecutor(1) as beside_it,
    ):
        # Names and rules have nothing to do with each other until both are known, and each takes about half of the time.
        matched = beside_it.submit(match_holdings, beside(con, asked.known_at), read)
        assessment = assessed(con, asked)
        screening = screen(read, matched.result(), assessment)

    def print_it(paper: Console) -> None:
        from screener.report.terminal import print_screening

        print_screening(screening, paper, limit=limit)

    held = screening.lines["entity_id"].drop_nulls().unique().to_list()
    deliver(
        asked,
        terminal=print_it,
        document=lambda: machine.screening_json(screening),
        table=lambda: machine.lines_table(screening) if table == "lines" else machine.findings_table(assessment, held),
        sheets=lambda: (
            {"lines": machine.lines_table(screening), "findings": machine.findings_table(assessment, held)}
            | {"by topic": screening.by_topic, "set aside": read.rejects, "sources": machine.sources_table(assessment)}
        ),
        assessment=assessment,
        title=f"South Korean corporate complicity screening: {read.name}",
    )
    worst = [band for band in screening.lines["band"].drop_nulls().unique() if fail_on and reaches(band, fail_on)]
    if worst:
        raise click.exceptions.Exit(EXIT_THRESHOLD)
