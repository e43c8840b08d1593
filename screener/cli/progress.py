"""What commands write to standard error: notes, and progress on a terminal; neither with --quiet."""

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
    """Writes a sentence on one line, in the command's language."""
    if not quiet:
        click.echo(f"screener: {printable(phrase(text))}", err=True)


@contextmanager
def bars(*, quiet: bool, transient: bool = True) -> Iterator[Progress | None]:
    """Progress bars, each with its current step (field `step`); none if standard error is not a terminal."""
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
    """Gives a function to call after each of `total` steps; the bar has no end if the total is unknown."""
    with bars(quiet=quiet) as progress:
        if progress is None:
            yield lambda: None
        else:
            task, done = progress.add_task(phrase(what), total=total, step=""), itertools.count(1)
            yield lambda: progress.update(task, advance=1, step=str(next(done)))
