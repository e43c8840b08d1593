"""A company's surroundings for other programs: GraphML, FollowTheMoney, Beneficial Ownership Data Standard.

Formats: GraphML (graphml.graphdrawing.org), FollowTheMoney entities as JSON lines (followthemoney.tech), BODS 0.4 as
one JSON array (standard.openownership.org). The same subgraph gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from screener.report.subgraph import Subgraph

EXPORTS: Final = ("graphml", "ftm", "bods")
_NODE_KEYS: Final = ("name", "name_ko", "kind", "country", "region", "sector", "status")
_EDGE_KEYS: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            "relation",
            "kind",
            "since",
            "until",
            "status",
            "hs_code",
            "product",
            "origin_region",
            "period",
            "place",
            "summary",
        ),
        "string",
    ),
    **dict.fromkeys(("share", "share_min", "amount_usd"), "double"),
    **dict.fromkeys(("operates", "live"), "boolean"),
    "sources": "string",
}
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FTM_SCHEMAS: Final = {
    "company": "Company",
    "state_body": "PublicBody",
    "military": "Organization",
    "armed_group": "Organization",
    "project": "Asset",
    "facility": "Asset",
    "place": "Address",
}
_FTM_NUMBERS: Final = {
    "lei": "leiCode",
    "brn": "taxNumber",
    "crn": "registrationNumber",
    "uscc": "uscCode",
    "krx": "ticker",
    "isin": "isinCode",
}
_BODS_TYPES: Final = {
    "company": "registeredEntity",
    "state_body": "stateBody",
    "military": "stateBody",
    "project": "arrangement",
}
_BODS_SCHEMES: Final = {"lei": "XI-LEI", "crn": "KR-CRN", "brn": "KR-BRN", "uscc": "CN-SAIC"}


def export(around: Subgraph, fmt: str, *, known_at: dt.date) -> str:
    """The surroundings in one of EXPORTS; `known_at` is the day of publication where a format asks for one."""
    return (
        {"graphml": graphml, "ftm": follow_the_money}[fmt](around) if fmt != "bods" else bods(around, known_at=known_at)
    )


def graphml(around: Subgraph) -> str:
    """A directed graph: nodes are entities and lists, edges relations with share, dates, status and source URLs."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>', '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">']
    parts += [f'<key id="n_{key}" for="node" attr.name="{key}" attr.type="string"/>' for key in _NODE_KEYS]
    parts += [
        f'<key id="e_{key}" for="edge" attr.name="{key}" attr.type="{kind}"/>' for key, kind in _EDGE_KEYS.items()
    ]
    parts.append(f'<graph id={_attribute(around.entity_id)} edgedefault="directed">')
    nodes = {row["entity_id"]: row for row in around.nodes.iter_rows(named=True)}
    nodes |= {row["entity_id"]: {"name": row["title"], "kind": "list"} for row in around.lists.iter_rows(named=True)}
    ends = {
        row[end]: row[f"{end[:-3]}_name"] for row in around.edges.iter_rows(named=True) for end in ("from_id", "to_id")
    }
    for entity_id in sorted({around.entity_id, *nodes, *ends}):
        node = nodes.get(entity_id, {"name": ends.get(entity_id, entity_id)})
        parts.append(f"<node id={_attribute(entity_id)}>{_data('n', _NODE_KEYS, node)}</node>")
    for row in around.edges.iter_rows(named=True):
        edge = row | {"sources": " ".join(source["url"] for source in row["sources"] or []) or None}
        ends_written = f"source={_attribute(row['from_id'])} target={_attribute(row['to_id'])}"
        parts.append(
            f"<edge id={_attribute(row['edge_id'])} {ends_written}>{_data('e', tuple(_EDGE_KEYS), edge)}</edge>"
        )
    return "\n".join([*parts, "</graph>", "</graphml>"]) + "\n"


