"""European Union: the financial sanctions files (FSF), CSV or XML."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

import polars as pl

from screener.sources.archive import plain
from screener.sources.client import Client
from screener.sources.rows import Bodies, day, state_day
from screener.sources.source import Files, Rows, Source, risk_list
from screener.sources.tables import Columns, read_table, records_of
from screener.sources.xmlrecords import is_xml, records
from screener.store.snapshots import ParseReport

if TYPE_CHECKING:
    from lxml import etree

LIST: Final = "eu-fsf"
URL: Final = "https://webgate.ec.europa.eu/fsd/fsf/public/files/csvFullSanctionsList_1_1/content"
PAGE: Final = "https://data.europa.eu/data/datasets/consolidated-list-of-persons-groups-and-entities-subject-to-eu-financial-sanctions"
# Read and not needed: details of regulations, addresses, births, papers and citizenships, by group of columns of the CSV (version 1.1).
_DETAILS: Final = {
    "Entity": "UnitedNationId DesignationDetails EU_ReferenceNumber",
    "NameAlias": "LastName FirstName MiddleName Gender Title Function",
    "Address": "City Street PoBox ZipCode Region Place AsAtListingTime ContactInfo CountryDescription",
    "BirthDate": "BirthDate Day Month Year YearRangeFrom YearRangeTo Circa CalendarType ZipCode Region Place City"
    " CountryIso2Code CountryDescription",
    "Identification": "Number Diplomatic KnownExpired KnownFalse ReportedLost RevokedByIssuer IssuedBy IssuedDate ValidFrom"
    " ValidTo LatinNumber NameOnDocument TypeCode TypeDescription Region CountryIso2Code CountryDescription",
    "Citizenship": "Region CountryIso2Code CountryDescription",
}
_OF_ALL: Final = "Type OrganisationType PublicationDate EntryIntoForceDate NumberTitle Programme PublicationUrl".split()
_COLUMNS: Final = Columns(
    {
        "generated": ("fileGenerationDate",),
        "number": ("Entity_LogicalId",),
        "type": ("Entity_SubjectType",),
        "class": ("Entity_SubjectType_ClassificationCode",),
        "designated": ("Entity_DesignationDate",),
        "programme": ("Entity_Regulation_Programme",),
        "regulation": ("Entity_Regulation_NumberTitle",),
        "in_force": ("Entity_Regulation_EntryIntoForceDate",),
        "published": ("Entity_Regulation_PublicationDate",),
        "name": ("NameAlias_WholeName",),
        "language": ("NameAlias_NameLanguage",),
        "country": ("Address_CountryIso2Code",),
    },
    needed=("number", "name"),
    unused=frozenset(
        f"{group}_{name}"
        for group, names in _DETAILS.items()
        for name in (
            *names.split(),
            "LogicalId",
            "RegulationLanguage",
            "Remark",
            *(f"Regulation_{of}" for of in _OF_ALL),
        )
    ),
)
# The same in XML: our column by element and attribute.
_ATTRIBUTES: Final = {
    "subjectType": {"type": "code", "class": "classificationCode"},
    "regulation": {
        "programme": "programme",
        "regulation": "numberTitle",
        "in_force": "entryIntoForceDate",
        "published": "publicationDate",
    },
    "nameAlias": {"name": "wholeName", "language": "nameLanguage"},
    "address": {"country": "countryIso2Code"},
}
_OTHER_ELEMENTS: Final = frozenset({"remark", "identification", "birthdate", "citizenship", "contactInfo", "relation"})


def fetch(client: Client) -> None:
    """Downloads the CSV; the token is the one of the registered user (the portal shows it in its links)."""
    client.download(URL, "FSF", expect="csv", params={"token": client.key()})


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Reads the CSV (one row a combination of name, address and paper) or the XML; natural persons are left out."""
    path = plain(files, files.first, ".csv", ".xml")
    if is_xml(path):
        stream = records(path, "sanctionEntity", root="export", title="the sanctions file of the EU")
        state_day(report, next(stream).get("generationDate"))
        rows = (row for record in stream for row in _flattened(record, report))
    else:
        frame = read_table(path, separator=";")
        # Some copies begin with a line of their own for the day of the file.
        if frame.width <= 2 and frame.columns[0].startswith("fileGenerationDate"):
            generated = frame.columns[-1]
            frame = read_table(path, separator=";", skip=1).with_columns(fileGenerationDate=pl.lit(generated))
        frame = _COLUMNS.of(frame, files.first.url, report)
        state_day(report, frame["generated"].drop_nulls().first())  # type: ignore[arg-type]
        rows = records_of(frame)
    bodies, persons = Bodies("eu", LIST, report), set[str]()
    for row in rows:
        number = row["number"] or ""
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


def _flattened(record: etree._Element, report: ParseReport) -> Iterator[dict[str, str | None]]:
    """An entity of the XML as rows of our columns, its names, regulations and addresses side by side."""
    for child in record:
        if child.tag not in _OTHER_ELEMENTS and child.tag not in _ATTRIBUTES:
            report.surprise(str(child.tag), child.text or "")
    parts = [
        [{ours: node.get(theirs) for ours, theirs in names.items()} for node in record.iterfind(element)]
        for element, names in _ATTRIBUTES.items()
        if element != "subjectType"
    ]
    subject = record.find("subjectType")
    whole = {"number": record.get("logicalId"), "designated": record.get("designationDate")}
    for ours, theirs in _ATTRIBUTES["subjectType"].items():
        whole[ours] = None if subject is None else subject.get(theirs)
    for beside_one_another in zip_longest(*parts, fillvalue={}):
        row: dict[str, str | None] = dict.fromkeys(_COLUMNS.ours) | whole
        for part in beside_one_another:
            row |= part
        yield row


SOURCE: Final = Source(
    id="eu-fsf",
    priority=13,
    title="Consolidated list of persons, groups and entities subject to EU financial sanctions",
    publisher="European Commission (DG FISMA)",
    publisher_kind="official_list",
    url=PAGE,
    terms="reuse with the source named (Commission Decision 2011/833/EU)",
    frequency="when the Council decides; several times a month",
    key="EU_FSF_TOKEN",
    fetch=fetch,
    parse=parse,
    parts=(("FSF", ""),),
    risk_lists=(
        risk_list(
            LIST,
            "EU consolidated list of persons, groups and entities under financial sanctions",
            "Council of the European Union",
            "EU",
            "asset_freeze",
            PAGE,
        ),
    ),
)
