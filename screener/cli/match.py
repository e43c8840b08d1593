"""`screener match`: names and identifiers to companies, with a review file that a person corrects and hands back."""

from __future__ import annotations

import datetime as dt
import getpass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from screener.cli import options
from screener.cli.output import write
from screener.cli.progress import note
from screener.errors import ScreenerError, printable
from screener.report.phrases import phrase

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from screener.match.frames import Resolution
    from screener.portfolio.reader import Portfolio


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
    from screener.report import review
    from screener.report.serialise import csv_text, dump
    from screener.store import decisions
    from screener.store.build import open_store
    from screener.store.snapshots import writing

    store = ready(asked).path
    who, now = by or _user(), dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
    if undo is not None:
        with writing(store) as con:
            query = decisions.undo(con, undo, who, now)
        note(f"decision {undo} on {query!r} taken back", quiet=asked.quiet)
    if listed:
        with open_store(store) as con:
            _print_decisions(decisions.decisions(con))
    if file is None:
        if undo is None and not listed:
            raise ScreenerError("no file to match", where="FILE", do="name a CSV, XLSX or Parquet file, or see --help")
        return

    from screener.portfolio.match import ASKED

    portfolio = holdings(file, asked)
    written = portfolio.holdings.select("row", *ASKED)
    country = None if anywhere else "KR"
    with open_store(store) as con:
        resolution = _matched(con, portfolio, country)
        decided = None if matches is None else _decided(con, portfolio, Path(matches), resolution)
    if decided is not None:
        with writing(store) as con:
            numbers = decisions.remember(con, decided, who, now)
        note(f"{len(numbers)} decisions remembered (take one back with --undo ID)", quiet=asked.quiet)
        with open_store(store) as con:
            resolution = _matched(con, portfolio, country)
    table = review.review_table(written, resolution)
    write(
        asked,
        terminal=lambda: review.match_lines(written, resolution),
        json=lambda: dump(review.match_json(written, resolution)),
        csv=lambda: csv_text(table, to_file=bool(asked.out)),
        xlsx=lambda: review.review_workbook(table),
    )


def _matched(con: duckdb.DuckDBPyConnection, portfolio: Portfolio, country: str | None) -> Resolution:
    """The matches of all lines; a line that is not a company's security is described as what it is."""
    import polars as pl

    from screener.match.frames import Matches, Resolution
    from screener.portfolio.match import match_holdings

    found = match_holdings(con, portfolio, country=country)
    others = portfolio.holdings.select("row", "kind").join(found.matches, on="row", how="anti")
    nothing = {name: pl.lit(None, pl.String) for name in ("entity_id", "matched_by", "security")}
    unmatched = others.select(
        "row", score=pl.lit(0.0), decision=pl.lit("none"), reason=pl.col("kind").str.replace("_", " "), **nothing
    )
    every = pl.concat([found.matches, unmatched.select(Matches.column_names())]).sort("row")
    return Resolution(Matches.validate(every, cast=True), found.candidates)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def _decided(
    con: duckdb.DuckDBPyConnection, portfolio: Portfolio, reviewed: Path, computed: Resolution
) -> pl.DataFrame:
    """The rows that a person decided differently from the program, with the keys of the queries."""
    import polars as pl

    from screener.match.remembered import query_keys
    from screener.portfolio.match import queries
    from screener.report.review import AS_WRITTEN, choices

    known = {entity_id for (entity_id,) in con.execute("select entity_id from entity").fetchall()}
    matched = dict(computed.matches.select("row", "entity_id").iter_rows())
    # Only what a person changed is that person's decision; the rest is matched again.
    changed = [
        (row, picked)
        for row, picked in choices(reviewed, known).items()
        if picked is None or picked != matched.get(row)
    ]
    rows = pl.DataFrame(changed, schema={"row": pl.Int64, "entity_id": pl.String}, orient="row")
    written = portfolio.holdings.select("row", query=AS_WRITTEN)
    lost = rows.join(written, on="row", how="anti")
    if lost.height:
        found, do = f"row {lost['row'][0]}", "pass the review file of FILE"
        raise ScreenerError("the review file belongs to another file", where="--matches", found=found, do=do)
    return rows.join(query_keys(queries(con, portfolio)), on="row").join(written, on="row").sort("row")


def _print_decisions(table: pl.DataFrame) -> None:
    for line in table.iter_rows(named=True):
        said = [
            f"{line['decision_id']}  {line['query'][:80]} -> {line['entity_id'] or phrase('no company')}",
            phrase(f"by {line['decided_by'][:80]} on {line['decided_at']:%Y-%m-%d}"),
        ]
        if line["undone_at"]:
            said.append(phrase(f"taken back by {line['undone_by']} on {line['undone_at']:%Y-%m-%d}"))
        click.echo(printable(", ".join(said)))
    if table.height == 0:
        click.echo(phrase("no decisions"), err=True)
