"""Open Supply Hub: facilities with their stable ids, and the parent companies that contributors name."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from screener.sources.archive import kind_at, plain
from screener.sources.client import MAX_PAGES, Client
from screener.sources.reading import Reading, digest, entity_id
from screener.sources.records import ENDINGS, answers_of, rows_of


def fetch(client: Client) -> None:
    """Downloads the facilities of a search: `--option contributors=123`, `query=…`; in China unless `countries=…`."""
    options = {"countries": "CN", **client.options}
    names = {"countries": "countries", "q": "query", "contributors": "contributors"}
    asked = {name: options[option] for name, option in names.items() if option in options} | {"pageSize": "50"}
    pages = ({**asked, "page": str(page)} for page in range(1, MAX_PAGES + 1))
    client.answers(client.source.files[0], pages, lambda page: not (isinstance(page, dict) and page.get("next")))


def parse(reading: Reading) -> None:
    """Facilities, from the API (GeoJSON) or a CSV: each is an entity of kind facility with an id from its OS ID."""
    path = plain(reading, reading.first, ".csv", *ENDINGS)
    records: Iterator[Mapping[str, Any]]
    records = _features(reading) if kind_at(path) == "json" else rows_of(reading)
    for record in records:
        number, name = str(record.get("os_id") or ""), str(record.get("name") or "").strip()
        if not re.fullmatch(r"[A-Z]{2}[0-9A-Z]{13}", number) or not name:
            reading.reject("entity", None, "os_id", number, "no OS ID or no name", name)
            continue
        reading.rows += 1
        local = record.get("native_language_name") or None
        known = entity_id(number[:2].lower(), "osh", number)
        reading.entity(known, name, kind="facility", country=number[:2], name_local=local)
        if parent := str(record.get("parent_company") or "").strip():
            owner = reading.entity(entity_id("zz", "osh-parent", digest(parent)), parent)
            reading.stake(owner, known, summary="Named as parent company by a contributor; the share is not stated.")


def _features(reading: Reading) -> Iterator[dict[str, Any]]:
    """Facilities from the API's pages, a GeoJSON file, or lines of its features."""
    for page, _ in answers_of(reading, reading.first):
        for feature in page.get("features", [page]) if isinstance(page, dict) else []:
            reading.account(feature, "feature", "feature.")
            properties = feature.get("properties") or {}
            reading.account(properties, "properties")
            yield {"os_id": feature.get("id"), **properties}
