"""Open Supply Hub: facilities with their stable ids, and the parent companies that contributors name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from screener.readers.delimited import read_delimited
from screener.sources.archive import unpacked
from screener.sources.client import Client, told_kind
from screener.sources.loaded import json_records
from screener.sources.shapes import Collector, account, digest, entity_id, wanted
from screener.sources.source import Files, Rows, Source
from screener.store.snapshots import Told

URL: Final = "https://opensupplyhub.org/api/facilities/"
_KNOWN: Final = (
    "os_id",
    "name",
    "address",
    "country_code",
    "country_name",
    "lat",
    "lng",
    "contributor (list)",
    "contributor",
    "sector",
    "number_of_workers",
    "parent_company",
    "processing_type_facility_type_raw",
    "facility_type",
    "processing_type",
    "product_type",
    "native_language_name",
    "is_closed",
    "status",
    "parent_company_os_id",
    "duns_id",
    # Of the legal entity behind a facility, which may have many: no number of the facility itself.
    "lei_id",
    "rba_id",
    "isic_4",
)


def fetch(client: Client) -> None:
    """Downloads the facilities of a search, page by page: `--option contributors=123` or `--option query=…`, of China unless `countries` is given."""
    token = client.key()
    page = 1
    with client.bundle("facilities", URL) as bundle:
        while page:
            asked = {"countries": client.options.get("countries", "CN"), "page": str(page), "pageSize": "50"}
            asked |= {
                name: client.options[option]
                for name, option in (("q", "query"), ("contributors", "contributors"))
                if option in client.options
            }
            body, file = client.json(URL, asked, headers={"Authorization": f"Token {token}"})
            bundle.add(file, {"page": str(page)})
            client.progress(page, None)
            page = page + 1 if isinstance(body, dict) and body.get("next") and page < 1000 else 0


def parse(files: Files, told: Told) -> Iterator[Rows]:
    """Facilities, from the API (GeoJSON) or a downloaded CSV: each is an entity of kind facility; its OS ID makes its id."""
    path = unpacked(files.first.path, files.folder)
    with open(path, "rb") as file:
        head = file.read(64)
    records: Iterator[dict[str, Any]]
    if told_kind(head) == "json":
        records = _features(path, told)
    else:
        frame = wanted(read_delimited(path, files.folder), files.first.url, ("os_id", "name"), _KNOWN, told)
        records = frame.iter_rows(named=True)
    rows = Collector()
    for record in records:
        account(record, (*_KNOWN, "other_names", "has_approved_claim", "contributors"), told)
        number, name = str(record.get("os_id") or ""), str(record.get("name") or "").strip()
        if not re.fullmatch(r"[A-Z]{2}[0-9A-Z]{13}", number) or not name:
            told.reject("entity", None, "os_id", number, "no OS ID or no name", name)
            continue
        told.rows += 1
        known = entity_id(number[:2].lower(), "osh", number)
        rows.add(
            "entity",
            entity_id=known,
            kind="facility",
            name=name,
            country=number[:2],
            name_local=record.get("native_language_name") or None,
        )
        if parent := str(record.get("parent_company") or "").strip():
            owner = entity_id("zz", "osh-parent", digest(parent))
            rows.add("entity", entity_id=owner, kind="company", name=parent)
            rows.add(
                "ownership",
                owner_id=owner,
                owned_id=known,
                status="active",
                summary="Named as parent company by a contributor; the share is not stated.",
            )
        if rows.full():
            yield rows.take()
    yield rows.take()


def _features(path: Path, told: Told) -> Iterator[dict[str, Any]]:
    """Facilities of the API's pages, of a GeoJSON file, or of lines of its features."""
    for record in json_records(path):
        page = json.loads(record["body"]) if "body" in record else record
        for feature in page.get("features", [page]) if isinstance(page, dict) else []:
            account(feature, ("id", "type", "geometry", "properties"), told, "feature.")
            yield {"os_id": feature.get("id"), **(feature.get("properties") or {})}


SOURCE: Final = Source(
    id="open-supply-hub",
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
