"""A company's surroundings for other programs: GraphML, FollowTheMoney, Beneficial Ownership Data Standard.

Formats: GraphML (graphml.graphdrawing.org), FollowTheMoney entities as JSON lines (followthemoney.tech), BODS 0.4 as
one JSON array (standard.openownership.org). The same subgraph gives the same bytes.
"""

import datetime as dt
import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from screener.paths import shipped
from screener.report.surroundings import Subgraph

Row = Mapping[str, Any]
_WORDS: Final = tomllib.loads((shipped("reports") / "export.toml").read_text(encoding="utf-8"))
_NODE, _EDGE, _BODIES = _WORDS["graphml_node"], _WORDS["graphml_edge"], _WORDS["ftm_body"]
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def export(around: Subgraph, fmt: str, *, known_at: dt.date) -> str:
    """The surroundings as `graphml`, `ftm` or `bods`; `known_at` is the day of publication, if one is asked for."""
    if fmt == "bods":
        return bods(around, known_at=known_at)
    return graphml(around) if fmt == "graphml" else follow_the_money(around)


def graphml(around: Subgraph) -> str:
    """A directed graph: nodes are entities and lists, edges relations with share, dates, status and source URLs."""
    edges = around.edges.to_dicts()
    nodes: dict[str, Row] = {e[end]: {"name": e[end]} for e in edges for end in ("from_id", "to_id")}
    nodes.setdefault(around.entity_id, {"name": around.entity_id})
    nodes |= {row["entity_id"]: row for row in around.nodes.iter_rows(named=True)}
    nodes |= {row["entity_id"]: {"name": row["title"], "kind": "list"} for row in around.lists.iter_rows(named=True)}
    parts = ['<?xml version="1.0" encoding="UTF-8"?>', '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">']
    for end, keys in (("node", _NODE), ("edge", _EDGE)):
        for key, kind in keys.items():
            parts.append(f'<key id="{end[0]}_{key}" for="{end}" attr.name="{key}" attr.type="{kind}"/>')
    parts.append(f'<graph id={_attribute(around.entity_id)} edgedefault="directed">')
    for entity_id, node in sorted(nodes.items()):
        parts.append(f"<node id={_attribute(entity_id)}>{_data('n', _WORDS['graphml_node'], node)}</node>")
    for e in edges:
        data = _data("e", _EDGE, e | {"sources": " ".join(s["url"] for s in e["sources"] or []) or None})
        ends = f"source={_attribute(e['from_id'])} target={_attribute(e['to_id'])}"
        parts.append(f"<edge id={_attribute(e['edge_id'])} {ends}>{data}</edge>")
    return "\n".join([*parts, "</graph>", "</graphml>"]) + "\n"


def _data(prefix: str, keys: Mapping[str, str], row: Row) -> str:
    known = {key: row[key] for key in keys if row.get(key) is not None}
    return "".join(f'<data key="{prefix}_{key}">{escape(_xml_text(value))}</data>' for key, value in known.items())


def _xml_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else _NOT_XML.sub("\ufffd", str(value))


def _attribute(value: str) -> str:
    return quoteattr(_xml_text(value))


def follow_the_money(around: Subgraph) -> str:
    """FollowTheMoney entities as JSON lines: companies, bodies, Ownership, UnknownLink (deliveries, acts), Sanction."""
    nodes = {row["entity_id"]: row for row in around.nodes.iter_rows(named=True)}
    lists = {row["entity_id"]: row for row in around.lists.iter_rows(named=True)}
    lines = [_ftm_entity(row) for row in nodes.values()]
    lines += [
        _ftm_edge(row, nodes, lists.get(row["to_id"]))
        for row in around.edges.iter_rows(named=True)
        if row["to_id"] in lists or (row["from_id"] in nodes and row["to_id"] in nodes)
    ]
    return "".join(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in lines)


def _ftm_entity(row: Row) -> dict[str, Any]:
    schema = (_BODIES | _WORDS["ftm_thing"])[row["kind"]]
    names = list(dict.fromkeys(name for name in (row["name"], row["name_ko"], row["name_local"]) if name))
    properties = {"full": names[:1]} if schema == "Address" else {"name": names}
    properties["country"] = [row["country"].lower()] if row["country"] else []
    properties["sector"] = [row["sector"]] if row["kind"] in _BODIES else []
    for number in row["identifiers"] if schema == "Company" else []:
        if name := _WORDS["ftm_number"].get(number["scheme"]):
            properties.setdefault(name, []).append(number["value"])
    return _ftm(row["entity_id"], schema, properties)


