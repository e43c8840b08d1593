"""Writes holdings files in the ways in which people hand them over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from screener.portfolio.reader import Portfolio, read_holdings


def read(folder: Path, content: str | bytes, name: str = "p.csv", **columns: str) -> Portfolio:
    """Writes the content (text as UTF-8) and reads it as a portfolio."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return read_holdings(path, columns)


def workbook(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    """Writes an XLSX with the cells as they are: numbers as numbers."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Holdings")
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell is not None:
                    sheet.write(number, column, cell)
    return path


def problems(portfolio: Portfolio) -> list[tuple[int | None, str]]:
    """Row and problem of what was set aside or remarked on."""
    return list(portfolio.rejects.select("row", "problem").iter_rows())


def cells(portfolio: Portfolio, *columns: str) -> list[tuple[object, ...]]:
    """Some columns of the holdings, weights to twelve digits."""
    frame: pl.DataFrame = portfolio.holdings.select(columns)
    return list(frame.with_columns(pl.selectors.by_name("weight", require_all=False).round(12)).iter_rows())
