"""Beneficial ownership statements (BODS 0.4): who holds what share of whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from screener.sources.loaded import json_records
from screener.sources.shapes import Collector, account, country_code, day, digest, entity_id, plain
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
_LEI: Final = re.compile(r"^[A-Z0-9]{18}[0-9]{2}$")
_SCHEMES: Final = {"XI-LEI": "lei", "KR-CRN": "crn", "CN-SAIC": "uscc"}


def parse(files: Files, told: Told) -> Iterator[Rows]:
    """Entity and relationship statements, JSON or lines of JSON; persons, and stakes that they hold, are left out."""
    statements = json_records(plain(files, files.first, (".json", ".jsonl", ".ndjson")))
    entities: dict[str, dict[str, Any]] = {}
    relations: list[dict[str, Any]] = []
    for statement in statements:
        account(statement, _STATEMENT, told)
        kind = statement.get("recordType")
        if statement.get("recordStatus") == "closed":
            told.leave("closed records")
        elif kind == "person":
            told.leave("natural persons")
        elif kind == "entity":
            entities[str(statement.get("recordId"))] = statement
        elif kind == "relationship":
            relations.append(statement)
        else:
            told.reject(
                "entity",
                None,
                "recordType",
                str(statement.get("statementId")),
                "not entity, person or relationship",
                kind,
            )
    rows, known = Collector(), dict[str, str]()
    for record, statement in entities.items():
        known[record] = _entity(record, statement.get("recordDetails") or {}, rows, told)
    for statement in relations:
        _relation(statement, known, rows, told)
    yield rows.take()


def _entity(record: str, about: dict[str, Any], rows: Collector, told: Told) -> str:
    made = entity_id("zz", "bods", digest(record))
    name = str(about.get("name") or "").strip()
    if not name:
        told.leave("unnamed entities")
        return made
    told.rows += 1
    place = about.get("jurisdiction") or about.get("incorporatedInJurisdiction") or {}
    state = str((about.get("entityType") or {}).get("type") or "") in ("state", "stateBody")
    rows.add(
        "entity",
        entity_id=made,
        kind="state_body" if state else "company",
        name=name,
        country=country_code(str(place.get("code") or place.get("name") or "")[:60]),
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
    return made


def _relation(statement: dict[str, Any], known: dict[str, str], rows: Collector, told: Told) -> None:
    about = statement.get("recordDetails") or {}
    owner, owned = known.get(str(about.get("interestedParty"))), known.get(str(about.get("subject")))
    if owner is None or owned is None or owner == owned:
        told.leave("relationships with persons or unknown parties")
        return
    low: float | None = None
    high: float | None = None
    since = until = None
    for interest in about.get("interests") or []:
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
        owner_id=owner,
        owned_id=owned,
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
