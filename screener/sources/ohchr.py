"""The UN database of enterprises in settlements: a table of name, country and activities (a)-(j) found."""

from __future__ import annotations

from collections.abc import Iterator

from screener.sources.rows import Bodies, country_code
from screener.sources.source import Files, Rows
from screener.sources.tables import rows_of
from screener.store.snapshots import ParseReport


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Reads the table."""
    bodies = Bodies("ohchr", "un-ohchr-settlements", report)
    for row in rows_of(files, report):
        if row["name"]:
            body = bodies.named(row["name"])
            body.kind, body.country = "company", country_code(row["country"])
            body.listed("A/HRC/RES/31/36", row["section"])
    yield bodies.rows()
