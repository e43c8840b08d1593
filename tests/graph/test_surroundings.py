"""The exports of a company's surroundings."""

from __future__ import annotations

import datetime as dt
import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from screener.report.export import bods, export, follow_the_money, graphml
from screener.report.surroundings import Subgraph, subgraph
from tests.rules.facts import Facts, at

DAY = dt.date(2024, 6, 30)
HOSTILE = "\x1b[31m<script>alert('1')</script> & \"Co\" [bold]\u202e\x00"
GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"


def world(name: str = "Hanul Trading") -> Facts:
    facts = Facts()
    facts.entity("kr-a", name=name, name_ko="하늘무역")
    facts.listed("cn-mine", "us-uflpa", valid_from="2022-06-21")
    facts.owns("kr-fund", "kr-a", 0.3).owns("kr-a", "kr-b", 0.6, valid_from="2019-05").owns("kr-b", "kr-a", 0.1)
    facts.row(
        "ownership", owner_id="kr-a", owned_id="kr-c", share_min="0.2", share_max="0.4", status="ended", valid_to="2021"
    )
    facts.buys("kr-b", "cn-works", product="cloth", hs_code="5208", input_share="0.5").buys(
        "cn-works", "cn-mine", origin_region="CN-XJ"
    )
    facts.does("kr-a", "leases_from", "mm-army")
    return facts


def around(facts: Facts, entity_id: str = "kr-a", **limits: int) -> Subgraph:
    with at(facts, DAY) as con:
        return subgraph(con, entity_id, **limits)


def test_graphml_is_xml_with_every_entity_and_relation() -> None:
    surroundings = around(world(HOSTILE))
    root = ET.fromstring(graphml(surroundings))
    graph = root.find(f"{GRAPHML}graph")
    assert graph is not None
    nodes = {node.attrib["id"] for node in graph.iter(f"{GRAPHML}node")}
    edges = [(edge.attrib["source"], edge.attrib["target"]) for edge in graph.iter(f"{GRAPHML}edge")]
    assert nodes == {"kr-a", "kr-b", "kr-c", "kr-fund", "cn-works", "cn-mine", "mm-army", "list:us-uflpa"}
    assert sorted(edges) == sorted(surroundings.edges.select("from_id", "to_id").iter_rows())
    keys = {key.attrib["id"] for key in root.iter(f"{GRAPHML}key")}
    assert {data.attrib["key"] for data in root.iter(f"{GRAPHML}data")} <= keys


def test_follow_the_money_has_ownership_links_and_sanctions() -> None:
    entities = [json.loads(line) for line in follow_the_money(around(world())).splitlines()]
    by_schema: dict[str, list[dict[str, Any]]] = {}
    for entity in entities:
        assert all(isinstance(v, str) for values in entity["properties"].values() for v in values)
        by_schema.setdefault(entity["schema"], []).append(entity["properties"])
    assert {"owner": ["kr-a"], "asset": ["kr-b"], "percentage": ["60"], "startDate": ["2019-05"]}.items() <= next(
        p for p in by_schema["Ownership"] if p["asset"] == ["kr-b"]
    ).items()
    assert [p["percentage"] for p in by_schema["Ownership"] if p["asset"] == ["kr-c"]] == [["20-40"]]
    assert [(p["entity"], p["program"], p["startDate"]) for p in by_schema["Sanction"]] == [
        (["cn-mine"], ["us-uflpa"], ["2022-06-21"])
    ]
    assert {(p["subject"][0], p["object"][0], p["role"][0]) for p in by_schema["UnknownLink"]} == {
        ("kr-b", "cn-works", "buys from (cloth)"),
        ("cn-works", "cn-mine", "buys from"),
        ("kr-a", "mm-army", "leases from"),
    }
    ids = {entity["id"] for entity in entities}
    referred = {
        p[end][0]
        for kind, ends in (("Ownership", ("owner", "asset")), ("UnknownLink", ("subject", "object")))
        for p in by_schema[kind]
        for end in ends
    }
    assert referred <= ids


def test_bods_has_the_entities_before_the_stakes_that_stand() -> None:
    statements = json.loads(bods(around(world()), known_at=DAY))
    kinds = [s["recordType"] for s in statements]
    assert kinds == sorted(kinds)
    entities = {s["recordId"] for s in statements if s["recordType"] == "entity"}
    stakes = {
        (s["recordDetails"]["interestedParty"], s["recordDetails"]["subject"]): s
        for s in statements
        if s["recordType"] == "relationship"
    }
    assert stakes.keys() == {("kr-fund", "kr-a"), ("kr-a", "kr-b"), ("kr-b", "kr-a")}
    assert {end for pair in stakes for end in pair} <= entities
    assert stakes["kr-a", "kr-b"]["recordDetails"]["interests"][0]["share"] == {
        "minimum": 60.0,
        "maximum": 60.0,
        "exact": 60.0,
    }
    assert all(
        32 <= len(s["statementId"]) <= 64 and s["publicationDetails"]["bodsVersion"] == "0.4" for s in statements
    )
    assert len({s["statementId"] for s in statements}) == len(statements)


@pytest.mark.parametrize("fmt", ["graphml", "ftm", "bods"])
def test_the_order_of_the_facts_changes_no_byte(fmt: str) -> None:
    facts, turned = world(), world()
    turned.rows = {table: rows[::-1] for table, rows in turned.rows.items()}
    assert export(around(facts), fmt, known_at=DAY) == export(around(turned), fmt, known_at=DAY)


def test_facts_that_touch_no_korean_company_are_asked_for_when_somebody_looks() -> None:
    facts = world().owns("us-fund", "jp-fund", 0.9).owns("jp-fund", "kr-a", 0.2).buys("cn-mine", "cn-pit")
    assert {"us-fund", "cn-pit"} <= set(around(facts).nodes["entity_id"])
