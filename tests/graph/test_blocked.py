"""Owned by the listed: the worked examples of OFAC's FAQ 401, and where the EU and the UK ask otherwise."""

from __future__ import annotations

import itertools

import pytest
from screener.graph.blocked import build_blocked_ownership

from screener.errors import ScreenerError
from screener.graph.build import number_stakes
from tests.rules.facts import Facts, at, world_method

LISTS = {"us-ofac-sdn": "ofac", "eu-fsf": "eu", "uk-sanctions": "uk"}
PARAMETERS = world_method().graph_parameters()


def blocked(facts: Facts, lists: dict[str, str] | None = None) -> dict[str, dict[str, tuple[float, str]]]:
    """List -> what counts as listed because of its owners: its share held by the listed, and whose route is the strongest."""
    with at(facts) as con:
        number_stakes(con, PARAMETERS)
        build_blocked_ownership(con, lists or LISTS)
        rows = con.execute(
            "select list_id, entity_id, share, anchor_id, edge_ids, stake_ids from blocked_ownership"
        ).fetchall()
        ends = dict(con.execute("select edge_id, (from_id, to_id) from edge").fetchall())
    found: dict[str, dict[str, tuple[float, str]]] = {}
    for list_id, entity_id, share, anchor_id, edge_ids, stake_ids in rows:
        walked = [ends[edge_id] for edge_id in edge_ids]
        assert walked[0][0] == anchor_id
        assert walked[-1][1] == entity_id
        assert all(a[1] == b[0] for a, b in itertools.pairwise(walked))
        assert all(ends[edge_id][1] == entity_id for edge_id in stake_ids)
        found.setdefault(list_id, {})[entity_id] = (pytest.approx(share), anchor_id)
    return found


def persons(*names: str, on: str = "us-ofac-sdn") -> Facts:
    facts = Facts()
    for name in names:
        facts.listed(name, on)
    return facts


# ofac.treasury.gov/faqs/401: what each example says of entities A, B and C.
FAQ_401 = {
    "1: half of A, which owns half of B": (["x a 0.5", "a b 0.5"], {"a": 0.5, "b": 0.5}),
    "2: half of A and of B, which own a quarter of C each": (
        ["x a 0.5", "x b 0.5", "a c 0.25", "b c 0.25"],
        {"a": 0.5, "b": 0.5, "c": 0.5},
    ),
    "3: half of A and a tenth of B, of which A owns 40 percent": (
        ["x a 0.5", "x b 0.1", "a b 0.4"],
        {"a": 0.5, "b": 0.5},
    ),
    "4: half of A, a quarter of B, which own a quarter of C each": (
        ["x a 0.5", "x b 0.25", "a c 0.25", "b c 0.25"],
        {"a": 0.5},
    ),
    "5: a quarter of A and of B, which own half of C each": (["x a 0.25", "x b 0.25", "a c 0.5", "b c 0.5"], {}),
    "6: X owns half of A, Y half of B, which own a quarter of C each": (
        ["x a 0.5", "y b 0.5", "a c 0.25", "b c 0.25"],
        {"a": 0.5, "b": 0.5, "c": 0.5},
    ),
}


@pytest.mark.parametrize("example", FAQ_401)
def test_the_examples_of_faq_401(example: str) -> None:
    told, expected = FAQ_401[example]
    facts = persons("zz-x", "zz-y")
    for line in told:
        owner, owned, share = line.split()
        facts.owns(f"zz-{owner}", f"zz-{owned}", float(share))
    found = blocked(facts).get("us-ofac-sdn", {})
    assert {entity.removeprefix("zz-"): share for entity, (share, _) in found.items()} == expected


def test_the_stakes_of_several_blocked_persons_count_together() -> None:
    # FAQ 399: one holds 25 percent and another 25 percent.
    assert blocked(persons("zz-x", "zz-y").owns("zz-x", "zz-a", 0.25).owns("zz-y", "zz-a", 0.25)) == {
        "us-ofac-sdn": {"zz-a": (0.5, "zz-x")}
    }


def test_control_alone_blocks_nobody_for_ofac_but_does_for_the_eu_and_the_uk() -> None:
    facts = Facts()
    for list_id in LISTS:
        facts.listed("zz-x", list_id)
    facts.owns("zz-x", "zz-a", None, operates="true")
    assert blocked(facts).keys() == {"eu-fsf", "uk-sanctions"}


def test_half_is_enough_for_ofac_and_not_for_the_eu_and_the_uk() -> None:
    facts = Facts()
    for list_id in LISTS:
        facts.listed("zz-x", list_id)
    facts.owns("zz-x", "zz-a", 0.5).owns("zz-x", "zz-b", 0.51)
    assert {list_id: sorted(found) for list_id, found in blocked(facts).items()} == {
        "us-ofac-sdn": ["zz-a", "zz-b"],
        "eu-fsf": ["zz-b"],
        "uk-sanctions": ["zz-b"],
    }


def test_two_persons_are_added_up_by_the_eu_and_not_by_the_uk() -> None:
    facts = Facts()
    for person in ("zz-x", "zz-y"):
        facts.listed(person, "eu-fsf").listed(person, "uk-sanctions").owns(person, "zz-a", 0.3)
    assert blocked(facts) == {"eu-fsf": {"zz-a": (0.6, "zz-x")}}


def test_a_listing_that_has_ended_blocks_nobody_any_more() -> None:
    assert blocked(Facts().listed("zz-x", "us-ofac-sdn", valid_to="2022-01-01").owns("zz-x", "zz-a", 0.9)) == {}


def test_a_circle_below_a_blocked_person_ends() -> None:
    facts = (
        persons("zz-x")
        .owns("zz-x", "zz-a", 0.5)
        .owns("zz-a", "zz-b", 0.5)
        .owns("zz-b", "zz-a", 0.5)
        .owns("zz-b", "zz-x", 0.9)
    )
    assert {entity: share for entity, (share, _) in blocked(facts)["us-ofac-sdn"].items()} == {"zz-a": 1.0, "zz-b": 0.5}


def test_a_test_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ScreenerError, match="no such test of ownership"):
        blocked(persons("zz-x"), {"us-ofac-sdn": "ofak"})