def _ftm_edge(row: Row, nodes: Mapping[str, Row], listed: Row | None) -> dict[str, Any]:
    ends = [row["from_id"]], [row["to_id"]]
    if listed:
        program = [row["product"] or listed["title"]]
        schema, properties = "Sanction", {"entity": ends[0], "authority": [listed["publisher"]], "program": program}
    elif (
        row["kind"] == "ownership"
        and nodes[row["from_id"]]["kind"] in _BODIES
        and nodes[row["to_id"]]["kind"] in ("company", "project", "facility")
    ):
        percentage = ["-".join(f"{share:.6g}" for share in sorted({*_percents(row)}))]
        schema, properties = "Ownership", {"owner": ends[0], "asset": ends[1], "percentage": percentage}
    else:
        what = row["product"] or row["place"]
        role = row["relation"].replace("_", " ") + (f" ({what})" if what else "")
        schema, properties = "UnknownLink", {"subject": ends[0], "object": ends[1], "role": [role]}
    # `active` alone would say that a tie that was last seen years ago goes on.
    seen = f", last confirmed {row['confirmed_written']}" if row["live"] and row["confirmed_written"] else ""
    properties |= {"startDate": [row["since"]], "endDate": [row["until"]], "status": [row["status"] + seen]}
    urls = list(dict.fromkeys(source["url"] for source in row["sources"] or []))
    properties |= {"summary": [row["summary"]], "sourceUrl": urls}
    return _ftm(row["edge_id"], schema, properties)


def _ftm(ident: str, schema: str, properties: Mapping[str, list[Any]]) -> dict[str, Any]:
    known = {name: values for name, values in properties.items() if values and values[0]}
    return {"id": ident, "schema": schema, "properties": known}


def _percents(row: Row) -> list[float]:
    """The share in percent: minimum and maximum; empty if it is not known."""
    low, high = row["share_min"], row["share"]
    return [] if high is None else [round(100 * share, 6) for share in (high if low is None else low, high)]


def bods(around: Subgraph, *, known_at: dt.date) -> str:
    """BODS 0.4 statements: an entity statement for each owner and owned, a relationship statement for each stake.

    The facts hold no natural persons, so none are here. Shares are percent. Stakes that have ended are left out.
    """
    stakes = [row for row in around.edges.iter_rows(named=True) if row["kind"] == "ownership" and row["live"]]
    named = {row[end] for row in stakes for end in ("from_id", "to_id")} | {around.entity_id}
    statements = [
        _bods_statement(row["entity_id"], "entity", row["entity_id"], known_at, known_at, _bods_entity(row))
        for row in around.nodes.iter_rows(named=True)
        if row["entity_id"] in named
    ]
    for row in stakes:
        sources = row["sources"] or []
        newest = max((source["published_on"] for source in sources), default=known_at)
        details = _bods_relationship(row)
        statement = _bods_statement(row["edge_id"], "relationship", row["to_id"], newest, known_at, details)
        if sources:
            statement["source"] = {
                "type": sorted(
                    {_WORDS["bods_source"].get(source["publisher_kind"], "thirdParty") for source in sources}
                ),
                "description": "; ".join(f"{source['publisher']}: {source['title']}" for source in sources),
                "url": sources[0]["url"],
            }
        statements.append(statement)
    return json.dumps(statements, ensure_ascii=False, indent=2) + "\n"


def _bods_statement(
    record_id: str, kind: str, subject: str, day: dt.date, published_on: dt.date, details: dict[str, Any]
) -> dict[str, Any]:
    identity = f"{record_id}|{day}|{json.dumps(details, sort_keys=True)}"
    return {
        "statementId": hashlib.sha256(identity.encode()).hexdigest()[:40],
        "declarationSubject": subject,
        "statementDate": f"{day}",
        "publicationDetails": {
            "publicationDate": f"{published_on}",
            "bodsVersion": "0.4",
            "publisher": {"name": "screener"},
        },
        "recordId": record_id,
        "recordType": kind,
        "recordStatus": "new",
        "recordDetails": details,
    }


def _bods_entity(row: Row) -> dict[str, Any]:
    kind = _WORDS["bods_type"].get(row["kind"], "unknownEntity")
    details: dict[str, Any] = {"isComponent": False, "entityType": {"type": kind}, "name": row["name"]}
    if others := [name for name in (row["name_ko"], row["name_local"]) if name and name != row["name"]]:
        details["alternateNames"] = others
    if row["country"]:
        details["jurisdiction"] = {"name": row["country"], "code": row["country"]}
    if known := [number for number in row["identifiers"] if number["scheme"] in _WORDS["bods_scheme"]]:
        details["identifiers"] = [{"scheme": _WORDS["bods_scheme"][n["scheme"]], "id": n["value"]} for n in known]
    return details


def _bods_relationship(row: Row) -> dict[str, Any]:
    direct = {"directOrIndirect": "direct", "beneficialOwnershipOrControl": False}
    interest: dict[str, Any] = {"type": "shareholding", **direct}
    if percents := _percents(row):
        low, high = percents
        interest["share"] = {"minimum": low, "maximum": high} | ({"exact": high} if low == high else {})
    # BODS takes only full dates; a month or year as written stays in the details.
    if row["since"] and len(row["since"]) == 10:
        interest["startDate"] = row["since"]
    elif row["since"]:
        interest["details"] = f"since {row['since']}"
    control = {"type": "otherInfluenceOrControl", **direct, "details": "runs the undertaking"}
    interests = [interest, control] if row["operates"] else [interest]
    return {"isComponent": False, "subject": row["to_id"], "interestedParty": row["from_id"], "interests": interests}
