"""What commands say on the standard error: notes, and progress on a terminal; neither with --quiet."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from screener.errors import printable
from screener.report.phrases import phrase

if TYPE_CHECKING:
    from rich.progress import Progress


def note(text: str, *, quiet: bool = False) -> None:
    """A sentence, in the language of the command, on one line."""
    if not quiet:
        click.echo(f"screener: {printable(phrase(text))}", err=True)


@contextmanager
def bars(*, quiet: bool, transient: bool = True) -> Iterator[Progress | None]:
    """Progress bars, each with what is done now (its field `step`); none where the standard error is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[step]}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=transient) as progress:
        yield progress


@contextmanager
def steps(what: str, total: int | None = None, *, quiet: bool) -> Iterator[Callable[[], None]]:
    """Gives a function to call after each of `total` steps; a bar without end where nobody knows how many."""
    with bars(quiet=quiet) as progress:
        if progress is None:
            yield lambda: None
        else:
            task, done = progress.add_task(phrase(what), total=total, step=""), itertools.count(1)
            yield lambda: progress.update(task, advance=1, step=str(next(done)))
