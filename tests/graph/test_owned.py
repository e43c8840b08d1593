"""Owned by the listed: the worked examples of OFAC's FAQ 401, and where other regimes ask otherwise, by the day."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path

import pytest

from screener.errors import ScreenerError
from screener.graph.ownership import select_stakes
from screener.paths import shipped
from screener.rules.regimes import read_regimes
from screener.store.clock import create_tables, make_edges
from tests.rules.facts import Facts, at, together, world_method

LISTS = ("us-ofac-sdn", "eu-fsf", "uk-sanctions")
METHOD = world_method()
TESTS = read_regimes([])


def owned(facts: Facts, as_of: str = "2024-08-01") -> dict[str, dict[str, tuple[float, list[str]]]]:
    """List -> what counts as listed because of its owners: its share held by the listed, and who of them holds a counted part."""
    day = dt.date.fromisoformat(as_of)
    with at(facts, day, dt.date(2026, 11, 1)) as con:
        create_tables(con, **METHOD.graph_tables())
        select_stakes(con, "select from_id from edge where relation = 'listed_on'")
        rows = con.execute(
            "select list_id, entity_id, share, anchor_id, edge_ids, stake_ids from owned_by_listed where live order by all"
        ).fetchall()
        make_edges(con, "select unnest(list_concat(edge_ids, stake_ids)) from owned_by_listed")
        ends = dict(con.execute("select edge_id, (from_id, to_id) from edge").fetchall())
    found: dict[str, dict[str, tuple[float, list[str]]]] = {}
    for list_id, entity_id, share, anchor_id, edge_ids, stake_ids in rows:
        walked = [ends[edge_id] for edge_id in edge_ids]
        assert walked[0][0] == anchor_id
        assert walked[-1][1] == entity_id
        assert all(a[1] == b[0] for a, b in itertools.pairwise(walked))
        assert all(ends[edge_id][1] == entity_id for edge_id in stake_ids)
        _, owners = found.setdefault(list_id, {}).setdefault(entity_id, (pytest.approx(share), []))
        owners.append(anchor_id)
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


def test_the_examples_of_faq_401() -> None:
    """Side by side, each of firms of its own."""
    worlds = []
    for stakes, _ in FAQ_401.values():
        facts = persons("zz-x", "zz-y")
        for line in stakes:
            owner, held, share = line.split()
            facts.owns(f"zz-{owner}", f"zz-{held}", float(share))
        worlds.append(facts)
    found: list[dict[str, float]] = [{} for _ in worlds]
    for entity, (share, _) in owned(Facts(together(worlds)))["us-ofac-sdn"].items():
        _, name, number = entity.split("-")
        found[int(number)][name] = share
    assert dict(zip(FAQ_401, found, strict=True)) == {example: expected for example, (_, expected) in FAQ_401.items()}


def test_the_stakes_of_several_blocked_persons_count_together() -> None:
    # FAQ 399: one holds 25 percent and another 25 percent.
    assert owned(persons("zz-x", "zz-y").owns("zz-x", "zz-a", 0.25).owns("zz-y", "zz-a", 0.25)) == {
        "us-ofac-sdn": {"zz-a": (0.5, ["zz-x", "zz-y"])}
    }


def _on_all(*people: str) -> Facts:
    facts = Facts()
    for person in people:
        for list_id in LISTS:
            facts.listed(person, list_id)
    return facts


def _who(facts: Facts, as_of: str) -> dict[str, list[str]]:
    return {list_id: sorted(found) for list_id, found in owned(facts, as_of).items()}


def test_control_alone_blocks_nobody_for_ofac_but_does_for_the_eu_and_the_uk() -> None:
    facts = _on_all("zz-x").owns("zz-x", "zz-a", None, operates="true")
    assert owned(facts).keys() == {"eu-fsf", "uk-sanctions"}


def test_half_is_enough_for_ofac_and_for_the_eu_only_since_july_2024() -> None:
    facts = _on_all("zz-x").owns("zz-x", "zz-a", 0.5).owns("zz-x", "zz-b", 0.51)
    both = ["zz-a", "zz-b"]
    assert _who(facts, "2024-07-02") == {"us-ofac-sdn": both, "eu-fsf": ["zz-b"], "uk-sanctions": ["zz-b"]}
    assert _who(facts, "2024-07-03") == {"us-ofac-sdn": both, "eu-fsf": both, "uk-sanctions": ["zz-b"]}


def test_two_persons_are_added_up_by_the_us_and_the_eu_and_not_by_the_uk() -> None:
    facts = _on_all("zz-x", "zz-y").owns("zz-x", "zz-a", 0.3).owns("zz-y", "zz-a", 0.3)
    assert _who(facts, "2024-08-01") == {"us-ofac-sdn": ["zz-a"], "eu-fsf": ["zz-a"]}


def test_canada_deems_half_owned_since_june_2023_each_owner_alone() -> None:
    facts = Facts().listed("zz-x", "ca-sema").listed("zz-y", "ca-sema").owns("zz-x", "zz-a", 0.5)
    facts.owns("zz-x", "zz-b", 0.3).owns("zz-y", "zz-b", 0.3)
    assert _who(facts, "2023-06-21") == {}
    assert _who(facts, "2023-06-22") == {"ca-sema": ["zz-a"]}


def test_the_entity_list_extends_to_what_its_entities_own_only_while_the_affiliates_rule_is_in_force() -> None:
    facts = persons("zz-x", on="us-bis-entity").owns("zz-x", "zz-a", 1.0)
    found = {day: bool(owned(facts, day)) for day in ("2025-09-28", "2025-09-29", "2025-11-10", "2026-11-10")}
    assert found == {"2025-09-28": False, "2025-09-29": True, "2025-11-10": False, "2026-11-10": True}


def test_a_listing_that_has_ended_blocks_nobody_any_more() -> None:
    assert owned(Facts().listed("zz-x", "us-ofac-sdn", valid_to="2022-01-01").owns("zz-x", "zz-a", 0.9)) == {}


def test_a_circle_below_a_blocked_person_ends() -> None:
    facts = (
        persons("zz-x")
        .owns("zz-x", "zz-a", 0.5)
        .owns("zz-a", "zz-b", 0.5)
        .owns("zz-b", "zz-a", 0.5)
        .owns("zz-b", "zz-x", 0.9)
    )
    assert {entity: share for entity, (share, _) in owned(facts)["us-ofac-sdn"].items()} == {"zz-a": 1.0, "zz-b": 0.5}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('basis = "statute"', 'basis = "law"', "cannot be read"),
        ("share = 0.5", "share = 50", "cannot be read"),
        ("regime =", "regim =", "cannot be read"),
        ('id = "uk"', 'id = "eu-2024"', "two tests have this id"),
        ("to = 2024-07-02", "to = 2024-07-03", "on the same day"),
    ],
)
def test_an_invalid_table_of_tests_is_an_error(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = (shipped("rules") / "regimes.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "regimes.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScreenerError, match=said):
        read_regimes([tmp_path])


def test_every_test_names_its_source_in_both_languages() -> None:
    assert all(test.text and test.text_ko and test.source_title and test.source_url for test in TESTS)
    assert {name for test in TESTS for name in test.lists} >= {*LISTS, "ca-sema", "ch-seco", "au-dfat", "un-sc", "*"}
