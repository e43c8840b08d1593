"""Fair Trade Commission: business groups and their affiliates."""

from __future__ import annotations

from collections.abc import Iterator

from screener.sources.rows import Collector, digest, digits, entity_id
from screener.sources.source import Files, Rows
from screener.sources.tables import rows_of
from screener.store.snapshots import ParseReport


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Reads the table."""
    rows = Collector()
    for row in rows_of(files, report):
        if name := row["name"]:
            report.rows += 1
            number = digits(row["number"], 13)
            known = entity_id("kr", "crn", number) if number else entity_id("kr", "ftc", digest(name))
            cells = {"name_ko": name, "country": "KR", "business_group": row["group"]}
            rows.entity(known, name, [("crn", number)], **cells)
    yield rows.take()
