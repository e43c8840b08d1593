"""XLSX by XlsxWriter: one sheet a table, numbers as numbers, texts as texts. Nothing that data says is taken for a formula or a link."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping

import polars as pl
import xlsxwriter

_WIDEST = 60


def workbook_bytes(sheets: Mapping[str, pl.DataFrame], as_of: dt.date) -> bytes:
    """A workbook with a sheet for each frame, with a frozen, filtered header row.

    Args:
        sheets: title -> frame; lists are joined by `; `.
        as_of: the day that the file's properties name as its creation, so that the same result gives the same bytes.
    """
    buffer = io.BytesIO()
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": True,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties(
            {"created": dt.datetime(as_of.year, as_of.month, as_of.day, tzinfo=dt.UTC).replace(tzinfo=None)}
        )
        head = book.add_format({"bold": True, "bottom": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for title, frame in sheets.items():
            sheet = book.add_worksheet(title)
            flat = frame.with_columns(pl.selectors.by_dtype(pl.List(pl.String)).list.join("; "))
            sheet.freeze_panes(1, 0)
            for column, name in enumerate(flat.columns):
                cells = flat[name].to_list()
                sheet.write_string(0, column, name, head)
                if flat.schema[name] == pl.Date:
                    for row, cell in enumerate(cells, 1):
                        if cell is not None:
                            sheet.write_datetime(row, column, dt.datetime(cell.year, cell.month, cell.day), day)
                else:
                    sheet.write_column(1, column, cells)
                longest = max([len(name), *(len(str(cell)) for cell in cells if cell is not None)], default=8)
                sheet.set_column(column, column, min(longest + 2, _WIDEST))
            if flat.width:
                sheet.autofilter(0, 0, flat.height, flat.width - 1)
    return buffer.getvalue()
