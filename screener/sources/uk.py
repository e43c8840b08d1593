"""United Kingdom: the UK Sanctions List of the FCDO, CSV or XML. Since 28 January 2026 it is the only official list."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from screener.readers.delimited import read_delimited, utf8_file
from screener.readers.places import country as country_of
from screener.sources.client import Client
from screener.sources.shapes import (
    Collector,
    country_codes,
    day,
    entity_id,
    kind_of,
    kinds_of,
    plain,
    wanted,
)
from screener.sources.source import Files, Rows, ShapeError, Source, risk_list
from screener.sources.xmlrecords import Node, records
from screener.store.snapshots import Told

LIST: Final = "uk-sanctions"
URL: Final = "https://sanctionslist.fcdo.gov.uk/docs/UK-Sanctions-List.csv"
PAGE: Final = "https://www.gov.uk/government/publications/the-uk-sanctions-list"
_NAMES: Final = ("Name 1", "Name 2", "Name 3", "Name 4", "Name 5", "Name 6")
_NEEDED: Final = ("Unique ID", "Name 6", "Name type", "Regime Name")
_KNOWN: Final = (
    *_NAMES,
    "Last Updated",
    "OFSI Group ID",
    "UN Reference Number",
    "Alias strength",
    "Title",
    "Name non-latin script",
    "Non-latin script type",
    "Non-latin script language",
    "Type of entity",
    "Individual, Entity, Ship",
    "Designation Type",
    "Designation source",
    "Sanctions Imposed",
    "Other Information",
    "UK Statement of Reasons",
    "Address Line 1",
    "Address Line 2",
    "Address Line 3",
    "Address Line 4",
    "Address Line 5",
    "Address Line 6",
    "Address Postal Code",
    "Address Country",
    "Phone number",
    "Website",
    "Email address",
    "Date Designated",
    "D.O.B",
    "Nationality(/ies)",
    "National Identifier number",
    "National Identifier additional information",
    "Passport number",
    "Passport additional information",
    "Position",
    "Gender",
    "Town of birth",
    "Country of birth",
    "Subsidiaries",
    "Parent company",
    "Business registration number (s)",
    "IMO number",
    "Current owner/operator (s)",
    "Previous owner/operator (s)",
    "Current believed flag of ship",
    "Previous flags",
    "Type of ship",
    "Tonnage of ship",
    "Length of ship",
    "Year Built",
    "Hull identification number (HIN)",
)


def fetch(client: Client) -> None:
    """Downloads the CSV."""
    client.download(URL, "UK-Sanctions-List", expect="csv")


def parse(files: Files, told: Told) -> Iterator[Rows]:
    """Reads the CSV (a line with the day of the report, then one row a combination of name and address) or the XML."""
    path = plain(files, files.first, (".csv", ".xml"))
    with open(path, "rb") as file:
        is_xml = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")
    if is_xml:
        yield from _xml(path, files, told)
        return
    text = utf8_file(path, files.folder)
    skip = _report_line(text, told)
    frame = wanted(read_delimited(text, files.folder, skip=skip), files.first.url, _NEEDED, _KNOWN, told)
    yield _rows(frame, told)


def _report_line(path: Path, told: Told) -> int:
    """Lines before the header; the first of them tells the day: `Report Date: 28-Jan-2026`."""
    with open(path, encoding="utf-8") as text:
        for number, line in zip(range(5), text, strict=False):
            if "Unique ID" in line:
                return number
            if found := re.search(r"(\d{1,2}[-/ ]\w{2,9}[-/ ]\d{4}|\d{4}-\d{2}-\d{2})", line):
                iso = day(found[1])
                told.published_on = dt.date.fromisoformat(iso) if iso else None
    return 0


def _rows(frame: pl.DataFrame, told: Told) -> Rows:
    sort = pl.coalesce("Individual, Entity, Ship", "Designation Type").str.to_lowercase()
    frame = frame.drop_nulls("Unique ID").with_columns(sort=sort.fill_null("entity"))
    for word, what in (("individual", "natural persons"), ("ship", "vessels")):
        told.leave(what, frame.filter(pl.col("sort") == word)["Unique ID"].n_unique())
    for word in frame["sort"].unique().sort():
        if word not in ("individual", "ship", "entity"):
            told.surprise(f"designation type {word}")
    frame = frame.filter(~pl.col("sort").is_in(["individual", "ship"])).with_columns(
        # An entity's name stands whole in `Name 6`; only where it is split do the others come first.
        name=pl.concat_str([pl.col(name) for name in _NAMES], separator=" ", ignore_nulls=True)
        .str.replace_all(r"\s+", " ")
        .replace("", None),
        entity_id=pl.concat_str(
            pl.lit("zz-uk-"),
            pl.col("Unique ID").str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "-").str.strip_chars("-"),
        ),
        code=country_codes(pl.col("Address Country")),
    )
    named = frame.drop_nulls("name")
    primary = pl.col("Name type").str.to_lowercase().str.contains("primary name", literal=True) & ~pl.col(
        "Name type"
    ).str.to_lowercase().str.contains("variation", literal=True)
    first = (
        named.with_columns(order=(~primary.fill_null(False)).cast(pl.Int8))
        .sort("order", maintain_order=True)
        .group_by("entity_id", maintain_order=True)
        .agg(name=pl.col("name").first())
        .join(
            frame.drop_nulls("code").group_by("entity_id", maintain_order=True).agg(country=pl.col("code").first()),
            on="entity_id",
            how="left",
        )
    )
    told.rows += first.height
    other = frame.drop_nulls("Name non-latin script").select(
        "entity_id", name="Name non-latin script", kind=pl.lit("alias")
    )
    listing = frame.group_by("entity_id", "Regime Name", maintain_order=True).agg(
        section=pl.col("Unique ID").first(),
        since=pl.col("Date Designated").drop_nulls().first(),
        note=pl.col("Sanctions Imposed").drop_nulls().first(),
    )
    return {
        "entity": first.select("entity_id", kind=kinds_of(pl.col("name")), name="name", country="country"),
        "entity_name": pl.concat([named.select("entity_id", name="name", kind=pl.lit("alias")), other]).unique(
            maintain_order=True
        ),
        "listing": listing.select(
            "entity_id",
            list_id=pl.lit(LIST),
            programme="Regime Name",
            section="section",
            valid_from=pl.col("since").map_elements(day, return_dtype=pl.String),
            note="note",
        ),
    }


def _xml(path: Path, files: Files, told: Told) -> Iterator[Rows]:
    rows, root, generated = Collector(), dict[str, str](), None
    for record in records(path, {"Designation", "DateGenerated"}, root):
        if record.tag == "DateGenerated":
            generated = day(record.text)
            continue
        _designation(record, rows, told)
        if rows.full():
            yield rows.take()
    if root.get("") != "Designations":
        raise ShapeError("not the UK Sanctions List", where=files.first.url, found=f"<{root.get('')}>")
    told.published_on = dt.date.fromisoformat(generated) if generated else None
    yield rows.take()


_ELEMENTS: Final = frozenset(
    {
        "LastUpdated",
        "DateDesignated",
        "UniqueID",
        "OFSIGroupID",
        "UNReferenceNumber",
        "Names",
        "NonLatinNames",
        "Titles",
        "RegimeName",
        "IndividualEntityShip",
        "DesignationSource",
        "SanctionsImposed",
        "SanctionsImposedIndicators",
        "OtherInformation",
        "UKStatementofReasons",
        "Addresses",
        "PhoneNumbers",
        "EmailAddresses",
        "Websites",
        "IndividualDetails",
        "EntityDetails",
        "ShipDetails",
    }
)


def _designation(record: Node, rows: Collector, told: Told) -> None:
    for child in record.children:
        if child.tag not in _ELEMENTS:
            told.surprise(child.tag, child.text)
    sort = (record.get("IndividualEntityShip") or "entity").lower()
    if sort != "entity":
        told.leave({"individual": "natural persons", "ship": "vessels"}.get(sort, f"entries of type {sort}"))
        return
    names: list[tuple[bool, str]] = []
    for node in record.all("Names", "Name"):
        text = " ".join(
            part for tag in ("Name1", "Name2", "Name3", "Name4", "Name5", "Name6") if (part := node.get(tag))
        )
        if text:
            names.append(((node.get("NameType") or "").lower() != "primary name", text))
    number = record.get("UniqueID")
    if not number or not names:
        told.reject("entity", None, "UniqueID", number, "no id or no name", names)
        return
    told.rows += 1
    known, main = entity_id("zz", "uk", number), min(names, key=lambda pair: pair[0])[1]
    codes = [code for node in record.all("Addresses", "Address") if (code := country_of(node.get("AddressCountry")))]
    rows.add("entity", entity_id=known, kind=kind_of(main), name=main, country=codes[0] if codes else None)
    others: list[str] = [text for _, text in names if text != main]
    others += [name for node in record.all("NonLatinNames", "NonLatinName") if (name := node.get("NameNonLatinScript"))]
    for other in others:
        rows.add("entity_name", entity_id=known, name=other, kind="alias")
    rows.add(
        "listing",
        entity_id=known,
        list_id=LIST,
        programme=record.get("RegimeName"),
        section=number,
        valid_from=day(record.get("DateDesignated")),
        note=record.get("SanctionsImposed"),
    )


SOURCE: Final = Source(
    id="uk-sanctions",
    title="UK Sanctions List",
    publisher="UK Foreign, Commonwealth and Development Office",
    publisher_kind="official_list",
    url=PAGE,
    terms="Open Government Licence v3.0",
    frequency="several times a month",
    fetch=fetch,
    parse=parse,
    parts=(("UK-Sanctions-List", ""),),
    risk_lists=(
        risk_list(
            LIST, "UK Sanctions List", "UK Foreign, Commonwealth and Development Office", "GB", "asset_freeze", PAGE
        ),
    ),
)
