"""US Customs and Border Protection: withhold release orders and findings on forced labour."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

from screener.readers.places import country as country_of
from screener.sources.client import Client
from screener.sources.loaded import any_table
from screener.sources.shapes import Collector, american_day, digest, entity_id, slug, wanted
from screener.sources.source import Files, Rows, Source, SourceError, risk_list
from screener.store.snapshots import Told

LIST: Final = "us-cbp-wro"
# The rules read `us-cbp-wro` as a list about China; an order over gloves from Malaysia must not name anybody in connection with Xinjiang.
ELSEWHERE: Final = "us-cbp-wro-other"
PAGE: Final = "https://www.cbp.gov/document/stats/withhold-release-orders-findings"
_NEEDED: Final = ("Entity", "Status")
_KNOWN: Final = (
    "Country",
    "Country Code",
    "Industry",
    "Merchandise",
    "WRO/Finding",
    "Remarks",
    "Press Release",
    "Effective Date",
    "Calendar Year",
    "Date Modified",
)
_IN_FORCE: Final = ("active", "partially active", "modified", "partially inactive")


def fetch(client: Client) -> None:
    """Downloads the page, and the table that it links to."""
    page = client.download(PAGE, "page", expect="html")
    text = page.path.read_bytes() if page.bytes else b""
    client.files.clear()
    found = re.search(rb"""href=["']([^"']+\.(?:csv|xlsx)(?:\?[^"']*)?)["']""", text, re.I)
    if found is None:
        raise SourceError(
            "the page links to no table",
            where=page.url,
            do="see whether the page has changed, or load the file with --from",
        )
    link = urljoin(PAGE, found[1].decode("ascii", "replace"))
    client.download(link, "table", expect="xlsx" if link.lower().split("?")[0].endswith("xlsx") else "csv")


def parse(files: Files, told: Told) -> Iterator[Rows]:
    """Reads the table, CSV or XLSX. Only orders and findings about named entities are listings; those over goods name nobody."""
    frame = wanted(any_table(files), files.first.url, _NEEDED, _KNOWN, told)
    rows = Collector()
    for number, record in enumerate(frame.to_dicts(), start=2):
        name, status = record["Entity"], (record["Status"] or "").lower()
        if not name:
            told.leave("orders without an entity")
            continue
        country = country_of(record["Country"]) or country_of(record["Country Code"])
        since = american_day(record["Effective Date"])
        if since is None:
            told.reject("listing", number, "Effective Date", name, "not a date", record["Effective Date"])
        told.rows += 1
        if status not in (*_IN_FORCE, "inactive", "revoked", "closed"):
            told.surprise(f"status {record['Status']}", name)
        if status not in _IN_FORCE:
            told.leave("orders that are no longer in force")
            continue
        known = entity_id("zz", "wro", slug(name, 40), digest(name + (country or ""))[:6])
        rows.add("entity", entity_id=known, kind="company", name=name, country=country)
        rows.add(
            "listing",
            entity_id=known,
            list_id=LIST if country in ("CN", "HK") else ELSEWHERE,
            programme="19 USC 1307",
            section=record["WRO/Finding"] or "WRO",
            valid_from=since,
            note=record["Merchandise"] or record["Industry"],
        )
    yield rows.take()


SOURCE: Final = Source(
    id="us-cbp-wro",
    title="Withhold Release Orders and Findings dataset",
    publisher="U.S. Customs and Border Protection",
    publisher_kind="official_list",
    url=PAGE,
    terms="public domain (works of the US government)",
    frequency="when orders are issued",
    fetch=fetch,
    parse=parse,
    parts=(("table", ""),),
    max_bytes=64 << 20,
    risk_lists=(
        risk_list(
            LIST,
            "Withhold Release Orders and Findings",
            "U.S. Customs and Border Protection",
            "US",
            "import_presumption",
            PAGE,
        ),
        risk_list(
            ELSEWHERE,
            "Withhold Release Orders and Findings over goods from other countries",
            "U.S. Customs and Border Protection",
            "US",
            "import_presumption",
            PAGE,
        ),
    ),
)
