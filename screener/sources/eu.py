"""European Union: the financial sanctions files (FSF), CSV or XML."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

import polars as pl

from screener.readers.delimited import read_delimited
from screener.readers.places import country as country_of
from screener.sources.client import Client
from screener.sources.shapes import Collector, day, entity_id, kind_of, kinds_of, plain, wanted
from screener.sources.source import Files, Rows, ShapeError, Source, risk_list
from screener.sources.xmlrecords import Node, records
from screener.store.snapshots import Told

LIST: Final = "eu-fsf"
URL: Final = "https://webgate.ec.europa.eu/fsd/fsf/public/files/csvFullSanctionsList_1_1/content"
PAGE: Final = "https://data.europa.eu/data/datasets/consolidated-list-of-persons-groups-and-entities-subject-to-eu-financial-sanctions"
_NEEDED: Final = ("Entity_LogicalId", "NameAlias_WholeName")
_USED: Final = (
    "fileGenerationDate",
    "Entity_EU_ReferenceNumber",
    "Entity_SubjectType",
    "Entity_SubjectType_ClassificationCode",
    "Entity_DesignationDate",
    "Entity_Regulation_Programme",
    "Entity_Regulation_NumberTitle",
    "Entity_Regulation_EntryIntoForceDate",
    "Entity_Regulation_PublicationDate",
    "NameAlias_NameLanguage",
    "Address_CountryIso2Code",
    "Address_CountryDescription",
    "Entity_Remark",
)
_REGULATION: Final = (
    "Type",
    "OrganisationType",
    "PublicationDate",
    "EntryIntoForceDate",
    "NumberTitle",
    "Programme",
    "PublicationUrl",
)
# Read and not needed: details of regulations, addresses, births, papers and citizenships (the columns of the CSV, version 1.1, by group).
_GROUPS: Final = {
    "Entity": "UnitedNationId DesignationDetails",
    "NameAlias": "LastName FirstName MiddleName Gender Title Function",
    "Address": "City Street PoBox ZipCode Region Place AsAtListingTime ContactInfo",
    "BirthDate": "BirthDate Day Month Year YearRangeFrom YearRangeTo Circa CalendarType ZipCode Region Place City CountryIso2Code CountryDescription",
    "Identification": "Number Diplomatic KnownExpired KnownFalse ReportedLost RevokedByIssuer IssuedBy IssuedDate ValidFrom ValidTo LatinNumber"
    " NameOnDocument TypeCode TypeDescription Region CountryIso2Code CountryDescription",
    "Citizenship": "Region CountryIso2Code CountryDescription",
}
_SKIPPED: Final = tuple(
    column
    for group, names in _GROUPS.items()
    for name in (
        *names.split(),
        "LogicalId",
        "RegulationLanguage",
        "Remark",
        *(f"Regulation_{part}" for part in _REGULATION),
    )
    if (column := f"{group}_{name}") not in (*_NEEDED, *_USED)
)


def fetch(client: Client) -> None:
    """Downloads the CSV; the token is the one of the registered user (the portal shows it in its links)."""
    client.download(URL, "FSF", expect="csv", params={"token": client.key()})


def parse(files: Files, told: Told) -> Iterator[Rows]:
    """Reads the CSV (one row a combination of name, address and paper) or the XML; natural persons are left out."""
    path = plain(files, files.first, (".csv", ".xml"))
    with open(path, "rb") as file:
        is_xml = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")
    if is_xml:
        yield from _xml(files, told)
        return
    frame = read_delimited(path, files.folder, separator=";")
    # Some copies begin with a line of their own for the day of the file.
    if frame.width <= 2 and frame.columns[0].startswith("fileGenerationDate"):
        generated = frame.columns[-1]
        frame = read_delimited(path, files.folder, separator=";", skip=1).with_columns(
            fileGenerationDate=pl.lit(generated)
        )
    frame = wanted(frame, files.first.url, _NEEDED, _USED + _SKIPPED, told)
    yield _rows(frame, told)


def _rows(frame: pl.DataFrame, told: Told) -> Rows:
    stated = frame["fileGenerationDate"].drop_nulls()
    if len(stated) and (iso := day(stated[0])):
        told.published_on = dt.date.fromisoformat(iso)
    person = (pl.col("Entity_SubjectType") == "P") | (
        pl.col("Entity_SubjectType_ClassificationCode").str.to_lowercase() == "person"
    )
    person = (
        person
        | (pl.col("Entity_SubjectType_ClassificationCode") == "P")
        | (pl.col("Entity_SubjectType").str.to_lowercase() == "person")
    )
    frame = frame.drop_nulls("Entity_LogicalId").with_columns(person=person.fill_null(False))
    told.leave("natural persons", frame.filter("person")["Entity_LogicalId"].n_unique())
    frame = frame.filter(~pl.col("person") & pl.col("Entity_LogicalId").str.contains(r"^\d+$")).with_columns(
        entity_id=pl.concat_str(pl.lit("zz-eu-"), "Entity_LogicalId"),
        country=pl.when(
            pl.col("Address_CountryIso2Code").str.contains(r"^[A-Z]{2}$") & (pl.col("Address_CountryIso2Code") != "00")
        ).then("Address_CountryIso2Code"),
    )
    named = frame.drop_nulls("NameAlias_WholeName")
    # The English name first, then whatever comes first in the file.
    main = named.with_columns(order=(pl.col("NameAlias_NameLanguage").fill_null("EN") != "EN").cast(pl.Int8)).sort(
        "order", maintain_order=True
    )
    country = frame.drop_nulls("country").group_by("entity_id", maintain_order=True).agg(pl.col("country").first())
    first = (
        main.group_by("entity_id", maintain_order=True)
        .agg(name=pl.col("NameAlias_WholeName").first())
        .join(country, on="entity_id", how="left")
    )
    told.rows += first.height
    listing = frame.group_by("entity_id", "Entity_Regulation_Programme", maintain_order=True).agg(
        section=pl.col("Entity_Regulation_NumberTitle").drop_nulls().first(),
        valid_from=pl.coalesce(
            "Entity_DesignationDate", "Entity_Regulation_EntryIntoForceDate", "Entity_Regulation_PublicationDate"
        )
        .drop_nulls()
        .first(),
    )
    return {
        "entity": first.select("entity_id", kind=kinds_of(pl.col("name")), name="name", country="country"),
        "entity_name": named.select(
            "entity_id",
            name="NameAlias_WholeName",
            lang=pl.col("NameAlias_NameLanguage").str.to_lowercase(),
            kind=pl.lit("alias"),
        ).unique(maintain_order=True),
        "listing": listing.select(
            "entity_id",
            list_id=pl.lit(LIST),
            programme=pl.concat_str(pl.lit("EU-"), "Entity_Regulation_Programme"),
            section="section",
            valid_from=pl.col("valid_from").map_elements(day, return_dtype=pl.String),
        ),
    }


def _xml(files: Files, told: Told) -> Iterator[Rows]:
    rows, root = Collector(), dict[str, str]()
    for record in records(plain(files, files.first, ".xml"), {"sanctionEntity"}, root):
        subject = record.find("subjectType")
        if subject is not None and (
            subject.attributes.get("code") == "person" or subject.attributes.get("classificationCode") == "P"
        ):
            told.leave("natural persons")
        else:
            _entity(record, rows, told)
        if rows.full():
            yield rows.take()
    if root.get("") != "export":
        raise ShapeError("not the sanctions file of the EU", where=files.first.url, found=f"<{root.get('')}>")
    if generated := day(root.get("generationDate")):
        told.published_on = dt.date.fromisoformat(generated)
    yield rows.take()


_CHILDREN: Final = frozenset(
    {
        "remark",
        "regulation",
        "subjectType",
        "nameAlias",
        "address",
        "identification",
        "birthdate",
        "citizenship",
        "contactInfo",
        "relation",
    }
)


def _entity(record: Node, rows: Collector, told: Told) -> None:
    for child in record.children:
        if child.tag not in _CHILDREN:
            told.surprise(child.tag, child.text)
    number, names = record.attributes.get("logicalId", ""), record.all("nameAlias")
    written = sorted(
        (
            (node.attributes.get("nameLanguage", "") not in ("", "EN"), place, node.attributes.get("wholeName", ""))
            for place, node in enumerate(names)
        )
    )
    main = next((name for _, _, name in written if name), None)
    if not number.isdigit() or main is None:
        told.reject("entity", None, "logicalId", number, "no number or no name", main)
        return
    told.rows += 1
    known = entity_id("zz", "eu", number)
    codes = [code for node in record.all("address") if (code := country_of(node.attributes.get("countryIso2Code")))]
    rows.add("entity", entity_id=known, kind=kind_of(main), name=main, country=codes[0] if codes else None)
    for node in names:
        if (name := node.attributes.get("wholeName")) and name != main:
            rows.add(
                "entity_name",
                entity_id=known,
                name=name,
                lang=node.attributes.get("nameLanguage", "").lower() or None,
                kind="alias",
            )
    for regulation in record.all("regulation"):
        about = regulation.attributes
        since = (
            day(record.attributes.get("designationDate"))
            or day(about.get("entryIntoForceDate"))
            or day(about.get("publicationDate"))
        )
        rows.add(
            "listing",
            entity_id=known,
            list_id=LIST,
            programme=f"EU-{about['programme']}" if about.get("programme") else None,
            section=about.get("numberTitle"),
            valid_from=since,
        )


SOURCE: Final = Source(
    id="eu-fsf",
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
