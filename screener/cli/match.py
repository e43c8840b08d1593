"""`screener match`: names and identifiers to companies, with a review file that a person corrects and hands back."""

import datetime as dt
import getpass
from pathlib import Path

import click

from screener.cli import options
from screener.cli.output import note, write
from screener.errors import ScreenerError
from screener.report.phrases import phrase


@click.command("match")
@click.argument("file", metavar="[FILE]", required=False)
@options.HOLDINGS
@options.text("--matches", "REVIEWED", "The review file corrected by a person; its choices are remembered.")
@options.text("--by", "WHO", "Who decided (default: the user of this computer).")
@options.text("--undo", "ID", "Take a remembered decision back.", type=int)
@options.switch("--decisions listed", "List the remembered decisions.")
@options.switch("--anywhere", "Names may be companies of any country, not Korean ones first.")
@options.asking(options.formats("terminal", "json", "csv", "xlsx"), options.OUT, options.STORES)
def command(
    file: str | None,
    matches: str | None,
    by: str | None,
    undo: int | None,
    listed: bool,
    anywhere: bool,
    asked: options.CommonOptions,
) -> None:
    """Match the names and identifiers in FILE to companies.

    The CSV or XLSX result is a review file: one line per candidate, the chosen one marked 1 in the column `choice`.
    Move the 1 to the right candidate, write an entity id there for a company that is not among the candidates, or
    `none` where no company is meant, and pass the file back with --matches.
    """
    from screener.cli.opening import holdings, ready
    from screener.match import remembered
    from screener.portfolio.match import ASKED
    from screener.report import review
    from screener.report.serialise import csv_text, dump
    from screener.store.build import open_store
    from screener.store.snapshots import writing

    store = ready(asked).path
    who, now = by or _user(), dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
    if undo is not None:
        with writing(store) as con:
            query = remembered.undo(con, undo, who, now)
        note(f"decision {undo} on {query!r} taken back", quiet=asked.quiet)
    if listed:
        with open_store(store) as con:
            lines = review.decision_lines(remembered.decisions(con))
        click.echo("\n".join(lines or [phrase("no decisions")]), err=not lines)
    if file is None:
        if undo is None and not listed:
            raise ScreenerError("no file to match", where="FILE", do="name a CSV, XLSX or Parquet file, or see --help")
        return
    portfolio = holdings(file, asked)
    written = portfolio.holdings.select("row", *ASKED)
    country = None if anywhere else "KR"
    with open_store(store) as con:
        resolution = review.matched(con, portfolio, country)
        decided = None if matches is None else review.decided(con, portfolio, Path(matches), resolution)
    if decided is not None:
        with writing(store) as con:
            numbers = remembered.remember(con, decided, who, now)
        note(f"{len(numbers)} decisions remembered (take one back with --undo ID)", quiet=asked.quiet)
        with open_store(store) as con:
            resolution = review.matched(con, portfolio, country)
    table = review.review_table(written, resolution)
    write(
        asked,
        terminal=lambda: review.match_lines(written, resolution),
        json=lambda: dump(review.match_json(written, resolution)),
        csv=lambda: csv_text(table, to_file=bool(asked.out)),
        xlsx=lambda: review.review_workbook(table),
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
