"""US Customs and Border Protection: withhold release orders and findings on forced labour."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

import msgspec

from screener.sources.client import Client
from screener.sources.rows import Bodies, country_code, day
from screener.sources.source import Files, Rows, SourceError
from screener.sources.tables import rows_of
from screener.store.snapshots import ParseReport

LIST: Final = "us-cbp-wro"
# The rules read `us-cbp-wro` as a list about China; an order over gloves from Malaysia is none about Xinjiang.
ELSEWHERE: Final = "us-cbp-wro-other"
_IN_FORCE: Final = ("active", "partially active", "modified", "partially inactive")
_ENDED: Final = ("inactive", "revoked", "closed")
_TABLE_LINK: Final = re.compile(rb"""href=["']([^"']+\.(?:csv|xlsx)(?:\?[^"']*)?)["']""", re.I)


def fetch(client: Client) -> None:
    """Downloads the page, and the table that it links to."""
    table = client.source.files[0]
    page = client.download(msgspec.structs.replace(table, part="page"))
    client.files.clear()
    found = _TABLE_LINK.search(page.path.read_bytes())
    if found is None:
        do = "see whether the page has changed, or load the file with --from"
        raise SourceError("the page links to no table", where=page.url, do=do)
    link = urljoin(page.url, found[1].decode("ascii", "replace"))
    ending = "xlsx" if link.lower().split("?")[0].endswith("xlsx") else "csv"
    client.download(msgspec.structs.replace(table, address=link, expect=ending))


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Reads the table. Only orders and findings about named entities are listings; those over goods name nobody."""
    bodies = Bodies("wro", LIST, report)
    for number, row in enumerate(rows_of(files, report), start=2):
        name, status = row["name"], (row["status"] or "").lower()
        if not name:
            report.leave("orders without an entity")
            continue
        since = day(row["since"], month_first=True)
        if since is None:
            report.reject("listing", number, "Effective Date", name, "not a date", row["since"])
        if status not in (*_IN_FORCE, *_ENDED):
            report.surprise(f"status {row['status']}", name)
        if status not in _IN_FORCE:
            report.rows += 1
            report.leave("orders that are no longer in force")
            continue
        country = country_code(row["country"]) or country_code(row["code"])
        on = LIST if country in ("CN", "HK") else ELSEWHERE
        note = row["goods"] or row["industry"]
        bodies.named(name, country).listed("19 USC 1307", row["kind"] or "WRO", since, note=note, on=on)
    yield bodies.rows()
