"""Where results go: the terminal, the standard output, or a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from screener.errors import ScreenerError
from screener.report.files import write_whole
from screener.report.formats import BINARY, FILE_WIDTH, WRITERS, Shown

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console

    from screener.cli.options import CommonOptions
    from screener.report.document import Document
    from screener.report.wording import Wording

_PLAIN: Final = Shown()
TABLE_FORMATS: Final = ("terminal", "json", "csv", "parquet", "md")


def write_result(asked: CommonOptions, document: Document, w: Wording, shown: Shown = _PLAIN) -> None:
    """Gives a document in the format asked for: printed, or written whole to the file that was named."""
    if asked.fmt == "terminal" and not asked.out:
        from screener.report.terminal import print_document

        with paper() as console:
            print_document(document, w, console, full=shown.full, limit=shown.limit)
        return
    content = WRITERS[asked.fmt](document, w, replace(shown, to_file=bool(asked.out)))
    if asked.out and asked.fmt in BINARY:
        write_whole(Path(asked.out), content)
    else:
        emit(content.decode("utf-8"), asked.out)


def write_table(
    asked: CommonOptions,
    w: Wording,
    schema: str,
    frame: pl.DataFrame,
    shown: Sequence[str],
    *,
    head: Sequence[str] = (),
    by: Sequence[str] = (),
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Gives a table in the format asked for.

    Args:
        asked: its format is one of TABLE_FORMATS.
        w: the language of headings.
        schema: name of the JSON document, such as `screener/gap/1`.
        frame: the table; csv, parquet and json hold all its columns.
        shown: the columns that a reader is shown (terminal, md), in order.
        head: lines above the table.
        by: columns that head a group of rows in the terminal; none for a plain table.
        facts: what the JSON says beside the rows.
    """
    from screener.report import serialise
    from screener.report.tables import markdown_table, print_grouped, print_table

    fmt, out = asked.fmt, asked.out
    if fmt == "terminal":
        with paper(out) as console:
            if by:
                print_grouped(console, w, frame, by, [name for name in shown if name not in by], head)
            else:
                print_table(console, w, frame, shown, head)
    elif fmt == "json":
        emit(serialise.dump({"schema": schema, **(facts or {}), "rows": frame.to_dicts()}), out)
    elif fmt == "csv":
        emit(("\ufeff" if out else "") + serialise.csv_text(frame), out)
    elif fmt == "md":
        emit(markdown_table(w, frame, shown, head), out)
    else:
        write_whole(Path(out or ""), serialise.parquet_bytes(frame))


@contextmanager
def paper(out: str | None = None) -> Iterator[Console]:
    """A console to print a page on, for the terminal or for the file that was named."""
    from screener.report.terminal import page

    with page(FILE_WIDTH if out else None) as (console, gathered):
        yield console
    if out:
        emit(gathered[0], out)


def emit(text: str, out: str | None) -> None:
    """Writes text to `out`, or to the standard output."""
    if out is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    write_whole(Path(out), (text if text.endswith("\n") else text + "\n").encode("utf-8"))


def print_json(document: dict[str, Any]) -> None:
    """Prints a plain document."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))


def check_format(asked: CommonOptions) -> None:
    """Checks, before any work is done, that the format can go where it shall go.

    Raises:
        ScreenerError: parquet or xlsx cannot be printed and `--out` was not given.
    """
    fmt = asked.fmt
    if fmt in BINARY and asked.out is None:
        raise ScreenerError(f"{fmt} cannot be printed", where="--format", found=fmt, do=f"add --out FILE.{fmt}")
