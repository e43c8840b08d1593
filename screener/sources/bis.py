"""US Bureau of Industry and Security: the Entity List, as the consolidated screening list of trade.gov gives it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from screener.sources.client import Client
from screener.sources.rows import Bodies, country_code, day
from screener.sources.source import Files, Rows, Source, risk_list
from screener.sources.tables import Columns, records_of, table_of, words
from screener.store.snapshots import ParseReport

LIST: Final = "us-bis-entity"
URL: Final = "https://data.trade.gov/downloadable_consolidated_screening_list/v1/consolidated.csv"
PAGE: Final = "https://www.trade.gov/consolidated-screening-list"
_COLUMNS: Final = Columns(
    {name: (name,) for name in "source name type addresses federal_register_notice start_date end_date".split()}
    | {"policy": ("license_policy",), "aliases": ("alt_names",)},
    needed=("source", "name"),
    unused=words(
        """_id entity_number programs title standard_order license_requirement call_sign vessel_type gross_tonnage
        gross_registered_tonnage vessel_flag vessel_owner remarks source_list_url citizenships dates_of_birth nationalities
        places_of_birth source_information_url ids"""
    ),
)
_AND_OTHERS: Final = re.compile(r"(?i),?\s*and any successor, sub-unit, or subsidiary thereof")


def fetch(client: Client) -> None:
    """Downloads the CSV of all lists."""
    client.download(URL, "consolidated", expect="csv")


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Reads the rows whose source is the Entity List; the other lists of the file are left out."""
    bodies = Bodies("bis", LIST, report)
    for row in records_of(_COLUMNS.of(table_of(files), files.first.url, report)):
        if not re.match(r"(?i)entity list\b", row["source"] or ""):
            report.leave("rows of other lists")
        elif (row["type"] or "").lower() == "individual":
            report.leave("natural persons")
        elif row["name"]:
            # Addresses are written "Street, City, CN; Other street, City, HK": the country stands last.
            country = country_code((row["addresses"] or "").split(";")[0].split(",")[-1])
            body = bodies.named(_AND_OTHERS.sub("", row["name"]).strip(), country)
            for alias in (row["aliases"] or "").split(";"):
                body.name(alias.strip())
            since, until = day(row["start_date"]), day(row["end_date"])
            body.listed("EAR", row["federal_register_notice"], since, until, note=row["policy"])
    yield bodies.rows()


SOURCE: Final = Source(
    id="us-bis-entity",
    priority=15,
    title="Entity List (in the consolidated screening list)",
    publisher="US Bureau of Industry and Security",
    publisher_kind="official_list",
    url=PAGE,
    terms="public domain (works of the US government)",
    frequency="daily",
    fetch=fetch,
    parse=parse,
    parts=(("consolidated", ""),),
    risk_lists=(risk_list(LIST, "Entity List", "US Bureau of Industry and Security", "US", "export_control", PAGE),),
)
