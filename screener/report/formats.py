"""The formats of a document: functions in `WRITERS` that return a file's bytes. Heavy modules load on use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from screener.report.document import Document
    from screener.report.wording import Wording

FILE_WIDTH: Final = 120
KINDS: Final = {
    **dict.fromkeys(("score", "contribution", "before", "after"), "score"),
    **dict.fromkeys(("weight", "benchmark", "active"), "percent"),
    **dict.fromkeys(("holdings", "companies", "value", "verdicts", "contacts"), "number"),
    **dict.fromkeys(("attributed", "amount"), "dollars"),
    **dict.fromkeys(("confidence", "match_score", "exposure"), "fraction"),
    "band": "band",
    "read": "day",
    "link": "link",
}
"""Kind of the values of a column, by its heading (key below `columns`); those of other columns are texts."""


@dataclass(frozen=True)
class Shown:
    """The parts of a document to show.

    table: which table csv and parquet hold, `lines` or `findings`. full (terminal): all of a screening, not just two
    screens; every finding of a list, not just the strongest of each topic. limit (terminal): how many companies of a
    screening get more than their line in the table. to_file: the output is a file, not the standard output.
    """

    table: str = "findings"
    full: bool = False
    limit: int | None = None
    to_file: bool = True


def _terminal(document: Document, w: Wording, shown: Shown) -> bytes:
    from screener.report.terminal import page, rendered

    return rendered(page(document, w, shown), FILE_WIDTH).encode()


def _plain(fmt: str, document: Document, w: Wording, shown: Shown) -> bytes:
    from screener.report.serialise import TABLES, csv_text, dump, parquet_bytes

    if fmt == "json":
        return dump(document).encode()
    table = TABLES[shown.table](document)
    return parquet_bytes(table) if fmt == "parquet" else csv_text(table, to_file=shown.to_file).encode()


def _xlsx(document: Document, w: Wording, shown: Shown) -> bytes:
    from screener.report.workbook import workbook_bytes

    return workbook_bytes(document, w)


def _page(fmt: str, document: Document, w: Wording, shown: Shown) -> bytes:
    from screener.report.pages import render

    return render(fmt, document, w).encode()


Writer = Callable[["Document", "Wording", Shown], bytes]
WRITERS: Final[dict[str, Writer]] = {
    "terminal": _terminal,
    **{fmt: partial(_plain, fmt) for fmt in ("json", "csv", "parquet")},
    "xlsx": _xlsx,
    **{fmt: partial(_page, fmt) for fmt in ("html", "md")},
}
FORMATS: Final = tuple(WRITERS)
BINARY: Final = ("parquet", "xlsx")
"""Formats that a terminal cannot show."""
