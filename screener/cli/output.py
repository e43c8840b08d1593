"""Where results go: the terminal, the standard output, or a file; and notes and progress, on the standard error."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from screener.errors import printable
from screener.files import write_whole
from screener.report.formats import BINARY, FILE_WIDTH, WRITERS, Shown
from screener.report.phrases import phrase

if TYPE_CHECKING:
    import polars as pl
    from rich.console import RenderableType

    from screener.cli.options import CommonOptions
    from screener.report.document import Document
    from screener.report.wording import Wording

TABLE_FORMATS: Final = ("terminal", "json", "csv", "parquet", "md")
_PLAIN: Final = Shown()
Moved = Callable[[str, str, int, int | None], None]
"""Takes a bar's name, its step in words, how much is done, and the total if it is known."""


def write_result(asked: CommonOptions, document: Document, w: Wording, shown: Shown = _PLAIN) -> None:
    """Prints a document in the requested format, or writes it whole to the named file."""
    if asked.fmt == "terminal":
        from screener.report.terminal import page

        show(page(document, w, shown), asked.out)
    else:
        content = WRITERS[asked.fmt](document, w, replace(shown, to_file=bool(asked.out)))
        emit(content if asked.fmt in BINARY else content.decode("utf-8"), asked.out)


def write_table(
    asked: CommonOptions,
    name: str,
    w: Wording,
    frame: pl.DataFrame,
    shown: Sequence[str],
    *,
    head: Sequence[str],
    facts: Mapping[str, Any],
    by: int = 0,
) -> None:
    """Writes a table in the requested format, one of TABLE_FORMATS.

    Args:
        asked: format and file.
        name: name of the JSON document, such as `gap` for `screener/gap/1`.
        w: the language of headings.
        frame: the table; csv, parquet and json hold all its columns.
        shown: the columns that a reader is shown (terminal, md), in order.
        head: lines above the table.
        facts: further members of the JSON.
        by: how many of the shown columns group the rows in the terminal; 0 for a plain table.
    """
    from screener.report import serialise
    from screener.report.tables import markdown_table, table_page

    write(
        asked,
        terminal=lambda: table_page(w, frame, shown, head, by),
        parquet=lambda: serialise.parquet_bytes(frame),
        json=lambda: serialise.dump({"schema": f"screener/{name}/1", **facts, "rows": frame.to_dicts()}),
        csv=lambda: serialise.csv_text(frame, to_file=bool(asked.out)),
        md=lambda: markdown_table(w, frame, shown, head),
    )


def write(asked: CommonOptions, **made: Callable[[], RenderableType | str | bytes]) -> None:
    """Writes a result in the requested format: the page, text or bytes that the function of that name gives."""
    result = made[asked.fmt]()
    if isinstance(result, str | bytes):
        emit(result, asked.out)
    else:
        show(result, asked.out)


def show(page: RenderableType, out: str | None = None) -> None:
    """Prints a page on the terminal, or writes it to the named file."""
    from screener.report.terminal import console, rendered

    if out is None and console().is_terminal:
        console().print(page)
    else:
        emit(rendered(page, FILE_WIDTH if out else None), out)


def emit(content: str | bytes, out: str | None = None) -> None:
    """Writes a text, with a final line break, or bytes to `out`, by default standard output."""
    if isinstance(content, str) and not content.endswith("\n"):
        content += "\n"
    if out is None:
        click.echo(content, nl=False)
    else:
        write_whole(Path(out), content if isinstance(content, bytes) else content.encode("utf-8"))


def note(text: str, *, quiet: bool = False) -> None:
    """Writes a sentence on one line to the standard error, in the command's language; not with --quiet."""
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
