"""What a finding is called, what counts once, and who counts as listed because of its owners."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from screener.rules.load import Rule, read_rules
from tests.rules.facts import Facts, scored

RULE = """
id = "{id}"
title = "A rule"
status = "test"
topic = "myanmar-military"
description = "A rule of a test."
references = ["https://rules.example/a"]
date = 2024-01-01
modified = 2024-01-01
severity = 0.9
involvement = "contribute"

[match]
path = [{path}]
anchor = {{ {anchor} }}
"""


def rule(folder: Path, name: str, path: str, anchor: str) -> Rule:
    (folder / f"{name}.toml").write_text(RULE.format(id=name, path=path, anchor=anchor), encoding="utf-8")
    return next(rule for rule in read_rules([folder]) if rule.id == name)


def _findings(facts: Facts, *rules: Rule) -> pl.DataFrame:
    return scored(facts, rules=list(rules)).findings


def _world() -> Facts:
    facts = Facts()
    facts.source("filing", "A", published="2020-01-01")
    facts.source("paper", "D", published="2021-01-01")
    facts.entity("mm-army", kind="military")
    facts.listed("mm-army", "test-military-list", valid_from="2021-04-19")
    facts.does(
        "kr-a", "leases_from", "mm-army", source_ids="filing", amount_usd="1000000", period="yearly", place="Yangon"
    )
    facts.owns("kr-b", "kr-a", 0.8, source_ids="filing")
    return facts


def test_another_copy_of_a_list_a_new_source_or_a_changed_number_leave_a_finding_its_name() -> None:
    before = dict(scored(_world()).findings.select("company_id", "finding_id").iter_rows())
    assert before.keys() == {"kr-a", "kr-b"}
    facts = _world()
    act, stake, entry = (facts.rows[table][0] for table in ("activity", "ownership", "listing"))
    facts.listed("mm-army", "test-labour-list", valid_from="2022-01-01")
    entry["programme"] = "another"
    act |= {"source_ids": "filing;paper", "amount_usd": "2500000", "valid_to": "2023-12-31", "status": "ended"}
    stake |= {"share_min": "0.9", "share_max": "0.9"}
    assert dict(scored(facts).findings.select("company_id", "finding_id").iter_rows()) == before


def test_two_acts_of_one_kind_have_names_of_their_own_in_the_order_of_their_beginnings() -> None:
    facts = _world()
    act = facts.rows["activity"][0]
    facts.rows["activity"].append({**act, "valid_from": "2013", "valid_to": "2018-12-31", "status": "ended"})
    facts.rows["activity"][0]["valid_from"] = "2019"
    found = scored(facts).findings.filter(pl.col("company_id") == "kr-a").sort("finding_id")
    assert found["status"].to_list() == ["ended", "active"]
    first, second = found["finding_id"]
    assert second == f"{first}-2"


def test_a_supplier_that_the_company_answers_for_is_no_supplier(tmp_path: Path) -> None:
    buys = rule(tmp_path, "buys", '{ relation = "buys_from", max_tiers = 4 }', 'does = ["labour_transfer"]')
    own = rule(
        tmp_path,
        "own",
        '{ relation = "answers_for", optional = true }, { relation = "labour_transfer" }',
        'kind = ["place"]',
    )
    facts = Facts()
    facts.entity("cn-xinjiang", kind="place", region="CN-XJ")
    facts.does("cn-plant", "labour_transfer", "cn-xinjiang").buys("kr-a", "cn-plant").buys("kr-b", "cn-plant")
    facts.owns("kr-a", "cn-plant", 0.7)
    assert set(_findings(facts, buys, own).select("company_id", "rule_id").iter_rows()) == {
        ("kr-a", "own"),
        ("kr-b", "buys"),
    }


def half_owned() -> Facts:
    """Two bodies on a list hold a quarter of one firm each, half of another, and less than half, themselves or together, of others."""
    facts = Facts()
    for owner in ("mm-x", "mm-y"):
        facts.listed(owner, "us-ofac-sdn", valid_from="2021-03-25")
    facts.owns("mm-x", "kr-one", 0.25).owns("mm-y", "kr-one", 0.25)
    facts.owns("mm-x", "kr-two", 0.499)
    facts.owns("mm-x", "kr-three", 0.5).owns("kr-three", "kr-four", 0.5)
    facts.owns("mm-x", "kr-five", 0.4).owns("kr-five", "kr-six", 0.9).owns("mm-y", "kr-six", 0.45)
    return facts


@pytest.fixture(scope="module")
def owned_by_half(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    owned = rule(tmp_path_factory.mktemp("rules"), "owned", "", 'list = ["us-ofac-sdn"], owned = true')
    return _findings(half_owned(), owned)


def test_what_listed_bodies_own_by_half_together_or_through_one_another_is_found(owned_by_half: pl.DataFrame) -> None:
    found = owned_by_half
    assert set(found["company_id"]) == {"kr-one", "kr-three", "kr-four"}
    assert found["ownership_tests"].to_list() == [["us-ofac-2014"]] * found.height
    assert set(found.filter(pl.col("company_id") == "kr-one")["anchor_id"]) == {"mm-x", "mm-y"}


def test_a_firm_owned_by_two_listed_bodies_is_one_fact_that_counts_once(owned_by_half: pl.DataFrame) -> None:
    found = owned_by_half.filter(pl.col("company_id") == "kr-one")
    assert found["included_in_topic_score"].to_list().count(True) == 1
    # Each tells its own route, and the other stake that was counted behind it.
    assert found.select(pl.col("edge_ids").list.len() - pl.col("scored_prefix")).to_series().to_list() == [1, 1]


@pytest.mark.parametrize(("list_id", "found"), [("us-ofac-sdn", True), ("uk-sanctions", False)])
def test_two_owners_of_thirty_percent_count_by_the_regime_of_their_list(
    tmp_path: Path, list_id: str, found: bool
) -> None:
    owned = rule(tmp_path, "owned", "", f'list = ["{list_id}"], owned = true')
    facts = Facts().listed("mm-x", list_id).listed("mm-y", list_id).owns("mm-x", "kr-a", 0.3).owns("mm-y", "kr-a", 0.3)
    assert bool(_findings(facts, owned).height) == found


def test_what_a_company_owns_counts_not_as_listed_because_of_the_company_itself(tmp_path: Path) -> None:
    """kr-a is owned by a listed body, and so is, through kr-a, what kr-a owns: no tie of kr-a to itself."""
    ties = rule(tmp_path, "ties", '{ relation = "owns" }', 'list = ["us-ofac-sdn"], or_owned = true')
    facts = Facts().listed("mm-x", "us-ofac-sdn").owns("mm-x", "kr-a", 0.6).owns("kr-a", "mm-b", 0.6)
    assert _findings(facts, ties).height == 0


@pytest.mark.parametrize(("begun", "linked"), [("2010", True), ("2014", False)])
def test_who_sold_a_venture_is_not_linked_to_what_the_venture_did_later(
    tmp_path: Path, begun: str, linked: bool
) -> None:
    path = '{ relation = "owns", min_share = 0.1 }, { relation = "leases_from" }'
    leases = rule(tmp_path, "venture-leases", path, 'list = ["test-military-list"]')
    facts = Facts().listed("mm-army", "test-military-list", valid_from="2021-04-19")
    facts.owns("kr-a", "mm-venture", 0.4, valid_to="2012-06-30", status="ended")
    facts.does("mm-venture", "leases_from", "mm-army", valid_from=begun, confirmed_on="2023")
    assert (_findings(facts, leases).height == 1) is linked
