"""How most commands begin: open the store, make the assessment, show progress on standard error."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import duckdb

from screener.cli.options import CommonOptions, named_values
from screener.cli.output import note, steps
from screener.errors import EXIT_DISK, EXIT_THRESHOLD, NotWritableError
from screener.schema.vocabulary import BANDS
from screener.store.build import StoreState, open_store

if TYPE_CHECKING:
    from screener.match.frames import Resolution
    from screener.portfolio.reader import Portfolio
    from screener.score.assess import Assessment


@contextmanager
def opened(asked: CommonOptions) -> Iterator[duckdb.DuckDBPyConnection]:
    """The store, built first if its inputs changed.

    With --supply, it is a copy that also holds these deliveries, removed when the command ends.
    """
    with steps("building the store from the datasets", quiet=asked.quiet):
        state = ready(asked)
    if asked.supply is not None:
        state = _with_supply(state.path, asked)
    if state.built and state.rejected:
        note(f"dataset rows with problems: {state.rejected}; see `screener data check`", quiet=asked.quiet)
    with open_store(state.path) as con:
        yield con


def _with_supply(store: Path, asked: CommonOptions) -> StoreState:
    """The copy of the store; what was read is reported on standard error."""
    from screener.portfolio.supply import store_with_supply
    from screener.report.store import rejects_text

    columns = named_values(asked.supply_columns, "--supply-column")
    with steps("reading the supply file", quiet=asked.quiet):
        state, read = store_with_supply(store, asked.datasets, _temporary_folder(), str(asked.supply), columns)
    asked.supply_file = read
    for remark in read.notes:
        note(remark, quiet=asked.quiet)
    if read.rejects.height and not asked.quiet:
        click.echo(rejects_text(read.rejects), err=True)
    return state


def ready(asked: CommonOptions) -> StoreState:
    """The store, rebuilt if its inputs changed; a temporary one where the per-user one cannot be written."""
    from screener.match.ready import ready_store

    try:
        return ready_store(asked.store, asked.datasets)
    except NotWritableError as error:
        if asked.store or os.environ.get("SCREENER_STORE") or error.exit_code == EXIT_DISK:
            raise
        what = f"{error.where} cannot be written ({error.found}): a temporary store is used; name another with --store"
        note(what, quiet=asked.quiet)
        return ready_store(str(_temporary_folder() / "store.duckdb"), asked.datasets)


def _temporary_folder() -> Path:
    """A folder removed when the command ends."""
    return Path(click.get_current_context().with_resource(tempfile.TemporaryDirectory(prefix="screener-")))


def assessed(con: duckdb.DuckDBPyConnection, asked: CommonOptions, topics: Sequence[str] | None = None) -> Assessment:
    """The assessment of the opened store, of `topics` if given, else of those of the options."""
    from screener.score.assess import assess

    topics = asked.topics if topics is None else topics
    with steps("running the rules", quiet=asked.quiet):
        return assess(
            con,
            rules=asked.rules,
            topics=topics,
            as_of=asked.as_of,
            known_at=asked.known_at,
            supply_file=asked.supply_file,
        )


def holdings(path: str, asked: CommonOptions, where: str = "PORTFOLIO") -> Portfolio:
    """The holdings of a file, with the columns and sheets named."""
    from screener.portfolio.reader import read_holdings

    return read_holdings(path, named_values(asked.columns, "--column"), asked.sheets, where=where)


def matched(con: duckdb.DuckDBPyConnection, read: Portfolio) -> Resolution:
    """The matches of the holdings; `screen` loads the matcher while the rules run."""
    from screener.portfolio.match import match_holdings

    return match_holdings(con, read)


def reached(bands: Iterable[str], asked: CommonOptions) -> bool:
    """Whether any of the bands is at or above that of --fail-on."""
    return asked.fail_on is not None and not set(bands).isdisjoint(BANDS[BANDS.index(asked.fail_on) :])


def stop_at(bands: Iterable[str], asked: CommonOptions) -> None:
    """Ends the command with exit code 1 if any of the bands reaches that of --fail-on."""
    if reached(bands, asked):
        raise click.exceptions.Exit(EXIT_THRESHOLD)
