"""GLEIF: legal entities of Korea, who consolidates whom, and the ISINs of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from screener.readers.delimited import read_delimited
from screener.sources.client import Client
from screener.sources.shapes import Collector, account, entity_id, lines, plain, wanted
from screener.sources.source import Files, Rows, ShapeError, Source, SourceError
from screener.store.snapshots import Told

URL: Final = "https://api.gleif.org/api/v1/lei-records"
RELATIONS_URL: Final = "https://goldencopy.gleif.org/api/v2/golden-copies/publishes/rr/latest.csv"
ISIN_URL: Final = "https://mapping.gleif.org/api/v2/isin-lei/latest/download"
PAGE_ROWS: Final = 200
MAX_PAGES: Final = 200
_RECORD: Final = frozenset({"type", "id", "attributes", "relationships", "links"})
_ATTRIBUTES: Final = frozenset(
    {"lei", "entity", "registration", "bic", "mic", "ocid", "spglobal", "conformityFlag", "qcc"}
)
_ENTITY: Final = frozenset(
    {
        "legalName",
        "otherNames",
        "transliteratedOtherNames",
        "legalAddress",
        "headquartersAddress",
        "registeredAt",
        "registeredAs",
        "jurisdiction",
        "category",
        "legalForm",
        "associatedEntity",
        "status",
        "expiration",
        "successorEntity",
        "successorEntities",
        "creationDate",
        "subCategory",
        "otherAddresses",
        "eventGroups",
        "expirationDate",
        "expirationReason",
    }
)
_REGISTRATION: Final = frozenset(
    {
        "initialRegistrationDate",
        "lastUpdateDate",
        "status",
        "nextRenewalDate",
        "managingLou",
        "corroborationLevel",
        "validatedAt",
        "validatedAs",
        "otherValidationAuthorities",
    }
)
_NAME: Final = frozenset({"name", "language", "type"})
_START, _END = "Relationship.StartNode.NodeID", "Relationship.EndNode.NodeID"
_KIND, _STATUS = "Relationship.RelationshipType", "Relationship.RelationshipStatus"
# Of the relationship file; periods, qualifiers and quantifiers are numbered (Relationship.Period.1.startDate).
_RELATION: Final = re.compile(
    r"Relationship\.(?:(?:Start|End)Node\.NodeID(?:Type)?|RelationshipType|RelationshipStatus|"
    r"Period\.\d+\.(?:startDate|endDate|periodType)|Qualifiers\.\d+\.Qualifier(?:Dimension|Category)|"
    r"Quantifiers\.\d+\.(?:MeasurementMethod|QuantifierAmount|QuantifierUnits))|"
    r"Registration\.(?:InitialRegistrationDate|LastUpdateDate|RegistrationStatus|NextRenewalDate|ManagingLOU|"
    r"Validation(?:Sources|Documents|Reference))"
)


def fetch(client: Client) -> None:
    """Downloads the Korean records page by page, and with `--option relations=yes` or `isins=yes` the files for the whole world."""
    with client.bundle("records", URL) as bundle:
        page, last, seen = 1, 1, 0
        while page <= last:
            asked = {
                "filter[entity.legalAddress.country]": "KR",
                "page[number]": str(page),
                "page[size]": str(PAGE_ROWS),
            }
            body, file = client.json(URL, asked, headers={"Accept": "application/vnd.api+json"})
            if not isinstance(body, dict) or "data" not in body:
                raise SourceError("the answer has no data", where=file.url, found=str(body)[:80])
            pagination = body.get("meta", {}).get("pagination", {})
            last = min(int(pagination.get("lastPage") or 1), MAX_PAGES)
            bundle.add(file, {"page": str(page)})
            seen += len(body["data"])
            client.progress(seen, int(pagination.get("total") or 0) or None)
            page += 1
        if (total := int(pagination.get("total") or 0)) and seen < total:
            raise SourceError(
                "the pages end too early",
                where=client.mask(URL),
                found=f"{seen} of {total} records",
                do="try again later",
            )
    if client.options.get("relations") == "yes":
        client.download(RELATIONS_URL, "relations", expect="zip")
    if client.options.get("isins") == "yes":
        client.download(ISIN_URL, "isins", expect="zip")


def parse(files: Files, told: Told) -> Iterator[Rows]:
    """Reads the records; then relationships and ISINs, of which only those of Korean records are kept."""
    rows, korean = Collector(), set[str]()
    for answer in lines(files, files.part("records") or files.first):
        body = answer["body"]
        if not isinstance(body, dict) or not isinstance(body.get("data"), list):
            raise ShapeError("not an answer of the LEI service", where=files.first.url, found=str(body)[:80])
        for record in body["data"]:
            account(record, _RECORD, told, "record.")
            _record(record.get("attributes") or {}, rows, korean, told)
        if rows.full():
            yield rows.take()
    yield rows.take()
    if relations := files.part("relations"):
        yield _relations(read_delimited(plain(files, relations, ".csv"), files.folder), korean, told)
    if isins := files.part("isins"):
        frame = wanted(read_delimited(plain(files, isins, ".csv"), files.folder), isins.url, ("LEI", "ISIN"), (), told)
        mine = frame.filter(
            pl.col("LEI").is_in(list(korean)) & pl.col("ISIN").str.contains(r"^[A-Z]{2}[A-Z0-9]{9}[0-9]$")
        )
        # Bonds and warrants have ISINs as well; shares of Korean issuers begin with KR7.
        shares = mine.filter(pl.col("ISIN").str.starts_with("KR7"))
        told.leave("ISINs that are no Korean shares", mine.height - shares.height)
        yield {"identifier": shares.select(entity_id=_known(pl.col("LEI")), scheme=pl.lit("isin"), value="ISIN")}


def _known(lei: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.lit("kr-lei-"), lei.str.to_lowercase())


def _record(about: Mapping[str, Any], rows: Collector, korean: set[str], told: Told) -> None:
    account(about, _ATTRIBUTES, told)
    lei, entity = str(about.get("lei") or ""), about.get("entity") or {}
    account(entity, _ENTITY, told, "entity.")
    account(about.get("registration") or {}, _REGISTRATION, told, "registration.")
    legal = entity.get("legalName") or {}
    name = str(legal.get("name") or "").strip()
    if not re.fullmatch(r"[A-Z0-9]{18}[0-9]{2}", lei) or not name:
        told.reject("entity", None, "lei", lei, "no LEI or no name", name)
        return
    if entity.get("category") in ("FUND", "SOLE_PROPRIETOR"):
        told.leave("funds" if entity["category"] == "FUND" else "sole proprietors")
        return
    country = str((entity.get("legalAddress") or {}).get("country") or "")
    told.rows += 1
    if country == "KR":
        korean.add(lei)
    known = entity_id("kr" if country == "KR" else "zz", "lei", lei)
    others = [*(entity.get("otherNames") or []), *(entity.get("transliteratedOtherNames") or [])]
    for written in (legal, *others):
        account(written, _NAME, told, "name.")
    hangul = re.search(r"[\uac00-\ud7a3]", name) is not None
    english = next(
        (
            str(n.get("name"))
            for n in others
            if n.get("name") and str(n["name"]).isascii() and "PREVIOUS" not in str(n.get("type"))
        ),
        None,
    )
    rows.add(
        "entity",
        entity_id=known,
        kind="company",
        name=english if hangul and english else name,
        name_ko=name if hangul else None,
        country=country if re.fullmatch(r"[A-Z]{2}", country) else None,
        status="dissolved" if entity.get("status") == "INACTIVE" else "active",
    )
    rows.add("identifier", entity_id=known, scheme="lei", value=lei)
    if (scheme := _scheme(country, entity)) is not None:
        rows.add("identifier", entity_id=known, scheme=scheme[0], value=scheme[1])
    for other in others:
        if text := str(other.get("name") or "").strip():
            kind = (
                "former"
                if "PREVIOUS" in str(other.get("type"))
                else "transcription"
                if "TRANSLITERATED" in str(other.get("type"))
                else "alias"
            )
            rows.add(
                "entity_name", entity_id=known, name=text, lang=str(other.get("language") or "")[:2] or None, kind=kind
            )


def _scheme(country: str, entity: Mapping[str, Any]) -> tuple[str, str] | None:
    """A Korean number in `registeredAs` is a corporate number by its 13 digits, a business number by its 10."""
    digits = re.sub(r"\D", "", str(entity.get("registeredAs") or "")) if country == "KR" else ""
    return {13: ("crn", digits), 10: ("brn", digits)}.get(len(digits))


def _relations(frame: pl.DataFrame, korean: set[str], told: Told) -> Rows:
    """Direct consolidation between two Korean records: a parent holds more than half, or controls otherwise; the share is not stated."""
    for name in frame.columns:
        if not _RELATION.fullmatch(name):
            told.surprise(name, "", frame.height)
    frame = frame.select(name for name in (_START, _END, _KIND, _STATUS) if name in frame.columns)
    if frame.width < 4:
        raise ShapeError("not the relationship file of GLEIF", found=", ".join(frame.columns))
    direct = frame.filter(
        (pl.col(_KIND) == "IS_DIRECTLY_CONSOLIDATED_BY")
        & (pl.col(_STATUS) == "ACTIVE")
        & pl.col(_START).is_in(list(korean))
    )
    both = direct.filter(pl.col(_END).is_in(list(korean)))
    told.leave("parents outside Korea (their names are not in the Korean records)", direct.height - both.height)
    return {
        "ownership": both.select(
            owner_id=_known(pl.col(_END)),
            owned_id=_known(pl.col(_START)),
            operates=pl.lit("true"),
            status=pl.lit("active"),
            summary=pl.lit("Consolidates it directly in its accounts; the share is not stated."),
        ).unique(maintain_order=True)
    }


SOURCE: Final = Source(
    id="gleif",
    title="LEI records of Korea, with relationships and ISINs",
    publisher="Global Legal Entity Identifier Foundation",
    publisher_kind="registry",
    url="https://www.gleif.org/en/lei-data/gleif-api",
    terms="CC0",
    frequency="three times a day",
    fetch=fetch,
    parse=parse,
    parts=(("records", ""), ("relations", "rr"), ("isins", "isin")),
    interval=1.0,
    max_bytes=1 << 30,
)