def follow_the_money(around: Subgraph) -> str:
    """FollowTheMoney entities as JSON lines: companies, bodies, Ownership, UnknownLink (deliveries, acts), Sanction."""
    kinds = {row["entity_id"]: row["kind"] for row in around.nodes.iter_rows(named=True)}
    lists = {row["entity_id"]: row for row in around.lists.iter_rows(named=True)}
    lines = [_ftm_entity(row) for row in around.nodes.iter_rows(named=True)]
    for row in around.edges.iter_rows(named=True):
        if row["to_id"] in lists:
            lines.append(_ftm_listing(row, lists[row["to_id"]]))
        elif row["from_id"] in kinds and row["to_id"] in kinds:
            lines.append(_ftm_relation(row, kinds))
    return "".join(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in lines)


def bods(around: Subgraph, *, known_at: dt.date) -> str:
    """BODS 0.4 statements: an entity statement for each owner and owned, a relationship statement for each stake.

    Natural persons are not in the facts, so none are here. Shares are percent. Only stakes that stand are told.
    """
    stakes = [row for row in around.edges.iter_rows(named=True) if row["kind"] == "ownership" and row["live"]]
    named = {row[end] for row in stakes for end in ("from_id", "to_id")} | {around.entity_id}
    nodes = [row for row in around.nodes.iter_rows(named=True) if row["entity_id"] in named]
    publication = {"publicationDate": known_at.isoformat(), "bodsVersion": "0.4", "publisher": {"name": "screener"}}

    def statement(
        record_id: str, record_type: str, subject: str, day: str, details: dict[str, Any], source: dict[str, Any]
    ) -> dict[str, Any]:
        identity = hashlib.sha256(f"{record_id}|{day}|{json.dumps(details, sort_keys=True)}".encode()).hexdigest()[:40]
        return {
            "statementId": identity,
            "declarationSubject": subject,
            "statementDate": day,
            "publicationDetails": publication,
            "recordId": record_id,
            "recordType": record_type,
            "recordStatus": "new",
            "recordDetails": details,
            **({"source": source} if source else {}),
        }

    statements = [
        statement(row["entity_id"], "entity", row["entity_id"], known_at.isoformat(), _bods_entity(row), {})
        for row in nodes
    ]
    for row in stakes:
        newest = max((source["published_on"] for source in row["sources"] or []), default=known_at)
        statements.append(
            statement(
                row["edge_id"],
                "relationship",
                row["to_id"],
                newest.isoformat(),
                _bods_relationship(row),
                _bods_source(row),
            )
        )
    return json.dumps(statements, ensure_ascii=False, indent=2) + "\n"


def _data(prefix: str, keys: tuple[str, ...], row: Mapping[str, Any]) -> str:
    return "".join(
        f'<data key="{prefix}_{key}">{escape(_xml_text(row[key]))}</data>' for key in keys if row.get(key) is not None
    )


def _xml_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else _NOT_XML.sub("\ufffd", str(value))


def _attribute(value: str) -> str:
    return quoteattr(_xml_text(value))


def _ftm_entity(row: Mapping[str, Any]) -> dict[str, Any]:
    schema = _FTM_SCHEMAS[row["kind"]]
    properties: dict[str, list[str]] = {
        "name": list(dict.fromkeys(name for name in (row["name"], row["name_ko"], row["name_local"]) if name))
    }
    if schema == "Address":
        properties = {"full": properties["name"][:1]}
    if row["country"]:
        properties["country"] = [row["country"].lower()]
    if row["sector"] and schema in ("Company", "PublicBody", "Organization"):
        properties["sector"] = [row["sector"]]
    for number in row["identifiers"] if schema == "Company" else []:
        if name := _FTM_NUMBERS.get(number["scheme"]):
            properties.setdefault(name, []).append(number["value"])
    return {"id": row["entity_id"], "schema": schema, "properties": properties}


