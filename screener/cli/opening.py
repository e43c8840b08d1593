"""What most commands begin with: the store opened, the assessment made, progress shown on standard error."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from screener.cli.options import Asked, named_columns
from screener.cli.progress import note
from screener.errors import EXIT_DISK, NotWritableError
from screener.report.phrases import phrase
from screener.store.build import StoreState, open_store

if TYPE_CHECKING:
    import datetime as dt

    import duckdb

    from screener.schema.frames import SupplyFile
    from screener.score.assess import Assessment

_TEMPORARY: Final[list[tempfile.TemporaryDirectory[str]]] = []


@contextmanager
def opened(
    store: str | None,
    datasets: Sequence[str],
    *,
    quiet: bool,
    supply: str | None = None,
    supply_columns: Mapping[str, str] | None = None,
    read: list[SupplyFile] | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The store, built first if its inputs changed; a spinner and a word go to a terminal's standard error only.

    With `supply`, a file of the user's own deliveries, the store is a copy that lasts as long as the command and holds
    these too; what was read of the file is appended to `read`.
    """
    if supply is not None:
        with tempfile.TemporaryDirectory(prefix="screener-") as name:
            copy, folder, file = _with_supply(Path(name), store, datasets, supply, supply_columns or {}, quiet=quiet)
            if read is not None:
                read.append(file)
            with opened(str(copy), (*datasets, str(folder)), quiet=quiet) as con:
                yield con
        return
    with _busy("building the store from the datasets", quiet):
        state = ready(store, datasets, quiet=quiet)
    if state.built and state.rejected:
        note(f"{state.rejected} dataset rows have problems; see `screener data check`", quiet=quiet)
    con = open_store(state.path)
    try:
        yield con
    finally:
        con.close()


def _with_supply(
    here: Path, store: str | None, datasets: Sequence[str], supply: str, columns: Mapping[str, str], *, quiet: bool
) -> tuple[Path, Path, SupplyFile]:
    """`store_with_supply`, with what was read told on the standard error."""
    from screener.portfolio.supply import store_with_supply
    from screener.report.rejects import rejects_text

    path = ready(store, datasets, quiet=quiet).path
    with _busy("reading the supply file", quiet):
        copy, folder, read = store_with_supply(path, here, supply, columns)
    if not quiet:
        for remark in read.notes:
            note(remark)
        if read.rejects.height:
            click.echo(rejects_text(read.rejects), err=True)
    return copy, folder, read


def ready(store: str | None, datasets: Sequence[str], *, quiet: bool) -> StoreState:
    """The store, rebuilt if its inputs changed; a temporary one where the per-user one cannot be written."""
    from screener.match.ready import ready_store

    try:
        return ready_store(store, datasets)
    except NotWritableError as error:
        if store or os.environ.get("SCREENER_STORE") or error.exit_code == EXIT_DISK:
            raise
        if not _TEMPORARY:
            _TEMPORARY.append(tempfile.TemporaryDirectory(prefix="screener-"))
            note(
                f"{error.where} cannot be written ({error.found}): a temporary store is used;"
                " name another with --store",
                quiet=quiet,
            )
        return ready_store(str(Path(_TEMPORARY[0].name) / "store.duckdb"), datasets)


@contextmanager
def opened_as(asked: Asked) -> Iterator[duckdb.DuckDBPyConnection]:
    """The store that a command was asked to use (see `opened`)."""
    columns = named_columns(asked.supply_columns, "--supply-column")
    with opened(
        asked.store,
        asked.datasets,
        quiet=asked.quiet,
        supply=asked.supply,
        supply_columns=columns,
        read=asked.supply_files,
    ) as con:
        yield con


def assessed(con: duckdb.DuckDBPyConnection, asked: Asked, topics: Sequence[str] | None = None) -> Assessment:
    """The assessment of the opened store; of other topics than those asked for where they are given."""
    made = assessed_as(
        con,
        rules=asked.rules,
        topics=asked.topics if topics is None else topics,
        as_of=asked.as_of,
        known_at=asked.known_at,
        quiet=asked.quiet,
    )
    return replace(made, supply_file=asked.supply_files[-1]) if asked.supply is not None else made


def assessed_as(
    con: duckdb.DuckDBPyConnection,
    *,
    rules: Sequence[str],
    as_of: dt.date | None,
    known_at: dt.date | None,
    quiet: bool,
    topics: Sequence[str] = (),
) -> Assessment:
    """The same for commands that are asked less."""
    from screener.score.assess import assess

    with _busy("running the rules", quiet):
        return assess(con, rules=rules, topics=topics, as_of=as_of, known_at=known_at)


def clean_up() -> None:
    """Removes a temporary store."""
    while _TEMPORARY:
        _TEMPORARY.pop().cleanup()


def reaches(band: str, threshold: str) -> bool:
    """Whether a band is at or above a threshold."""
    from screener.schema.vocabulary import BANDS

    return BANDS.index(band) >= BANDS.index(threshold)


@contextmanager
def _busy(what: str, quiet: bool) -> Iterator[None]:
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(phrase(what)):
        yield
