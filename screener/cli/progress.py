"""What commands write to standard error: notes, and progress on a terminal; neither with --quiet."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

from screener.errors import printable
from screener.report.phrases import phrase

Moved = Callable[[str, str, int, int | None], None]
"""Takes a bar's name, its step in words, how much is done, and the total if it is known."""


def note(text: str, *, quiet: bool = False) -> None:
    """Writes a sentence on one line, in the command's language."""
    if not quiet:
        click.echo(f"screener: {printable(phrase(text))}", err=True)


@contextmanager
def bars(names: Sequence[str], *, quiet: bool, transient: bool = True) -> Iterator[Moved]:
    """A progress bar for each name, and the function that moves it; none if standard error is not a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda name, step, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[step]}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=transient) as progress:
        tasks = {n: progress.add_task(phrase(n), total=None, step=phrase("waiting"), start=False) for n in names}

        def moved(name: str, step: str, done: int, total: int | None) -> None:
            progress.start_task(tasks[name])
            progress.update(tasks[name], step=step, completed=done, total=total)

        yield moved


@contextmanager
def steps(what: str, total: int | None = None, *, quiet: bool) -> Iterator[Callable[[], None]]:
    """Gives a function to call after each of `total` steps; the bar has no end if the total is unknown."""
    done = itertools.count(1)
    with bars([what], quiet=quiet) as moved:
        moved(what, "", 0, total)
        yield lambda: moved(what, str(number := next(done)), number, total)
