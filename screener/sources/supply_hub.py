"""Open Supply Hub: facilities with their stable ids, and the parent companies that contributors name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from screener.sources.archive import plain
from screener.sources.client import Client
from screener.sources.jsonrecords import ENDINGS, json_records
from screener.sources.kinds import file_kind
from screener.sources.rows import Collector, account, digest, entity_id
from screener.sources.source import Files, Rows, Source
from screener.sources.tables import Columns, read_table, records_of, words
from screener.store.snapshots import ParseReport

URL: Final = "https://opensupplyhub.org/api/facilities/"
MAX_PAGES: Final = 1000
_USED: Final = ("os_id", "name", "native_language_name", "parent_company")
# `lei_id` is of the legal entity behind a facility, which may have many: no number of the facility itself.
_UNUSED: Final = words(
    """address country_code country_name lat lng contributor sector number_of_workers processing_type_facility_type_raw
    facility_type processing_type product_type is_closed status parent_company_os_id duns_id lei_id rba_id isic_4 other_names
    has_approved_claim contributors"""
)
_COLUMNS: Final = Columns(
    {name: (name,) for name in _USED}, needed=("os_id", "name"), unused=_UNUSED | {"contributor (list)"}
)


def fetch(client: Client) -> None:
    """Downloads the facilities of a search, page by page: `--option contributors=123` or `--option query=…`, of China unless `countries` is given."""
    options = {"countries": "CN", **client.options}
    names = {"countries": "countries", "q": "query", "contributors": "contributors"}
    asked = {name: options[option] for name, option in names.items() if option in options} | {"pageSize": "50"}

    def ask(pages: int, last: Any) -> Mapping[str, str] | None:
        client.progress(pages, None)
        more = not pages or (isinstance(last, dict) and last.get("next") and pages < MAX_PAGES)
        return {**asked, "page": str(pages + 1)} if more else None

    client.answers(URL, "facilities", ask, headers={"Authorization": f"Token {client.key()}"})


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Facilities, from the API (GeoJSON) or a downloaded CSV: each is an entity of kind facility; its OS ID makes its id."""
    path = plain(files, files.first, ".csv", *ENDINGS)
    with path.open("rb") as file:
        is_json = file_kind(file.read(64)) == "json"
    rows = Collector()
    table = () if is_json else records_of(_COLUMNS.of(read_table(path), files.first.url, report))
    for record in _features(path, report) if is_json else table:
        number, name = str(record.get("os_id") or ""), str(record.get("name") or "").strip()
        if not re.fullmatch(r"[A-Z]{2}[0-9A-Z]{13}", number) or not name:
            report.reject("entity", None, "os_id", number, "no OS ID or no name", name)
            continue
        report.rows += 1
        cells = {"country": number[:2], "name_local": record.get("native_language_name") or None}
        known = rows.entity(entity_id(number[:2].lower(), "osh", number), name, kind="facility", **cells)
        if parent := str(record.get("parent_company") or "").strip():
            owner = rows.entity(entity_id("zz", "osh-parent", digest(parent)), parent)
            rows.stake(owner, known, summary="Named as parent company by a contributor; the share is not stated.")
        if rows.full():
            yield rows.take()
    yield rows.take()


def _features(path: Path, report: ParseReport) -> Iterator[dict[str, Any]]:
    """Facilities of the API's pages, of a GeoJSON file, or of lines of its features."""
    for record in json_records(path):
        page = json.loads(record["body"]) if "body" in record else record
        for feature in page.get("features", [page]) if isinstance(page, dict) else []:
            account(feature, ("id", "type", "geometry", "properties"), report, "feature.")
            properties = feature.get("properties") or {}
            account(properties, {*_USED, *_UNUSED}, report)
            yield {"os_id": feature.get("id"), **properties}


SOURCE: Final = Source(
    id="open-supply-hub",
    priority=18,
    title="Facilities (Open Supply Hub)",
    publisher="Open Supply Hub",
    publisher_kind="ngo",
    url="https://opensupplyhub.org/api/docs/",
    terms="CC BY-SA 4.0",
    frequency="daily",
    key="OPEN_SUPPLY_HUB_TOKEN",
    grade="C",
    fetch=fetch,
    parse=parse,
    parts=(("facilities", ""),),
    interval=1.0,
)
