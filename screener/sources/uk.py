"""United Kingdom: the UK Sanctions List of the FCDO, CSV or XML. Since 28 January 2026 it is the only official list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from screener.readers.delimited import read_delimited
from screener.sources.archive import kind_at, plain
from screener.sources.records import rows_of_record, xml_records
from screener.sources.rows import Bodies, day, state_day
from screener.sources.source import Files, Rows
from screener.sources.tables import rows_of
from screener.store.snapshots import ParseReport

# An entity's name stands whole in `Name 6`; only where it is split do the others come first.
_NAMES: Final = tuple(f"Name {number}" for number in range(1, 7))
_LEFT_OUT: Final = {"individual": "natural persons", "ship": "vessels"}
_DAY: Final = re.compile(r"\d{1,2}[-/ ]\w{2,9}[-/ ]\d{4}|\d{4}-\d{2}-\d{2}")


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Reads the CSV (a line with the day of the report, then one row a combination of name and address) or the XML."""
    path = plain(files, files.first, ".csv", ".xml")
    if kind_at(path) == "xml":
        rows = _designations(files, path, report)
    else:
        frame = read_delimited(path, separator=",", skip=_lines_before_header(path, report))
        rows = rows_of(files, report, frame)
    bodies, left_out = Bodies("uk", "uk-sanctions", report), dict[str, str]()
    for row in rows:
        number, sort = row["number"], (row["sort"] or "entity").lower()
        if number is None:
            continue
        if sort != "entity":
            left_out[number] = _LEFT_OUT.get(sort, f"entries of type {sort}")
            continue
        body = bodies.of(number)
        name = " ".join(" ".join(part for column in _NAMES if (part := row[column])).split())
        body.name(name, order=0 if (row["name_type"] or "").lower() == "primary name" else 1)
        body.name(row["script"], order=2)
        body.place(row["country"])
        body.listed(row["regime"], number, day(row["since"]), note=row["measures"])
    for what in left_out.values():
        report.leave(what)
    yield bodies.rows()


def _lines_before_header(path: Path, report: ParseReport) -> int:
    """Lines before the header; the first of them gives the day: `Report Date: 28-Jan-2026`."""
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        for number, line in zip(range(5), lines, strict=False):
            if "Unique ID" in line:
                return number
            if found := _DAY.search(line):
                state_day(report, found[0])
    return 0


def _designations(files: Files, path: Path, report: ParseReport) -> Iterator[dict[str, str | None]]:
    stream = xml_records(path, "Designation", "DateGenerated", root="Designations", title="the UK Sanctions List")
    next(stream)
    for record in stream:
        if record.tag == "DateGenerated":
            state_day(report, record.text)
        else:
            yield from rows_of_record(files, record, report)
