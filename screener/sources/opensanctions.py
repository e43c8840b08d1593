"""OpenSanctions: any of its data sets in bulk, as lines of JSON of FollowTheMoney entities."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from screener.sources.archive import plain
from screener.sources.client import Client
from screener.sources.source import Files, Rows, ShapeError, Source, SourceError
from screener.sources.tables import words
from screener.store.snapshots import ParseReport

BASE: Final = "https://data.opensanctions.org/datasets/latest/"
DEFAULT: Final = "sanctions"
_COMPANIES: Final = ("Company", "Organization", "LegalEntity", "PublicBody")
_KINDS: Final = {"PublicBody": "state_body"}
_FIELDS: Final = words(
    """id caption schema properties referents datasets first_seen last_seen last_change target origin statements"""
)
_SCHEMES: Final = {"leiCode": "lei", "uscCode": "uscc", "isinCode": "isin"}
# Properties of Thing, LegalEntity, Organization, Company, Asset and Ownership in the FollowTheMoney model (its schema folder): what is read
# here, then what is known and not needed.
_READ: Final = words(
    "name alias previousName jurisdiction country leiCode uscCode isinCode owner asset percentage startDate endDate"
)
_NOT_NEEDED: Final = words(
    """
    abbreviation address addressEntity alephUrl amount amountEur amountUsd bikCode brightQueryId brightQueryOrgId bvdId caemCode cageCode
    capital cikCode classification coatoCode createdAt currency date description dissolutionDate dunsCode email fnsCode fssCode giiNumber
    ibcRuc icijId idNumber imoNumber incorporationDate indexText innCode ipoCode irsCode isin jibCode keywords kppCode legalBasis legalForm
    licenseNumber mainCountry mbsCode modifiedAt notes npiCode ogrnCode okopfCode okpoCode oksmCode okvedCode opencorporatesUrl ownershipType
    parent permId pfrNumber phone program programId proof publisher publisherUrl recordId registrationNumber retrievedAt ricCode role sayariId
    sector sharesCount sharesCurrency sharesType sharesValue sourceUrl status subsidiaries summary swiftBic taxNumber taxStatus ticker topics
    uniqueEntityId vatCode voenCode weakAlias website wikidataId wikipediaUrl
    """
)


def fetch(client: Client) -> None:
    """Downloads one data set (`fetch opensanctions:us_ofac_sdn`; `sanctions` unless one is named), and checks it against its index."""
    name = client.variant or DEFAULT
    index, about = client.json(f"{BASE}{name}/index.json", {})
    resources = index.get("resources", []) if isinstance(index, dict) else []
    resource = next((r for r in resources if r.get("name") == "entities.ftm.json"), None)
    if resource is None:
        raise SourceError("the index names no entities.ftm.json", where=about.url)
    file = client.download(f"{BASE}{name}/entities.ftm.json", "entities", expect="json")
    checksum = str(resource.get("checksum") or "")
    if len(checksum) == 40 and file.bytes and _sha1(file.path) != checksum:
        what, do = "the checksum is not the one of the index", "try again: the data set was renewed meanwhile"
        raise SourceError(what, where=file.url, found=file.sha256[:16], do=do)


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Reads the entities in blocks of lines: companies and bodies, their names and numbers, who owns whom. Persons are left out."""
    path = plain(files, files.first, ".json")
    with path.open("rb") as file:
        # No more than one block is in memory, however many there are.
        while lines := file.readlines(16 << 20):
            yield _rows(_frame(b"".join(lines), path, report), report)


def _frame(block: bytes, path: Path, report: ParseReport) -> pl.DataFrame:
    try:
        frame = pl.read_ndjson(io.BytesIO(block), infer_schema_length=None)
    except pl.exceptions.PolarsError as error:
        found = str(error).splitlines()[0]
        raise ShapeError("not lines of JSON", where=path.name, found=found, do="download it again") from None
    if not isinstance(frame.schema.get("properties"), pl.Struct) or not {"id", "schema"} <= set(frame.columns):
        raise ShapeError("not FollowTheMoney entities", where=path.name, found=", ".join(frame.columns)[:100])
    for name in frame.columns:
        if name not in _FIELDS:
            report.surprise(name, "", frame.height)
    return frame


