"""United Kingdom: the UK Sanctions List of the FCDO, CSV or XML. Since 28 January 2026 it is the only official list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Final

from screener.sources.archive import plain
from screener.sources.client import Client
from screener.sources.rows import Bodies, day, state_day
from screener.sources.source import Files, Rows, Source, risk_list
from screener.sources.tables import Columns, read_table, records_of, words
from screener.sources.xmlrecords import is_xml, records, text
from screener.store.snapshots import ParseReport

if TYPE_CHECKING:
    from lxml import etree

LIST: Final = "uk-sanctions"
URL: Final = "https://sanctionslist.fcdo.gov.uk/docs/UK-Sanctions-List.csv"
PAGE: Final = "https://www.gov.uk/government/publications/the-uk-sanctions-list"
PUBLISHER: Final = "UK Foreign, Commonwealth and Development Office"
# An entity's name stands whole in `Name 6`; only where it is split do the others come first.
_NAMES: Final = tuple(f"Name {number}" for number in range(1, 7))
_COLUMNS: Final = Columns(
    {name: (name,) for name in _NAMES}
    | {
        "number": ("Unique ID",),
        "name_type": ("Name type",),
        "regime": ("Regime Name",),
        "sort": ("Individual, Entity, Ship", "Designation Type"),
        "script": ("Name non-latin script",),
        "country": ("Address Country",),
        "since": ("Date Designated",),
        "measures": ("Sanctions Imposed",),
    },
    needed=("number", "Name 6", "name_type", "regime"),
    unused=words(
        """Last Updated | OFSI Group ID | UN Reference Number | Alias strength | Title | Non-latin script type | Designation Type
        | Non-latin script language | Type of entity | Designation source | Other Information | UK Statement of Reasons
        | Address Line 1 | Address Line 2 | Address Line 3 | Address Line 4 | Address Line 5 | Address Line 6 | Address Postal Code
        | Phone number | Website | Email address | D.O.B | Nationality(/ies) | National Identifier number
        | National Identifier additional information | Passport number | Passport additional information | Position | Gender
        | Town of birth | Country of birth | Subsidiaries | Parent company | Business registration number (s) | IMO number
        | Current owner/operator (s) | Previous owner/operator (s) | Current believed flag of ship | Previous flags | Type of ship
        | Tonnage of ship | Length of ship | Year Built | Hull identification number (HIN)""",
        "|",
    ),
)
# The same in XML: our column by the path of its element, and elements that are known and not needed.
_WHOLE: Final = {
    "number": "UniqueID",
    "regime": "RegimeName",
    "sort": "IndividualEntityShip",
    "since": "DateDesignated",
    "measures": "SanctionsImposed",
}
_PARTS: Final = {
    "Names/Name": {"name_type": "NameType"} | {name: name.replace(" ", "") for name in _NAMES},
    "NonLatinNames/NonLatinName": {"script": "NameNonLatinScript"},
    "Addresses/Address": {"country": "AddressCountry"},
}
_ELEMENTS: Final = {*_WHOLE.values(), *(path.partition("/")[0] for path in _PARTS)} | words(
    """LastUpdated OFSIGroupID UNReferenceNumber Titles DesignationSource SanctionsImposedIndicators OtherInformation PhoneNumbers
    UKStatementofReasons EmailAddresses Websites IndividualDetails EntityDetails ShipDetails"""
)
_LEFT_OUT: Final = {"individual": "natural persons", "ship": "vessels"}
_DAY: Final = re.compile(r"\d{1,2}[-/ ]\w{2,9}[-/ ]\d{4}|\d{4}-\d{2}-\d{2}")


def fetch(client: Client) -> None:
    """Downloads the CSV."""
    client.download(URL, "UK-Sanctions-List", expect="csv")


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Reads the CSV (a line with the day of the report, then one row a combination of name and address) or the XML."""
    path = plain(files, files.first, ".csv", ".xml")
    if is_xml(path):
        rows = _designations(path, report)
    else:
        frame = read_table(path, separator=",", skip=_lines_before_header(path, report))
        rows = records_of(_COLUMNS.of(frame, files.first.url, report))
    bodies, left_out = Bodies("uk", LIST, report), dict[str, str]()
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


def _designations(path: Path, report: ParseReport) -> Iterator[dict[str, str | None]]:
    """The designations of the XML as rows of our columns, their names and addresses side by side."""
    stream = records(path, "Designation", "DateGenerated", root="Designations", title="the UK Sanctions List")
    next(stream)
    for record in stream:
        if record.tag == "DateGenerated":
            state_day(report, record.text)
            continue
        for child in record:
            if child.tag not in _ELEMENTS:
                report.surprise(str(child.tag), child.text or "")
        whole = {ours: text(record, path) for ours, path in _WHOLE.items()}
        parts = [_cells(record, path, names) for path, names in _PARTS.items()]
        for beside_one_another in zip_longest(*parts, fillvalue={}) if any(parts) else [()]:
            row: dict[str, str | None] = dict.fromkeys(_COLUMNS.ours) | whole
            for part in beside_one_another:
                row |= part
            yield row


def _cells(record: etree._Element, path: str, names: dict[str, str]) -> list[dict[str, str | None]]:
    return [{ours: text(node, theirs) for ours, theirs in names.items()} for node in record.iterfind(path)]


SOURCE: Final = Source(
    id="uk-sanctions",
    priority=14,
    title="UK Sanctions List",
    publisher=PUBLISHER,
    publisher_kind="official_list",
    url=PAGE,
    terms="Open Government Licence v3.0",
    frequency="several times a month",
    fetch=fetch,
    parse=parse,
    parts=(("UK-Sanctions-List", ""),),
    risk_lists=(risk_list(LIST, "UK Sanctions List", PUBLISHER, "GB", "asset_freeze", PAGE),),
)
