"""US Bureau of Industry and Security: the Entity List, as the consolidated screening list of trade.gov gives it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from screener.sources.rows import Bodies, country_code, day
from screener.sources.source import Files, Rows
from screener.sources.tables import rows_of
from screener.store.snapshots import ParseReport

_AND_OTHERS: Final = re.compile(r"(?i),?\s*and any successor, sub-unit, or subsidiary thereof")


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Reads the rows whose source is the Entity List; the other lists of the file are left out."""
    bodies = Bodies("bis", "us-bis-entity", report)
    for row in rows_of(files, report):
        if not re.match(r"(?i)entity list\b", row["source"] or ""):
            report.leave("rows of other lists")
        elif (row["type"] or "").lower() == "individual":
            report.leave("natural persons")
        elif row["name"]:
            # Addresses are written "Street, City, CN; Other street, City, HK": the country stands last.
            country = country_code((row["addresses"] or "").split(";")[0].split(",")[-1])
            body = bodies.named(_AND_OTHERS.sub("", row["name"]).strip(), country)
            for alias in (row["aliases"] or "").split(";"):
                body.name(alias.strip())
            since, until = day(row["start_date"]), day(row["end_date"])
            body.listed("EAR", row["federal_register_notice"], since, until, note=row["policy"])
    yield bodies.rows()
