"""What counts in a topic score, and whose money it is: one exposure once, one stake's part of a payment."""

from __future__ import annotations

import polars as pl
import pytest

from tests.rules.facts import Facts, scored


def _counted(facts: Facts, company: str = "kr-a") -> dict[str, bool]:
    found = scored(facts).findings.filter(pl.col("company_id") == company)
    return {
        anchor: any(found.filter(pl.col("anchor_id") == anchor)["counted"]) for anchor in found["anchor_id"].unique()
    }


def test_two_suppliers_on_a_list_are_two_exposures() -> None:
    facts = Facts().listed("cn-a", "test-labour-list").listed("cn-b", "test-labour-list")
    assert _counted(facts.buys("kr-a", "cn-a").buys("kr-a", "cn-b")) == {"cn-a": True, "cn-b": True}


def test_a_listed_supplier_behind_a_listed_supplier_is_the_same_exposure() -> None:
    facts = Facts().listed("cn-a", "test-labour-list").listed("cn-b", "test-labour-list")
    assert _counted(facts.buys("kr-a", "cn-a").buys("cn-a", "cn-b")) == {"cn-a": True, "cn-b": False}


def test_one_act_that_leads_to_two_anchors_counts_once() -> None:
    facts = Facts().listed("cn-a", "test-labour-list")
    facts.entity("cn-xinjiang", kind="place", region="CN-XJ")
    facts.buys("kr-a", "cn-a", origin_region="CN-XJ", hs_code="2804")
    found = scored(facts).findings.filter(pl.col("company_id") == "kr-a")
    assert found["counted"].sum() == 1


@pytest.mark.parametrize(("stake", "part"), [(0.4, 0.4), (None, None)])
def test_who_runs_a_project_has_the_part_of_its_stake_in_the_money(stake: float | None, part: float | None) -> None:
    facts = Facts()
    facts.entity("mm-field", kind="project")
    facts.does("kr-a", "operates_project", "mm-field")
    facts.listed("mm-test-gas-board", "test-military-list")
    facts.does("mm-field", "project_pays", "mm-test-gas-board", amount_usd="90000000", period="2022")
    if stake:
        facts.owns("kr-a", "mm-field", stake)
    (topic,) = scored(facts).topics.filter(pl.col("company_id") == "kr-a").iter_rows(named=True)
    assert topic["attributed_usd"] == (None if part is None else pytest.approx(part * 90_000_000))
