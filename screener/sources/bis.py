"""US Bureau of Industry and Security: the Entity List, as the consolidated screening list of trade.gov gives it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from screener.readers.delimited import read_delimited
from screener.sources.client import Client
from screener.sources.shapes import country_codes, digest, kinds_of, plain, slug, wanted
from screener.sources.source import Files, Rows, Source, risk_list
from screener.store.snapshots import Told

LIST: Final = "us-bis-entity"
URL: Final = "https://data.trade.gov/downloadable_consolidated_screening_list/v1/consolidated.csv"
PAGE: Final = "https://www.trade.gov/consolidated-screening-list"
_NEEDED: Final = ("source", "name")
_KNOWN: Final = (
    "_id",
    "entity_number",
    "type",
    "programs",
    "title",
    "addresses",
    "federal_register_notice",
    "start_date",
    "end_date",
    "standard_order",
    "license_requirement",
    "license_policy",
    "call_sign",
    "vessel_type",
    "gross_tonnage",
    "gross_registered_tonnage",
    "vessel_flag",
    "vessel_owner",
    "remarks",
    "source_list_url",
    "alt_names",
    "citizenships",
    "dates_of_birth",
    "nationalities",
    "places_of_birth",
    "source_information_url",
    "ids",
)


def fetch(client: Client) -> None:
    """Downloads the CSV of all lists."""
    client.download(URL, "consolidated", expect="csv")


def parse(files: Files, told: Told) -> Iterator[Rows]:
    """Reads the rows whose source is the Entity List; the other lists of the file are left out."""
    frame = wanted(
        read_delimited(plain(files, files.first, ".csv"), files.folder), files.first.url, _NEEDED, _KNOWN, told
    )
    mine = pl.col("source").str.contains(r"(?i)^entity list\b").fill_null(False)
    told.leave("rows of other lists", frame.filter(~mine).height)
    frame = frame.filter(mine & pl.col("name").is_not_null())
    persons = pl.col("type").str.to_lowercase() == "individual"
    told.leave("natural persons", frame.filter(persons).height)
    frame = frame.filter(~persons.fill_null(False)).with_columns(
        # Addresses are written "Street, City, CN; Other street, City, HK": the country stands last.
        country=country_codes(
            pl.col("addresses").str.split(";").list.first().str.split(",").list.last().str.strip_chars()
        ),
        name=pl.col("name")
        .str.replace(r"(?i),?\s*and any successor, sub-unit, or subsidiary thereof", "")
        .str.strip_chars(),
    )
    frame = frame.with_columns(
        entity_id=pl.struct("name", "country").map_elements(
            lambda row: f"zz-bis-{slug(row['name'], 40)}-{digest(row['name'] + (row['country'] or ''))[:6]}",
            return_dtype=pl.String,
        )
    ).unique("entity_id", keep="first", maintain_order=True)
    told.rows += frame.height
    aliases = frame.drop_nulls("alt_names").select("entity_id", name=pl.col("alt_names").str.split(";")).explode("name")
    yield {
        "entity": frame.select("entity_id", kind=kinds_of(pl.col("name")), name="name", country="country"),
        "entity_name": aliases.select("entity_id", name=pl.col("name").str.strip_chars(), kind=pl.lit("alias")).filter(
            pl.col("name") != ""
        ),
        "listing": frame.select(
            "entity_id",
            list_id=pl.lit(LIST),
            programme=pl.lit("EAR"),
            section="federal_register_notice",
            valid_from=pl.col("start_date").str.extract(r"^(\d{4}-\d{2}-\d{2})"),
            valid_to=pl.col("end_date").str.extract(r"^(\d{4}-\d{2}-\d{2})"),
            note="license_policy",
        ),
    }


SOURCE: Final = Source(
    id="us-bis-entity",
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
