"""`screener screen`: score every holding of a portfolio."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import click

from screener.cli import options
from screener.cli.opening import assessed, holdings, matched, opened, stop_at
from screener.cli.output import write_result
from screener.errors import ScreenerError
from screener.report.formats import FORMATS, Shown
from screener.store.build import second_connection


@click.command("screen")
@click.argument("portfolio", metavar="PORTFOLIO")
@options.HOLDINGS
@options.switch("--full", "Show everything, not only what fits two screens (terminal).")
@options.count("--limit", "How many companies to describe beyond their line in the table (terminal).")
@options.text("--benchmark", "FILE", "A second portfolio to compare with.")
@options.choice("--table", ("lines", "findings"), "Which table csv and parquet hold.")
@options.text(
    "--previous",
    "RUN",
    "Also report what changed since this run (a folder of `quarter`, or a JSON file of `screen` or `list`), and why.",
)
@options.FAIL_ON
@options.assessing(*FORMATS)
def command(
    portfolio: str,
    full: bool,
    limit: int | None,
    benchmark: str | None,
    table: str,
    previous: str | None,
    asked: options.CommonOptions,
) -> None:
    """Score every holding of PORTFOLIO and report what was found, on what evidence.

    PORTFOLIO is CSV, XLSX, XLS, ODS, an HTML table or Parquet. Exits with 0, or with 1 if --fail-on was given and a
    holding reaches that band.
    """
    from screener.portfolio.screen import screen
    from screener.report.build import Choice, screening_document

    before = None
    if previous:
        from screener.runs.quarter import read_run

        # Read before any work is done: it may be missing.
        if asked.live or asked.topics:
            what, found = "what changed is reported for whole screenings only", "--live" if asked.live else "--topic"
            raise ScreenerError(what, where="--previous", found=found, do="leave it out")
        before = read_run(Path(previous))
    read = holdings(portfolio, asked)
    other = holdings(benchmark, replace(asked, sheets=()), "--benchmark") if benchmark else None
    with opened(asked) as con, ThreadPoolExecutor(1) as pool:
        # Names and rules are independent until both are known, and each takes about half of the time.
        matching = pool.submit(matched, second_connection(con, asked.known_at), read)
        assessment = assessed(con, asked)
        screening = screen(read, matching.result(), assessment)
        compared = screen(other, matched(con, other), assessment) if other else None
    w = asked.wording()
    document = screening_document(screening, w, Choice(topics=asked.topics, live=asked.live), compared)
    if before is not None:
        from screener.runs.changes import changes
        from screener.runs.documents import run_of, since

        after = run_of(document)
        document = since(document, before, after, changes(before, after), w)
    write_result(asked, document, w, Shown(table, full, limit))
    stop_at(screening.lines["band"].drop_nulls(), asked)
