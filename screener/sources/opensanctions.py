"""OpenSanctions: any of its data sets in bulk, as JSON lines of FollowTheMoney entities."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from screener.sources.archive import plain
from screener.sources.client import Client
from screener.sources.reading import Reading, percent, slug
from screener.sources.records import json_records
from screener.sources.source import ShapeError, SourceError

DEFAULT: Final = "sanctions"
_KINDS: Final = dict.fromkeys(("Company", "Organization", "LegalEntity"), "company") | {"PublicBody": "state_body"}
_SCHEMES: Final = {"leiCode": "lei", "uscCode": "uscc", "isinCode": "isin"}
_NAMES: Final = {"name": "alias", "alias": "alias", "previousName": "former"}
_DAY: Final = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")


def fetch(client: Client) -> None:
    """Downloads one data set (`sanctions` unless one is named) and checks it against its index."""
    entities = client.source.files[0]
    base = f"{entities.address}{client.variant or DEFAULT}/"
    index, about = client.json(msgspec.structs.replace(entities, address=f"{base}index.json"))
    resources = index.get("resources", []) if isinstance(index, dict) else []
    resource = next((r for r in resources if r.get("name") == "entities.ftm.json"), None)
    if resource is None:
        raise SourceError("the index names no entities.ftm.json", where=about.url)
    file = client.download(msgspec.structs.replace(entities, address=f"{base}entities.ftm.json"))
    checksum = str(resource.get("checksum") or "")
    with file.path.open("rb") as opened:
        wrong = file.bytes and len(checksum) == 40 and hashlib.file_digest(opened, "sha1").hexdigest() != checksum
    if wrong:
        do = "try again: the data set has been updated in the meantime"
        what, found = "the checksum differs from the one in the index", file.sha256[:16]
        raise SourceError(what, where=file.url, found=found, do=do)


def parse(reading: Reading) -> None:
    """Reads organisations, their names and identifiers, and who owns whom. Persons are left out."""
    path = plain(reading, reading.first, ".json")
    for number, entity in enumerate(json_records(path), start=1):
        reading.account(entity, "record")
        schema, properties = entity.get("schema"), entity.get("properties")
        if not schema or not isinstance(properties, dict):
            where = f"{path.name}, line {number}"
            raise ShapeError("not a FollowTheMoney entity", where=where, do="download it again")
        if schema in _KINDS or schema == "Ownership":
            reading.account(properties, "properties", "properties.")
            (_stake if schema == "Ownership" else _body)(entity, properties, reading)
        elif schema == "Person":
            reading.leave("natural persons")
        else:
            reading.leave("records of other kinds (vessels, securities, addresses, passports …)")


def _body(entity: Mapping[str, Any], properties: Mapping[str, list[str]], reading: Reading) -> None:
    if not (name := _first(properties, "name") or entity.get("caption")):
        return
    reading.rows += 1
    country = (_first(properties, "jurisdiction") or _first(properties, "country") or "").upper()
    known = reading.entity(
        _id(entity["id"]),
        name,
        [(scheme, value) for property, scheme in _SCHEMES.items() for value in properties.get(property, ())],
        kind=_KINDS[entity["schema"]],
        country=country if re.fullmatch("[A-Z]{2}", country) else None,
    )
    for property, kind in _NAMES.items():
        for other in properties.get(property, ()):
            if other != name:
                reading.add("entity_name", entity_id=known, name=other, kind=kind)


def _stake(entity: Mapping[str, Any], properties: Mapping[str, list[str]], reading: Reading) -> None:
    owner, owned = _first(properties, "owner"), _first(properties, "asset")
    if owner and owned:
        share = percent(_first(properties, "percentage"))
        days = (_DAY.match(_first(properties, name) or "") for name in ("startDate", "endDate"))
        since, until = (found[0] if found else None for found in days)
        span = {"valid_from": since, "valid_to": until, "status": "ended" if until else "active"}
        reading.stake(_id(owner), _id(owned), share_min=share, share_max=share, **span)


def _first(properties: Mapping[str, list[str]], name: str) -> str | None:
    return next(iter(properties.get(name, ())), None)


def _id(identity: str) -> str:
    return f"zz-os-{slug(identity, 200)}"
