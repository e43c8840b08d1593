"""European Union: the financial sanctions files (FSF), CSV or XML."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from screener.readers.delimited import read_delimited
from screener.sources.archive import kind_at, plain
from screener.sources.records import rows_of_record, xml_records
from screener.sources.rows import Bodies, day, state_day
from screener.sources.source import Files, Rows
from screener.sources.tables import rows_of
from screener.store.snapshots import ParseReport


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Reads the CSV (one row a combination of name, address and paper) or the XML; natural persons are left out."""
    path = plain(files, files.first, ".csv", ".xml")
    if kind_at(path) == "xml":
        stream = xml_records(path, "sanctionEntity", root="export", title="the sanctions file of the EU")
        state_day(report, next(stream).get("generationDate"))
        rows: Iterator[dict[str, str | None]] = (
            row for record in stream for row in rows_of_record(files, record, report)
        )
    else:
        frame = read_delimited(path, separator=";")
        # Some copies begin with a line of their own for the day of the file.
        if frame.width <= 2 and frame.columns[0].startswith("fileGenerationDate"):
            generated = frame.columns[-1]
            frame = read_delimited(path, separator=";", skip=1).with_columns(fileGenerationDate=pl.lit(generated))
        rows = rows_of(files, report, frame)
    bodies, persons = Bodies("eu", "eu-fsf", report), set[str]()
    for row in rows:
        number = row["number"] or ""
        state_day(report, row["generated"])
        if {"P", "PERSON"} & {(row["type"] or "").upper(), (row["class"] or "").upper()}:
            persons.add(number)
        elif not number.isdigit():
            report.reject("entity", None, "logicalId", number, "no number", row["name"])
        else:
            body = bodies.of(number)
            language = (row["language"] or "").lower()
            # The English name first, then whatever comes first in the file.
            body.name(row["name"], order=0 if language in ("", "en") else 1, lang=language or None)
            body.place(row["country"])
            if row["programme"] or row["regulation"]:
                since = day(row["designated"]) or day(row["in_force"]) or day(row["published"])
                programme = f"EU-{row['programme']}" if row["programme"] else None
                body.listed(programme, row["regulation"], since)
    report.leave("natural persons", len(persons))
    yield bodies.rows()
