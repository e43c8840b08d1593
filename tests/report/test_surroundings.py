"""What stands around a company: owners, property, suppliers and acts, as branches of its dossier."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import polars as pl

from screener.report.document import Branch
from screener.report.surroundings import Subgraph, surroundings
from screener.report.wording import wording
from tests.graph.test_surroundings import HOSTILE, around, world
from tests.rules.facts import Facts

DAY = dt.date(2024, 6, 30)


def as_text(subgraph: Subgraph) -> str:
    """The branches, a line each."""

    def lines(branches: Sequence[Branch]) -> Iterator[str]:
        for b in branches:
            yield f"{b.before}{b.name}{b.after}" + "".join(f"  on {name}" for name in b.lists)
            yield from lines(b.branches)

    return "\n".join(lines(surroundings(subgraph, wording(), DAY - dt.timedelta(days=730))))


def test_the_tree_tells_owners_property_and_suppliers() -> None:
    assert as_text(around(world())).splitlines() == [
        "owned by",
        "30 %  kr-fund  (last confirmed 2020-01-01)",
        "10 %  kr-b  (last confirmed 2020-01-01)",
        "60 %  Hanul Trading  (last confirmed 2020-01-01; see above)",
        "owns",
        "60 %  kr-b  (last confirmed 2020-01-01)",
        "10 %  Hanul Trading  (last confirmed 2020-01-01; see above)",
        "20 % to 40 %  kr-c  (was to end 2021, no report that it did)",
        "buys from",
        "nobody directly; through entities in which it holds a stake:",
        "kr-b",
        "cn-works  cloth, HS 5208, 50 % of the input  (last confirmed 2020-01-01)",
        "cn-mine  from Xinjiang  (last confirmed 2020-01-01)  on UFLPA Entity List (US)",
        "acts",
        "leased from mm-army  (disclosed by register; beginning not known, last confirmed 2020-01-01)",
    ]


def test_a_stake_that_was_confirmed_lately_needs_no_day() -> None:
    facts = Facts()
    facts.source("new", published="2024-05-01", publisher="register")
    facts.owns("kr-b", "kr-a", 0.7, confirmed_on="2024-05-01", source_ids="new")
    assert as_text(around(facts)).splitlines()[:2] == ["owned by", "70 %  kr-b"]


def test_an_act_that_no_rule_weighs_stands_in_the_tree_with_its_status() -> None:
    facts = Facts()
    facts.source("left", published="2021-04-01", publisher="register")
    facts.does("kr-a", "services_to", "mm-tower", status="disputed")
    for mill, sources in (("mm-mill", {"end_source_ids": "left"}), ("mm-dock", {})):
        facts.does("kr-a", "sells_to", mill, status="ended", valid_to="2021-03", **sources)
    text = as_text(around(facts))
    assert (
        "worked for mm-tower  (disclosed by register; disputed; beginning not known, last confirmed 2020-01-01)" in text
    )
    assert "sold to mm-mill  (disclosed by register; ended 2021-03)" in text
    assert "sold to mm-dock  (disclosed by register; was to end 2021-03, no report that it did)" in text
    assert "nothing is known" not in text


def test_what_no_finding_says_of_an_act_stands_below_it() -> None:
    around_it = around(Facts().does("kr-a", "services_to", "mm-tower", summary="Agreed only; no work was read of."))
    (act,) = next(b for b in surroundings(around_it, wording(), DAY) if b.name == "acts").branches
    assert [note.before for note in act.branches] == ["Agreed only; no work was read of."]
    (edge_id,) = around_it.edges.filter(pl.col("kind") == "activity")["edge_id"]
    (act,) = next(b for b in surroundings(around_it, wording(), DAY, {edge_id}) if b.name == "acts").branches
    assert act.branches == []


def test_a_company_of_which_nothing_is_known_says_so() -> None:
    facts = Facts()
    facts.entity("kr-lone")
    assert "nothing is known" in as_text(around(facts, "kr-lone"))


def test_owners_that_have_more_than_the_whole_are_said_to() -> None:
    assert "add up" not in as_text(around(world()))
    text = as_text(around(Facts().owns("kr-b", "kr-a", 0.7).owns("kr-c", "kr-a", 0.6).owns("kr-b", "kr-a", 0.65)))
    assert "these shares add up to 130 %: each owner is credited only with its proportion of that" in text


def test_control_characters_and_markup_in_names_do_not_reach_the_terminal() -> None:
    text = as_text(around(world(HOSTILE)))
    assert "\x1b[31m" not in text
    assert "\u202e" not in text
    assert "[bold]" in text


def test_what_does_not_fit_is_said() -> None:
    surroundings = around(world(), most=2)
    assert (surroundings.edges.height, surroundings.cut) == (2, True)
    assert "more than fits" in as_text(surroundings)
