"""Beneficial ownership statements (BODS 0.4): who holds what share of whom."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from screener.readers.places import country as country_of
from screener.sources.loaded import json_records
from screener.sources.shapes import Collector, account, day, digest, entity_id, plain
from screener.sources.source import Files, Rows, Source
from screener.store.snapshots import Told

_STATEMENT: Final = frozenset(
    {
        "statementId",
        "declarationSubject",
        "statementDate",
        "annotations",
        "publicationDetails",
        "source",
        "declaration",
        "recordId",
        "recordStatus",
        "recordType",
        "recordDetails",
        "statementID",
        "statementType",
    }
)
# Schema of BODS 0.4: entity-record.json and relationship-record.json.
_ENTITY: Final = frozenset(
    {
        "isComponent",
        "entityType",
        "unspecifiedEntityDetails",
        "name",
        "alternateNames",
        "jurisdiction",
        "incorporatedInJurisdiction",
        "identifiers",
        "foundingDate",
        "dissolutionDate",
        "addresses",
        "uri",
        "publicListing",
        "formedByStatute",
    }
)
_RELATIONSHIP: Final = frozenset(
    {"isComponent", "componentRecords", "componentStatementIDs", "subject", "interestedParty", "interests"}
    | {"publicationDetails", "source", "annotations"}
)
_INTEREST: Final = frozenset(
    {"type", "directOrIndirect", "beneficialOwnershipOrControl", "details", "share", "startDate", "endDate"}
)
_LEI: Final = re.compile(r"^[A-Z0-9]{18}[0-9]{2}$")
_SCHEMES: Final = {"XI-LEI": "lei", "KR-CRN": "crn", "CN-SAIC": "uscc"}


def parse(files: Files, told: Told) -> Iterator[Rows]:
    """Entity and relationship statements, JSON or lines of JSON; persons, and stakes that they hold, are left out.

    Of several statements about one record the last counts; a record whose last statement closes it is left out. The file is read twice,
    first for the last statement of each record, so that no more than that is held, however long it is.
    """
    path = plain(files, files.first, (".json", ".jsonl", ".ndjson"))
    last, entities = _last_statements(path)
    rows = Collector()
    for at, statement in enumerate(json_records(path)):
        account(statement, _STATEMENT, told)
        record, kind = _record(statement), statement.get("recordType")
        if last[record] != at:
            told.leave("statements that a later one replaces")
        elif kind == "person":
            told.leave("natural persons")
        elif kind not in ("entity", "relationship"):
            told.reject(
                "entity",
                None,
                "recordType",
                str(statement.get("statementId")),
                "not entity, person or relationship",
                kind,
            )
        elif statement.get("recordStatus") == "closed":
            told.leave("closed records")
        elif kind == "relationship":
            _relation(statement, entities, rows, told)
        elif record in entities:
            _entity(record, _details(statement), rows, told)
        else:
            told.leave("unnamed entities")
        if rows.full():
            yield rows.take()
    yield rows.take()


def _last_statements(path: Path) -> tuple[dict[str, int], set[str]]:
    """Place of the last statement of each record, and the records that are named entities and not closed."""
    last: dict[str, int] = {}
    entities: set[str] = set()
    for at, statement in enumerate(json_records(path)):
        record = _record(statement)
        last[record] = at
        named = str(_details(statement).get("name") or "").strip()
        if statement.get("recordType") == "entity" and named and statement.get("recordStatus") != "closed":
            entities.add(record)
        else:
            entities.discard(record)
    return last, entities


def _record(statement: Mapping[str, Any]) -> str:
    return str(statement.get("recordId") or statement.get("statementId"))


def _details(statement: Mapping[str, Any]) -> dict[str, Any]:
    details = statement.get("recordDetails")
    return details if isinstance(details, dict) else {}


def _made(record: str) -> str:
    return entity_id("zz", "bods", digest(record))


def _entity(record: str, about: dict[str, Any], rows: Collector, told: Told) -> None:
    account(about, _ENTITY, told, "entity.")
    made, name = _made(record), str(about["name"]).strip()
    told.rows += 1
    place = about.get("jurisdiction") or about.get("incorporatedInJurisdiction") or {}
    state = str((about.get("entityType") or {}).get("type") or "") in ("state", "stateBody")
    rows.add(
        "entity",
        entity_id=made,
        kind="state_body" if state else "company",
        name=name,
        country=country_of(str(place.get("code") or place.get("name") or "")[:60]),
    )
    for other in about.get("alternateNames") or []:
        rows.add("entity_name", entity_id=made, name=str(other), kind="alias")
    for number in about.get("identifiers") or []:
        scheme, value = _SCHEMES.get(str(number.get("scheme"))), str(number.get("id") or "")
        if scheme and value and (scheme != "lei" or _LEI.match(value)):
            rows.add(
                "identifier",
                entity_id=made,
                scheme=scheme,
                value=re.sub(r"\D", "", value) if scheme == "crn" else value,
            )


def _relation(statement: dict[str, Any], entities: set[str], rows: Collector, told: Told) -> None:
    about = _details(statement)
    account(about, _RELATIONSHIP, told, "relationship.")
    owner, owned = str(about.get("interestedParty")), str(about.get("subject"))
    if owner not in entities or owned not in entities or owner == owned:
        told.leave("relationships with persons or unknown parties")
        return
    low: float | None = None
    high: float | None = None
    since = until = None
    for interest in about.get("interests") or []:
        if not isinstance(interest, dict):
            continue
        account(interest, _INTEREST, told, "interest.")
        share = interest.get("share") or {}
        if interest.get("type") not in (None, "shareholding", "votingRights", "otherInfluenceOrControl"):
            continue
        exact = share.get("exact")
        bottom = exact if exact is not None else share.get("minimum", share.get("exclusiveMinimum"))
        top = exact if exact is not None else share.get("maximum", share.get("exclusiveMaximum"))
        if interest.get("type") != "votingRights" or low is None:
            low, high = (float(bottom) if bottom is not None else low), (float(top) if top is not None else high)
        since, until = since or day(interest.get("startDate")), until or day(interest.get("endDate"))
    if any(value is not None and not 0 <= value <= 100 for value in (low, high)):
        told.reject(
            "ownership", None, "share", str(statement.get("statementId")), "not a share in percent", (low, high)
        )
        return
    told.rows += 1
    rows.add(
        "ownership",
        owner_id=_made(owner),
        owned_id=_made(owned),
        share_min=None if low is None else f"{low / 100:.6g}",
        share_max=None if high is None else f"{high / 100:.6g}",
        valid_from=since,
        valid_to=until,
        status="ended" if until else "active",
        confirmed_on=day(statement.get("statementDate")),
    )


SOURCE: Final = Source(
    id="bods",
    title="Beneficial ownership statements (BODS 0.4)",
    publisher="Publisher of the file",
    publisher_kind="registry",
    url="https://standard.openownership.org/",
    terms="those of the publisher of the file",
    frequency="as published",
    grade="B",
    parse=parse,
    parts=(("statements", ""),),
    variants=True,
)
