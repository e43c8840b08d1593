"""`screener quarter`: the quarter's tables, with what changed and why, and a manifest to make them again."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from screener.cli import options
from screener.cli.opening import assessed, holdings, opened, reached
from screener.cli.progress import note
from screener.errors import EXIT_THRESHOLD, ScreenerError
from screener.report.phrases import phrase

if TYPE_CHECKING:
    from screener.runs.quarter import Inputs


@click.command("quarter")
@click.argument("quarter", metavar="QUARTER", required=False)
@click.option("--out", metavar="DIR", help="The folder of the run; it appears whole or not at all.")
@click.option("--portfolio", metavar="FILE", help="Screen these holdings as well.")
@options.COLUMN
@options.SHEET
@click.option("--previous", metavar="DIR", help="The run to compare with: adds the table of changes with their causes.")
@click.option(
    "--verify", metavar="DIR", help="Make a run again from its manifest; exits with 1 at the first difference."
)
@options.FAIL_ON
@click.option(
    "--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How progress is told."
)
@options.asking(options.CLOCKS, options.TOPIC, options.STORES, options.RULES)
def command(
    quarter: str | None,
    verify: str | None,
    log_format: str,
    asked: options.CommonOptions,
    **given: Any,
) -> None:
    """Write the tables of QUARTER (such as 2026Q3) to a folder: Parquet, CSV, reports and a manifest.

    The day is the last of the quarter unless --as-of says otherwise, and only what was published by that day is used
    unless --known-at does. Exits with 0, with 1 if --fail-on is reached or --verify finds a difference. --verify takes
    the portfolio and the previous run from where the manifest names them; --portfolio and --previous say where they are
    now.
    """
    log = _Log(log_format, asked.quiet)
    try:
        found = _verified(verify, asked, log, **given) if verify else _written(quarter, asked, log, **given)
    except ScreenerError as error:
        if log_format != "json" or asked.debug:
            raise
        log.say("error", problem=error.what, where=error.where, found=error.found, do=error.do)
        raise click.exceptions.Exit(error.exit_code) from None
    if found:
        raise click.exceptions.Exit(EXIT_THRESHOLD)


def _verified(
    place: str, asked: options.CommonOptions, log: _Log, portfolio: str | None, previous: str | None, **_: Any
) -> bool:
    """Whether a run made again from its manifest differs."""
    from screener.runs.folder import first_difference, read_manifest
    from screener.runs.quarter import changed_input, inputs_of

    old = read_manifest(Path(place))
    inputs = inputs_of(old)
    inputs = replace(inputs, portfolio=portfolio or inputs.portfolio, previous=previous or inputs.previous)
    files, new, _bands = _made(inputs, asked)
    difference = changed_input(old, new) or first_difference(Path(place), files, old)
    log.say("verified" if difference is None else "difference", folder=place, difference=difference)
    return difference is not None


def _written(
    quarter: str | None,
    asked: options.CommonOptions,
    log: _Log,
    **given: Any,
) -> bool:
    """Writes a run; whether it reaches the band of --fail-on."""
    from screener.runs.folder import write_run
    from screener.runs.quarter import Inputs, quarter_end

    if not (quarter and asked.out):
        raise ScreenerError("which quarter, and where to?", where="quarter", do="screener quarter 2026Q3 --out DIR")
    end = quarter_end(quarter)
    day = asked.as_of or end
    if not asked.as_of and day > dt.date.today():
        raise ScreenerError(
            "the quarter has not ended", where="quarter", found=quarter, do="name another, or a day with --as-of"
        )
    facts = {name: getattr(asked, name) for name in ("topics", "datasets", "rules", "columns", "sheets")}
    files, manifest, bands = _made(Inputs(quarter.upper(), day, asked.known_at or day, **facts, **given), asked)
    changed = write_run(Path(asked.out), files, manifest)
    log.say("written" if changed else "unchanged", folder=asked.out, files=len(files) + 1, as_of=day.isoformat())
    if reached(bands, asked):
        log.say("threshold", folder=asked.out, fail_on=asked.fail_on)
    return reached(bands, asked)


def _made(inputs: Inputs, asked: options.CommonOptions) -> tuple[dict[str, bytes], dict[str, Any], list[str]]:
    """The files, the manifest and the bands reached by a holding where there is a portfolio, else by a company."""
    from screener.portfolio.match import match_holdings
    from screener.portfolio.screen import screen
    from screener.runs.quarter import quarter_files

    if inputs.portfolio:
        inputs = replace(inputs, portfolio_sha256=_digest(inputs.portfolio))
    shared = ("topics", "datasets", "rules", "as_of", "known_at", "columns", "sheets")
    asked = replace(asked, **{name: getattr(inputs, name) for name in shared})
    with opened(asked) as con:
        assessment = assessed(con, asked)
        screening = None
        if inputs.portfolio:
            held = holdings(inputs.portfolio, asked)
            screening = screen(held, match_holdings(con, held), assessment)
    files, manifest = quarter_files(assessment, inputs, screening)
    bands = screening.lines["band"].drop_nulls() if screening else assessment.scores.companies["band"]
    return files, manifest, bands.unique().to_list()


def _digest(path: str) -> str:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        raise ScreenerError(
            "cannot be read", where=path, found=error.strerror, do="name a file that is there"
        ) from error


class _Log:
    """What the command says on the standard error: a line of text, or a line of JSON for a log collector."""

    def __init__(self, form: str, quiet: bool) -> None:
        self._json, self.quiet = form == "json", quiet

    def say(self, event: str, **facts: object) -> None:
        known = {name: fact for name, fact in facts.items() if fact is not None}
        if self._json:
            click.echo(json.dumps({"event": event} | known, ensure_ascii=False), err=True)
        elif not self.quiet or event == "difference":
            said = [
                phrase(str(fact)) if name == "difference" else f"{phrase(name)} {fact}" for name, fact in known.items()
            ]
            note(f"{phrase(event)}: {'; '.join(said)}")