def _ftm_relation(row: Mapping[str, Any], kinds: Mapping[str, str]) -> dict[str, Any]:
    is_stake = row["kind"] == "ownership" and kinds[row["to_id"]] in ("company", "project", "facility")
    if is_stake and kinds[row["from_id"]] in ("company", "state_body", "military", "armed_group"):
        properties = {"owner": [row["from_id"]], "asset": [row["to_id"]]}
        if row["share"] is not None:
            properties["percentage"] = [_percent(row)]
        return _ftm_dated(row, "Ownership", properties)
    role = " ".join(part for part in (row["relation"].replace("_", " "), row["product"] or row["place"]) if part)
    return _ftm_dated(row, "UnknownLink", {"subject": [row["from_id"]], "object": [row["to_id"]], "role": [role]})


def _ftm_listing(row: Mapping[str, Any], listed: Mapping[str, Any]) -> dict[str, Any]:
    properties = {
        "entity": [row["from_id"]],
        "authority": [listed["publisher"]],
        "program": [row["product"] or listed["title"]],
    }
    return _ftm_dated(row, "Sanction", properties)


def _ftm_dated(row: Mapping[str, Any], schema: str, properties: dict[str, list[str]]) -> dict[str, Any]:
    optional = {
        "startDate": [row["since"]],
        "endDate": [row["until"]],
        "status": [row["status"]],
        "summary": [row["summary"]],
        "sourceUrl": list(dict.fromkeys(source["url"] for source in row["sources"] or [])),
    }
    return {
        "id": row["edge_id"],
        "schema": schema,
        "properties": properties | {k: v for k, v in optional.items() if v and v[0]},
    }


def _percent(row: Mapping[str, Any]) -> str:
    low, high = row["share_min"], row["share"]
    return f"{100 * high:.6g}" if low is None or low == high else f"{100 * low:.6g}-{100 * high:.6g}"


def _bods_entity(row: Mapping[str, Any]) -> dict[str, Any]:
    details: dict[str, Any] = {
        "isComponent": False,
        "entityType": {"type": _BODS_TYPES.get(row["kind"], "unknownEntity")},
        "name": row["name"],
    }
    if others := [name for name in (row["name_ko"], row["name_local"]) if name and name != row["name"]]:
        details["alternateNames"] = others
    if row["country"]:
        details["jurisdiction"] = {"name": row["country"], "code": row["country"]}
    numbers = [
        {"scheme": _BODS_SCHEMES[n["scheme"]], "id": n["value"]}
        for n in row["identifiers"]
        if n["scheme"] in _BODS_SCHEMES
    ]
    return details | ({"identifiers": numbers} if numbers else {})


def _bods_relationship(row: Mapping[str, Any]) -> dict[str, Any]:
    interest: dict[str, Any] = {
        "type": "shareholding",
        "directOrIndirect": "direct",
        "beneficialOwnershipOrControl": False,
    }
    low, high = row["share_min"], row["share"]
    if high is not None:
        low, high = round(100 * (high if low is None else low), 6), round(100 * high, 6)
        interest["share"] = {"minimum": low, "maximum": high} | ({"exact": high} if low == high else {})
    # BODS takes full days alone; a month or year as it was written stays in the details.
    if row["since"] and len(row["since"]) == 10:
        interest["startDate"] = row["since"]
    elif row["since"]:
        interest["details"] = f"since {row['since']}"
    interests = [interest]
    if row["operates"]:
        control = {
            "type": "otherInfluenceOrControl",
            "directOrIndirect": "direct",
            "beneficialOwnershipOrControl": False,
        }
        interests.append(control | {"details": "runs the undertaking"})
    return {"isComponent": False, "subject": row["to_id"], "interestedParty": row["from_id"], "interests": interests}


def _bods_source(row: Mapping[str, Any]) -> dict[str, Any]:
    sources = row["sources"] or []
    if not sources:
        return {}
    kinds = {"official_list": "officialRegister", "registry": "officialRegister", "company": "selfDeclaration"}
    return {
        "type": sorted({kinds.get(source["publisher_kind"], "thirdParty") for source in sources}),
        "description": "; ".join(f"{source['publisher']}: {source['title']}" for source in sources),
        "url": sources[0]["url"],
    }
