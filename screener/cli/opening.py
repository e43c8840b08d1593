"""What most commands begin with: the store opened, the assessment made, progress shown on standard error."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from screener.cli.options import CommonOptions, named_columns
from screener.cli.progress import note, steps
from screener.errors import EXIT_DISK, NotWritableError
from screener.schema.vocabulary import BANDS
from screener.store.build import StoreState, open_store

if TYPE_CHECKING:
    import duckdb

    from screener.portfolio.reader import Portfolio
    from screener.score.assess import Assessment

_TEMPORARY: Final[list[tempfile.TemporaryDirectory[str]]] = []


@contextmanager
def opened(asked: CommonOptions) -> Iterator[duckdb.DuckDBPyConnection]:
    """The store, built first if its inputs changed.

    With --supply, it is a copy that lasts as long as the command and holds these deliveries, too.
    """
    with tempfile.TemporaryDirectory(prefix="screener-") as here:
        with steps("building the store from the datasets", None, quiet=asked.quiet):
            state = ready(asked)
        if asked.supply is not None:
            copy, folder = _with_supply(Path(here), state.path, asked)
            state = ready(replace(asked, store=str(copy), datasets=(*asked.datasets, str(folder))))
        if state.built and state.rejected:
            note(f"{state.rejected} dataset rows have problems; see `screener data check`", quiet=asked.quiet)
        with open_store(state.path) as con:
            yield con


def _with_supply(here: Path, store: Path, asked: CommonOptions) -> tuple[Path, Path]:
    """`store_with_supply`, with what was read reported on the standard error."""
    from screener.portfolio.supply import store_with_supply
    from screener.report.store import rejects_text

    columns = named_columns(asked.supply_columns, "--supply-column")
    with steps("reading the supply file", None, quiet=asked.quiet):
        copy, folder, read = store_with_supply(store, here, str(asked.supply), columns)
    asked.supply_files.append(read)
    for remark in read.notes:
        note(remark, quiet=asked.quiet)
    if read.rejects.height and not asked.quiet:
        click.echo(rejects_text(read.rejects), err=True)
    return copy, folder


def ready(asked: CommonOptions) -> StoreState:
    """The store, rebuilt if its inputs changed; a temporary one where the per-user one cannot be written."""
    from screener.match.ready import ready_store

    try:
        return ready_store(asked.store, asked.datasets)
    except NotWritableError as error:
        if asked.store or os.environ.get("SCREENER_STORE") or error.exit_code == EXIT_DISK:
            raise
        if not _TEMPORARY:
            _TEMPORARY.append(tempfile.TemporaryDirectory(prefix="screener-"))
            note(
                f"{error.where} cannot be written ({error.found}): a temporary store is used;"
                " name another with --store",
                quiet=asked.quiet,
            )
        return ready_store(str(Path(_TEMPORARY[0].name) / "store.duckdb"), asked.datasets)


def clean_up() -> None:
    """Removes a temporary store."""
    while _TEMPORARY:
        _TEMPORARY.pop().cleanup()


def assessed(con: duckdb.DuckDBPyConnection, asked: CommonOptions, topics: Sequence[str] | None = None) -> Assessment:
    """The assessment of the opened store; of other topics than those asked for where they are given."""
    from screener.score.assess import assess

    topics = asked.topics if topics is None else topics
    with steps("running the rules", None, quiet=asked.quiet):
        made = assess(con, rules=asked.rules, topics=topics, as_of=asked.as_of, known_at=asked.known_at)
    return replace(made, supply_file=asked.supply_files[-1]) if asked.supply is not None else made


def holdings(path: str, asked: CommonOptions) -> Portfolio:
    """The holdings of a file, its columns and sheets as they were named."""
    from screener.portfolio.reader import read_holdings

    return read_holdings(path, named_columns(asked.columns, "--column"), asked.sheets)


def reached(bands: Iterable[str], asked: CommonOptions) -> bool:
    """Whether any of the bands is at or above that of --fail-on."""
    return asked.fail_on is not None and any(BANDS.index(band) >= BANDS.index(asked.fail_on) for band in bands)
