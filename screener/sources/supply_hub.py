"""Open Supply Hub: facilities with their stable ids, and the parent companies that contributors name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from screener.readers.delimited import read_delimited
from screener.sources.archive import kind_at, plain
from screener.sources.client import MAX_PAGES, Client
from screener.sources.records import ENDINGS, answers_of
from screener.sources.rows import Collector, digest, entity_id
from screener.sources.source import Files, Rows
from screener.sources.tables import rows_of
from screener.store.snapshots import ParseReport


def fetch(client: Client) -> None:
    """Downloads the facilities of a search: `--option contributors=123`, `query=…`; of China unless `countries=…`."""
    options = {"countries": "CN", **client.options}
    names = {"countries": "countries", "q": "query", "contributors": "contributors"}
    asked = {name: options[option] for name, option in names.items() if option in options} | {"pageSize": "50"}
    with client.answers(client.source.files[0]) as ask:
        for page in range(1, MAX_PAGES + 1):
            answer = ask({**asked, "page": str(page)})
            client.progress(page, None)
            if not (isinstance(answer, dict) and answer.get("next")):
                break


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Facilities, from the API (GeoJSON) or a CSV: each is an entity of kind facility; its OS ID makes its id."""
    path = plain(files, files.first, ".csv", *ENDINGS)
    records: Iterator[Mapping[str, Any]]
    records = _features(files, report) if kind_at(path) == "json" else rows_of(files, report, read_delimited(path))
    rows = Collector()
    for record in records:
        number, name = str(record.get("os_id") or ""), str(record.get("name") or "").strip()
        if not re.fullmatch(r"[A-Z]{2}[0-9A-Z]{13}", number) or not name:
            report.reject("entity", None, "os_id", number, "no OS ID or no name", name)
            continue
        report.rows += 1
        local = record.get("native_language_name") or None
        known = entity_id(number[:2].lower(), "osh", number)
        rows.entity(known, name, kind="facility", country=number[:2], name_local=local)
        if parent := str(record.get("parent_company") or "").strip():
            owner = rows.entity(entity_id("zz", "osh-parent", digest(parent)), parent)
            rows.stake(owner, known, summary="Named as parent company by a contributor; the share is not stated.")
        if rows.full():
            yield rows.take()
    yield rows.take()


def _features(files: Files, report: ParseReport) -> Iterator[dict[str, Any]]:
    """Facilities of the API's pages, of a GeoJSON file, or of lines of its features."""
    for page, _ in answers_of(files, files.first):
        for feature in page.get("features", [page]) if isinstance(page, dict) else []:
            files.account(feature, "feature", report, "feature.")
            properties = feature.get("properties") or {}
            files.account(properties, "properties", report)
            yield {"os_id": feature.get("id"), **properties}
