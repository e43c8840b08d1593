"""Where results go: the terminal, the standard output, or a file that is written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from screener.errors import ScreenerError

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console

    from screener.cli.options import Asked
    from screener.score.assess import Assessment

FILE_WIDTH: Final = 120
FORMATS: Final = ("terminal", "json", "csv", "parquet", "xlsx", "html", "md")
_BINARY: Final = ("parquet", "xlsx")


def deliver(
    asked: Asked,
    *,
    terminal: Callable[[Console], None],
    document: Callable[[], dict[str, Any]],
    table: Callable[[], pl.DataFrame],
    sheets: Callable[[], dict[str, pl.DataFrame]],
    assessment: Assessment,
    title: str,
) -> None:
    """Gives a result in the format asked for: printed, or written whole to `out`.

    Args:
        asked: what the command was asked; its format is one of FORMATS.
        terminal: prints the report on a console.
        document: makes the JSON document.
        table: makes the flat table for csv and parquet.
        sheets: makes the tables of the workbook, by title.
        assessment: gives the rules' titles and the day.
        title: heading of an HTML or Markdown page.
    """
    fmt, out = asked.fmt, asked.out
    if fmt == "terminal":
        from screener.report.terminal import page

        with page(FILE_WIDTH if out else None) as (paper, gathered):
            terminal(paper)
        if out:
            emit(gathered[0], out)
        return
    from screener.report import machine

    if fmt == "json":
        emit(machine.dump(document()), out)
    elif fmt == "csv":
        # In a file with a BOM, so that Excel reads Hangul.
        emit(("\ufeff" if out else "") + machine.csv_text(table()), out)
    elif fmt in ("html", "md"):
        from screener.report.pages import render

        emit(render(fmt, document(), assessment.rules, title), out)
    elif out and fmt == "xlsx":
        from screener.report.workbook import workbook_bytes

        write_whole(Path(out), workbook_bytes(sheets(), assessment.clocks.as_of))
    elif out:
        write_whole(Path(out), machine.parquet_bytes(table()))


def emit(text: str, out: str | None) -> None:
    """Writes text to `out`, or to the standard output."""
    if out is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    write_whole(Path(out), (text if text.endswith("\n") else text + "\n").encode("utf-8"))


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file through a temporary one beside it, so that a reader never sees half of it.

    Raises:
        ScreenerError: the folder does not exist or cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=path.name + ".", suffix=".tmp", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except OSError as error:
        raise ScreenerError(
            "cannot be written", where=f"--out {path}", found=error.strerror, do="name a place that exists and is yours"
        ) from error


def check_format(fmt: str, out: str | None) -> None:
    """Checks, before any work is done, that the format can go where it shall go.

    Raises:
        ScreenerError: parquet or xlsx cannot be printed and `--out` was not given.
    """
    if fmt in _BINARY and out is None:
        raise ScreenerError(f"{fmt} cannot be printed", where="--format", found=fmt, do=f"add --out FILE.{fmt}")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
