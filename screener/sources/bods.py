"""Beneficial ownership statements (BODS 0.4): who holds what share of whom."""

import re
from collections.abc import Mapping
from typing import Any, Final

from screener.readers.places import country
from screener.schema.identifiers import LEI
from screener.sources.archive import plain
from screener.sources.reading import Reading, day, digest, entity_id
from screener.sources.records import ENDINGS, json_records

_SHAREHOLDING: Final = (None, "shareholding", "votingRights", "otherInfluenceOrControl")
_SCHEMES: Final = {"XI-LEI": ("lei", LEI.pattern), "KR-CRN": ("crn", r"\d{13}"), "CN-SAIC": ("uscc", r"\w+")}


def parse(reading: Reading) -> None:
    """Entity and relationship statements, JSON or lines of JSON; persons, and stakes that they hold, are left out.

    Of several statements about one record the last counts; a record whose last statement closes it is left out. The
    file is read twice, first to find the last statement of each record, so that only these are held.
    """
    path = plain(reading, reading.first, *ENDINGS)
    last: dict[str, int] = {}
    entities: set[str] = set()
    for at, statement in enumerate(json_records(path)):
        last[record := _record(statement)] = at
        is_named = bool(str(_details(statement).get("name") or "").strip())
        is_open_entity = statement.get("recordType") == "entity" and statement.get("recordStatus") != "closed"
        (entities.add if is_named and is_open_entity else entities.discard)(record)
    for at, statement in enumerate(json_records(path)):
        reading.account(statement, "statement")
        record, kind = _record(statement), statement.get("recordType")
        if last[record] != at:
            reading.leave("statements that a later one replaces")
        elif kind == "person":
            reading.leave("natural persons")
        elif kind not in ("entity", "relationship"):
            key = str(statement.get("statementId"))
            reading.reject("entity", None, "recordType", key, "not entity, person or relationship", kind)
        elif statement.get("recordStatus") == "closed":
            reading.leave("closed records")
        elif kind == "relationship":
            _relation(reading, statement, entities)
        elif record in entities:
            _entity(reading, record, _details(statement))
        else:
            reading.leave("unnamed entities")


def _record(statement: Mapping[str, Any]) -> str:
    return str(statement.get("recordId") or statement.get("statementId"))


def _details(statement: Mapping[str, Any]) -> dict[str, Any]:
    details = statement.get("recordDetails")
    return details if isinstance(details, dict) else {}


def _made(record: str) -> str:
    return entity_id("zz", "bods", digest(record))


def _entity(reading: Reading, record: str, about: dict[str, Any]) -> None:
    reading.account(about, "entity", "entity.")
    reading.rows += 1
    place = about.get("jurisdiction") or about.get("incorporatedInJurisdiction") or {}
    state = str((about.get("entityType") or {}).get("type") or "") in ("state", "stateBody")
    numbers = []
    for number in about.get("identifiers") or []:
        scheme, shape = _SCHEMES.get(str(number.get("scheme")), ("", ""))
        if re.fullmatch(shape, value := re.sub(r"[\s-]", "", str(number.get("id") or ""))):
            numbers.append((scheme, value))
    cells = {
        "kind": "state_body" if state else "company",
        "country": country(str(place.get("code") or place.get("name") or "")[:60]),
    }
    known = reading.entity(_made(record), str(about["name"]).strip(), numbers, **cells)
    for other in about.get("alternateNames") or []:
        reading.add("entity_name", entity_id=known, name=str(other), kind="alias")


def _relation(reading: Reading, statement: dict[str, Any], entities: set[str]) -> None:
    about = _details(statement)
    reading.account(about, "relationship", "relationship.")
    owner, owned = str(about.get("interestedParty")), str(about.get("subject"))
    if owner not in entities or owned not in entities or owner == owned:
        reading.leave("relationships with persons or unknown parties")
        return
    low = high = since = until = None
    for interest in about.get("interests") or []:
        if not isinstance(interest, dict):
            continue
        reading.account(interest, "interest", "interest.")
        kind, share = interest.get("type"), interest.get("share") or {}
        if kind in _SHAREHOLDING:
            if kind != "votingRights" or low is None:
                low, high = _bound(share, "minimum", low), _bound(share, "maximum", high)
            since, until = since or day(interest.get("startDate")), until or day(interest.get("endDate"))
    if any(value is not None and not 0 <= value <= 100 for value in (low, high)):
        key = str(statement.get("statementId"))
        reading.reject("ownership", None, "share", key, "not a share in percent", (low, high))
        return
    reading.rows += 1
    reading.stake(
        _made(owner),
        _made(owned),
        share_min=None if low is None else f"{low / 100:.6g}",
        share_max=None if high is None else f"{high / 100:.6g}",
        valid_from=since,
        valid_to=until,
        status="ended" if until else "active",
        confirmed_on=day(statement.get("statementDate")),
    )


def _bound(share: Mapping[str, Any], name: str, else_: float | None) -> float | None:
    stated = (share.get(key) for key in ("exact", name, f"exclusive{name.title()}"))
    return next((float(value) for value in stated if value is not None), else_)
