"""`screener screen`: score every holding of a portfolio."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import click

from screener.cli import options
from screener.cli.opening import assessed, opened, reaches
from screener.cli.output import FORMATS, check_format, deliver
from screener.errors import EXIT_THRESHOLD, ScreenerError
from screener.store.build import beside

if TYPE_CHECKING:
    from rich.console import Console


@click.command("screen")
@click.argument("portfolio", metavar="PORTFOLIO")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=HEADING",
    help="Where a heading is not recognised, e.g. isin=Wertpapier.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Tell at most this many companies in full (terminal).")
@options.format_option(*FORMATS)
@click.option(
    "--table",
    type=click.Choice(["lines", "findings"]),
    default="lines",
    show_default=True,
    help="Which table csv and parquet hold.",
)
@options.OUT
@options.CLOCKS
@options.TOPIC
@options.FAIL_ON
@options.SUPPLY
@options.STORES
@options.RULES
@options.MANNERS
def command(
    portfolio: str,
    columns: tuple[str, ...],
    limit: int | None,
    fmt: str,
    table: str,
    out: str | None,
    as_of: dt.date | None,
    known_at: dt.date | None,
    topics: tuple[str, ...],
    fail_on: str | None,
    supply: str | None,
    supply_columns: tuple[str, ...],
    store: str | None,
    datasets: tuple[str, ...],
    rules: tuple[str, ...],
    quiet: bool,
    debug: bool,
) -> None:
    """Score every holding of PORTFOLIO (CSV, XLSX or Parquet) and report what was found, on what evidence.

    Exits with 0, or with 1 if --fail-on was given and a holding reaches that band.
    """
    from screener.portfolio.reader import read_holdings
    from screener.portfolio.screen import match_holdings, screen
    from screener.report import machine

    check_format(fmt, out)
    read = read_holdings(portfolio, dict(_column(given) for given in columns))
    columns_of_supply = options.named_columns(supply_columns, "--supply-column")
    with (
        opened(store, datasets, quiet=quiet, supply=supply, supply_columns=columns_of_supply) as con,
        ThreadPoolExecutor(1) as beside_it,
    ):
        # Names and rules have nothing to do with each other until both are known, and each takes about half of the time.
        matched = beside_it.submit(match_holdings, beside(con, known_at), read)
        assessment = assessed(con, rules, topics, as_of, known_at, quiet=quiet)
        screening = screen(read, matched.result(), assessment)

    def print_it(paper: Console) -> None:
        from screener.report.terminal import print_screening

        print_screening(screening, paper, limit=limit)

    held = screening.lines["entity_id"].drop_nulls().unique().to_list()
    deliver(
        fmt,
        out,
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


def _column(given: str) -> tuple[str, str]:
    name, sign, heading = given.partition("=")
    if not sign or not heading:
        raise ScreenerError(
            "not NAME=HEADING", where="--column", found=given, do="write for example --column isin=Wertpapier"
        )
    return name.strip(), heading
