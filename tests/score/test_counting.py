"""What counts in a topic score, and whose money it is: one exposure once, one stake's part of a payment."""

from __future__ import annotations

import polars as pl
import pytest

from tests.rules.facts import Facts, scored, scored_many


def _counted(*worlds: Facts, company: str = "kr-a") -> list[dict[str, bool]]:
    """Whether any finding by each anchor counts, in each world."""
    counts = []
    for number, scores in enumerate(scored_many(worlds)):
        found = scores.findings.filter(pl.col("company_id") == f"{company}-{number}")
        by_anchor = found.group_by("anchor_id").agg(pl.col("included_in_topic_score").any()).sort("anchor_id")
        counts.append({anchor.removesuffix(f"-{number}"): counted for anchor, counted in by_anchor.iter_rows()})
    return counts


def _two_listed() -> Facts:
    return Facts().listed("cn-a", "test-labour-list").listed("cn-b", "test-labour-list")


def test_two_suppliers_on_a_list_are_two_exposures_and_one_behind_the_other_is_the_same() -> None:
    side_by_side = _two_listed().buys("kr-a", "cn-a").buys("kr-a", "cn-b")
    behind = _two_listed().buys("kr-a", "cn-a").buys("cn-a", "cn-b")
    assert _counted(side_by_side, behind) == [{"cn-a": True, "cn-b": True}, {"cn-a": True, "cn-b": False}]


def test_one_act_that_leads_to_two_anchors_counts_once() -> None:
    facts = Facts().listed("cn-a", "test-labour-list")
    facts.entity("cn-xinjiang", kind="place", region="CN-XJ")
    facts.buys("kr-a", "cn-a", origin_region="CN-XJ", hs_code="2804")
    found = scored(facts).findings.filter(pl.col("company_id") == "kr-a")
    assert found["included_in_topic_score"].sum() == 1


def test_who_runs_a_project_has_the_part_of_its_stake_in_the_money() -> None:
    def runs(stake: float | None) -> Facts:
        facts = Facts()
        facts.entity("mm-field", kind="project")
        facts.does("kr-a", "operates_project", "mm-field")
        facts.listed("mm-test-gas-board", "test-military-list")
        facts.does("mm-field", "project_pays", "mm-test-gas-board", amount_usd="90000000", period="2022")
        return facts.owns("kr-a", "mm-field", stake) if stake else facts

    money = []
    for number, scores in enumerate(scored_many([runs(0.4), runs(None)])):
        (topic,) = scores.topics.filter(pl.col("company_id") == f"kr-a-{number}").iter_rows(named=True)
        money.append(topic["attributed_usd"])
    assert money == [pytest.approx(0.4 * 90_000_000), None]


@pytest.mark.parametrize(("begun", "linked"), [("2016", True), ("2021", False), (None, True)])
def test_who_had_ceased_to_buy_is_not_linked_to_what_its_supplier_bought_later(begun: str | None, linked: bool) -> None:
    facts = Facts().listed("cn-a", "test-labour-list")
    facts.buys("kr-a", "cn-b", valid_from="2015", valid_to="2019-05-31", status="ended", confirmed_on="2018")
    facts.buys("cn-b", "cn-a", confirmed_on="2023", **({"valid_from": begun} if begun else {}))
    assert ("kr-a" in scored(facts).findings["company_id"]) is linked
