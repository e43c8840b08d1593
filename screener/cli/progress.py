"""What commands say on the standard error: notes, and a progress bar on a terminal; neither with --quiet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from screener.errors import printable
from screener.report.phrases import phrase


def note(text: str, *, quiet: bool = False) -> None:
    """A sentence, in the language of the command, on one line."""
    if not quiet:
        click.echo(f"screener: {printable(phrase(text))}", err=True)


@contextmanager
def steps(what: str, total: int, *, quiet: bool) -> Iterator[Callable[[], None]]:
    """Gives a function to call after each of `total` steps."""
    if quiet or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(phrase(what), total=total)
        yield lambda: bar.advance(task)