def _rows(frame: pl.DataFrame, report: ParseReport) -> Rows:
    schema = frame.schema["properties"]
    assert isinstance(schema, pl.Struct)
    held = {field.name for field in schema.fields}

    def values(name: str) -> pl.Expr:
        nothing = pl.lit(None, pl.List(pl.String))
        return (
            pl.col("properties").struct.field(name).cast(pl.List(pl.String), strict=False) if name in held else nothing
        )

    used = frame.filter(pl.col("schema").is_in((*_COMPANIES, "Ownership")))
    for name in sorted(held - _READ - _NOT_NEEDED):
        filled = used.select(pl.col("properties").struct.field(name)).to_series().drop_nulls()
        if len(filled):
            report.surprise(f"properties.{name}", filled[0], len(filled))
    persons = frame.filter(pl.col("schema") == "Person").height
    report.leave("natural persons", persons)
    bodies = frame.filter(pl.col("schema").is_in(_COMPANIES)).with_columns(
        entity_id=_known(pl.col("id")), written=values("name")
    )
    bodies = bodies.with_columns(
        name=pl.coalesce(pl.col("written").list.first(), "caption" if "caption" in frame.columns else pl.lit(None))
    ).drop_nulls("name")
    report.rows += bodies.height
    report.leave(
        "records of other kinds (vessels, securities, addresses, passports …)", frame.height - persons - used.height
    )
    country = pl.coalesce(values("jurisdiction").list.first(), values("country").list.first()).str.to_uppercase()
    entity = bodies.select(
        "entity_id",
        kind=pl.col("schema").replace_strict(_KINDS, default="company", return_dtype=pl.String),
        name="name",
        country=pl.when(country.str.contains(r"^[A-Z]{2}$")).then(country),
    )
    names = [
        bodies.select("entity_id", name=values(property), kind=pl.lit(kind)).explode("name").drop_nulls("name")
        for property, kind in (("name", "alias"), ("alias", "alias"), ("previousName", "former"))
    ]
    numbers = [
        bodies.select("entity_id", scheme=pl.lit(scheme), value=values(property)).explode("value").drop_nulls("value")
        for property, scheme in _SCHEMES.items()
    ]
    result: dict[str, pl.DataFrame] = {
        "entity": entity,
        "entity_name": pl.concat(names),
        "identifier": pl.concat(numbers),
    }
    owned = (
        frame.filter(pl.col("schema") == "Ownership")
        .select(
            owner_id=_known(values("owner").list.first()),
            owned_id=_known(values("asset").list.first()),
            percentage=values("percentage").list.first().str.replace_all(r"[%\s]", "").cast(pl.Float64, strict=False)
            / 100,
            valid_from=_date(values("startDate")),
            valid_to=_date(values("endDate")),
        )
        .drop_nulls(["owner_id", "owned_id"])
    )
    share = pl.when(pl.col("percentage").is_between(0, 1)).then(pl.col("percentage").round(6).cast(pl.String))
    result["ownership"] = owned.select(
        "owner_id",
        "owned_id",
        share_min=share,
        share_max=share,
        valid_from="valid_from",
        valid_to="valid_to",
        status=pl.when(pl.col("valid_to").is_null()).then(pl.lit("active")).otherwise(pl.lit("ended")),
    )
    return result


def _date(values: pl.Expr) -> pl.Expr:
    return values.list.first().str.extract(r"^(\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?)")


def _known(identity: pl.Expr) -> pl.Expr:
    made = identity.str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "-").str.strip_chars("-")
    return pl.when(identity.is_not_null()).then(pl.concat_str(pl.lit("zz-os-"), made))


def _sha1(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha1").hexdigest()


SOURCE: Final = Source(
    id="opensanctions",
    priority=19,
    title="OpenSanctions bulk data",
    publisher="OpenSanctions",
    publisher_kind="other",
    url="https://www.opensanctions.org/datasets/",
    terms="CC BY-NC 4.0: non-commercial, or with a licence of its publisher",
    frequency="several times a day",
    grade="C",
    fetch=fetch,
    parse=parse,
    parts=(("entities", ""),),
    max_bytes=16 << 30,
    max_seconds=7200.0,
    variants=True,
)
