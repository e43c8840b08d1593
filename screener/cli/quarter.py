"""`screener quarter`: the quarter's tables, with what changed and why, and a manifest to reproduce them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from screener.cli import options
from screener.cli.opening import assessed, holdings, matched, opened, reached
from screener.cli.output import note
from screener.errors import EXIT_THRESHOLD, ScreenerError
from screener.report.phrases import phrase

if TYPE_CHECKING:
    from screener.runs.quarter import Inputs


@click.command("quarter")
@click.argument("quarter", metavar="QUARTER", required=False)
@options.text("--out", "DIR", "The folder of the run; it appears whole or not at all.")
@options.text("--portfolio", "FILE", "Screen these holdings as well.")
@options.HOLDINGS
@options.text("--previous", "DIR", "The run to compare with: adds the table of changes with their causes.")
@options.text("--verify", "DIR", "Make a run again from its manifest; exits with 1 at the first difference.")
@options.FAIL_ON
@options.choice("--log-format", ("text", "json"), "How progress is reported.")
@options.asking(options.CLOCKS, options.TOPIC, options.STORES, options.RULES)
def command(
    quarter: str | None,
    portfolio: str | None,
    previous: str | None,
    verify: str | None,
    log_format: str,
    asked: options.CommonOptions,
) -> None:
    """Write the tables of QUARTER (such as 2026Q3) to a folder: Parquet, CSV, reports and a manifest.

    The day is the last of the quarter unless --as-of says otherwise, and only what was published by that day is used
    unless --known-at does. Exits with 0, with 1 if --fail-on is reached or --verify finds a difference. --verify reads
    the portfolio and the previous run from where the manifest says; --portfolio and --previous give other places.
    """
    from screener.runs.quarter import File

    say = partial(_say, as_json=log_format == "json", quiet=asked.quiet)
    given = {name: File(path) for name, path in (("portfolio", portfolio), ("previous", previous)) if path}
    try:
        found = _verified(verify, given, asked, say) if verify else _written(quarter, given, asked, say)
    except ScreenerError as error:
        if log_format != "json" or asked.debug:
            raise
        say("error", problem=error.what, where=error.where, found=error.found, do=error.do)
        raise click.exceptions.Exit(error.exit_code) from None
    if found:
        raise click.exceptions.Exit(EXIT_THRESHOLD)


def _verified(place: str, given: dict[str, Any], asked: options.CommonOptions, say: Callable[..., None]) -> bool:
    """Whether a run reproduced from its manifest differs."""
    from screener.runs.folder import first_difference, read_manifest
    from screener.runs.quarter import Inputs, changed_input

    old = read_manifest(Path(place))
    files, new, _ = _made(msgspec.structs.replace(msgspec.convert(old, Inputs), **given), asked)
    difference = changed_input(old, new) or first_difference(Path(place), files, old)
    say("verified" if difference is None else "difference", folder=place, difference=difference)
    return difference is not None


def _written(
    quarter: str | None, given: dict[str, Any], asked: options.CommonOptions, say: Callable[..., None]
) -> bool:
    """Writes a run; returns whether it reaches --fail-on."""
    from screener.runs.folder import write_run
    from screener.runs.quarter import PARAMETERS, Inputs, quarter_end

    if not (quarter and asked.out):
        raise ScreenerError("which quarter, and where to?", where="quarter", do="screener quarter 2026Q3 --out DIR")
    day = asked.as_of or quarter_end(quarter)
    if not asked.as_of and day > dt.date.today():
        do = "name another, or a day with --as-of"
        raise ScreenerError("the quarter has not ended", where="quarter", found=quarter, do=do)
    parameters = {name: getattr(asked, name) for name in PARAMETERS}
    files, manifest, bands = _made(Inputs(quarter.upper(), day, asked.known_at or day, parameters, **given), asked)
    changed = write_run(Path(asked.out), files, manifest)
    say("written" if changed else "unchanged", folder=asked.out, files=len(files) + 1, as_of=day.isoformat())
    if reached(bands, asked):
        say("threshold", folder=asked.out, fail_on=asked.fail_on)
    return reached(bands, asked)


def _made(inputs: Inputs, asked: options.CommonOptions) -> tuple[dict[str, bytes], dict[str, Any], list[str]]:
    """The files, the manifest, and the bands of the holdings if there is a portfolio, else of the companies."""
    from screener.portfolio.screen import screen
    from screener.runs.folder import sha256
    from screener.runs.quarter import File, quarter_files

    parameters: dict[str, Any] = inputs.parameters
    asked, held = replace(asked, as_of=inputs.as_of, known_at=inputs.known_at, **parameters), None
    if inputs.portfolio:
        path = inputs.portfolio.name
        try:
            given = File(path, sha256(Path(path).read_bytes()))
        except OSError as error:
            do = "name an existing file"
            raise ScreenerError("cannot be read", where=path, found=error.strerror, do=do) from error
        inputs, held = msgspec.structs.replace(inputs, portfolio=given), holdings(path, asked)
    with opened(asked) as con:
        assessment = assessed(con, asked)
        screening = screen(held, matched(con, held), assessment) if held else None
    files, manifest = quarter_files(assessment, inputs, screening)
    bands = screening.lines["band"].drop_nulls() if screening else assessment.scores.companies["band"]
    return files, manifest, bands.unique().to_list()


def _say(event: str, *, as_json: bool, quiet: bool, **facts: object) -> None:
    """Reports on standard error what was done, as a line of text or, for a log collector, of JSON."""
    known = {name: fact for name, fact in facts.items() if fact is not None}
    if as_json:
        click.echo(json.dumps({"event": event} | known, ensure_ascii=False), err=True)
    elif not quiet or event == "difference":
        said = [phrase(str(fact)) if name == "difference" else f"{phrase(name)} {fact}" for name, fact in known.items()]
        note(f"{phrase(event)}: {'; '.join(said)}")
