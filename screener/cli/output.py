"""Where results go: the terminal, the standard output, or a file that is written whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from screener.errors import ScreenerError
from screener.files import write_bytes

if TYPE_CHECKING:
    from screener.cli.options import Asked
    from screener.report.document import Document
    from screener.report.wording import Wording

FILE_WIDTH: Final = 120
FORMATS: Final = ("terminal", "json", "csv", "parquet", "xlsx", "html", "md")
_BINARY: Final = ("parquet", "xlsx")


def write_result(
    asked: Asked,
    document: Document,
    w: Wording,
    *,
    table: str = "findings",
    full: bool = False,
    limit: int | None = None,
) -> None:
    """Gives a document in the format asked for: printed, or written whole to `out`.

    Args:
        asked: what the command was asked; its format is one of FORMATS.
        document: what to write.
        w: its language.
        table: which table csv and parquet hold: `lines` or `findings`.
        full: everything (terminal).
        limit: how many companies are told beyond their line in the table (terminal).
    """
    fmt, out = asked.fmt, asked.out
    if fmt == "terminal":
        from screener.report.terminal import page, print_document

        with page(FILE_WIDTH if out else None) as (paper, gathered):
            print_document(document, w, paper, full=full, limit=limit)
        if out:
            emit(gathered[0], out)
    elif fmt == "json":
        from screener.report.document import to_json

        emit(to_json(document), out)
    elif fmt in ("html", "md"):
        from screener.report.pages import render

        emit(render(fmt, document, w), out)
    elif fmt == "xlsx":
        from screener.report.workbook import workbook_bytes

        write_whole(Path(out or ""), workbook_bytes(document, w))
    else:
        from screener.report import serialise

        frame = serialise.holdings_table(document) if table == "lines" else serialise.findings_table(document)
        if fmt == "csv":
            # In a file with a BOM, so that Excel reads Hangul.
            emit(("\ufeff" if out else "") + serialise.csv_text(frame), out)
        else:
            write_whole(Path(out or ""), serialise.parquet_bytes(frame))


def emit(text: str, out: str | None) -> None:
    """Writes text to `out`, or to the standard output."""
    if out is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    write_whole(Path(out), (text if text.endswith("\n") else text + "\n").encode("utf-8"))


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file through a temporary one beside it, so that a reader never sees half of it.

    Raises:
        ScreenerError: the place is a folder, does not exist or cannot be written; nothing is left behind.
    """
    try:
        write_bytes(path, content)
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
