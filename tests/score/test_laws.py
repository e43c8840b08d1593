"""Laws that hold for any facts: order and repetition change nothing, evidence added never lowers a score, numbers stay in their ranges."""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass
from typing import Any

import polars as pl
import pytest
from hypothesis import strategies as st

from screener.score.findings import Scores
from tests.once import drawn
from tests.rules.facts import Facts, scored, scored_many

WORLDS = 60
"""Made-up worlds that the laws hold in, scored side by side in one store."""
KOREAN = [f"kr-{letter}" for letter in "abcdef"]
CHINESE = [f"cn-{letter}" for letter in "abcd"]
SHARES = st.sampled_from([None, 0.05, 0.3, 0.5, 0.51, 0.8, 1.0])
GRADES = st.sampled_from("ABCDE")
DAYS = ["2017-01-01", "2020-06-30", "2023-03", "2024-05-05"]
SPANS: list[dict[str, Any]] = [
    {},
    {"confirmed_on": "2018-05-01"},
    {"confirmed_on": "2024-05-01"},
    {"valid_from": "2015", "valid_to": "2022-12-31", "status": "ended"},
    {"valid_from": "2015", "valid_to": "2024-03", "status": "ended"},
    {"status": "disputed"},
    {"status": "announced_exit"},
]
EDGES = ["owns", "owns", "owned abroad", "runs", "buys", "buys", "acts", "listed"]


@st.composite
def worlds(draw: st.DrawFn, most: int = 9) -> Facts:
    """Companies that own, buy, rent and run things, with sources of any grade."""
    facts = Facts()
    for number in range(6):
        facts.source(f"s-{number}", draw(GRADES), published=draw(st.sampled_from(DAYS)), publisher=f"P{number % 4}")
    facts.entity("cn-xinjiang", kind="place", region="CN-XJ")
    facts.entity("mm-field", kind="project")
    facts.entity("mm-army", kind="military")
    facts.listed("cn-a", "test-labour-list", source_ids=draw(sources()))
    for listed in ("mm-firm", "mm-test-gas-board"):
        facts.listed(listed, "test-military-list", source_ids=draw(sources()))
    facts.does(
        "mm-field",
        "project_pays",
        "mm-test-gas-board",
        amount_usd=draw(st.sampled_from([None, "2000000", "90000000"])),
        source_ids=draw(sources()),
    )
    for _ in range(draw(st.integers(1, most))):
        add_edge(draw, facts, draw(sources()))
    return facts


def sources() -> st.SearchStrategy[str]:
    """One or two of the sources of a world."""
    return st.lists(st.sampled_from([f"s-{n}" for n in range(6)]), min_size=1, max_size=2, unique=True).map(";".join)


def add_edge(draw: st.DrawFn, facts: Facts, source_ids: str) -> None:
    """One more stake, delivery, act or listing, in any status, on these sources."""
    span = draw(st.sampled_from(SPANS)) | {"source_ids": source_ids}
    match draw(st.sampled_from(EDGES)):
        case "owns":
            owner, owned = draw(st.permutations(KOREAN))[:2]
            facts.owns(owner, owned, draw(SHARES), **span)
        case "owned abroad":
            owner, owned = draw(st.permutations(CHINESE))[:2]
            facts.owns(owner, draw(st.sampled_from([owned, "kr-a"])), draw(SHARES), **span)
        case "runs":
            facts.owns(draw(st.sampled_from(KOREAN)), "mm-field", draw(SHARES), **span)
        case "buys":
            buyer, supplier = draw(st.permutations(KOREAN + CHINESE))[:2]
            part = draw(SHARES)
            origin = draw(st.sampled_from([None, "CN-XJ"]))
            facts.buys(buyer, supplier, origin_region=origin, input_share=None if part is None else str(part), **span)
        case "acts":
            act = draw(st.sampled_from(["leases_from", "sells_to", "joint_venture_with", "facility_in"]))
            other = "cn-xinjiang" if act == "facility_in" else draw(st.sampled_from(["mm-army", "mm-firm"]))
            facts.does(draw(st.sampled_from(KOREAN)), act, other, **span)
        case _:
            entity = draw(st.sampled_from([*CHINESE, "mm-army", "mm-firm"]))
            days = {key: span[key] for key in ("valid_from", "valid_to", "source_ids") if key in span}
            facts.listed(entity, "test-labour-list" if entity in CHINESE else "test-military-list", **days)


def contradicts(facts: Facts) -> bool:
    """Whether the last stake says less than another statement of it, or leaves less to the other owners than they are stated to have."""
    stakes = facts.rows["ownership"]
    last = stakes[-1]
    shares: dict[str, float] = {}
    for row in (row for row in stakes if row["owned_id"] == last["owned_id"]):
        shares[row["owner_id"]] = max(shares.get(row["owner_id"], 0.0), float(row["share_max"] or 0))
    return float(last["share_max"] or 0) < shares[last["owner_id"]] or sum(shares.values()) > 1


def _tables(scores: Scores) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    return scores.findings, scores.topics, scores.companies


@dataclass(frozen=True)
class Law:
    """A made-up world, and what is done to it to try the laws."""

    facts: Facts
    shuffled: Facts
    confirmed: Facts
    confirmed_more: Facts
    edge_more: Facts
    act_more: Facts


@st.composite
def laws(draw: st.DrawFn) -> Law:
    """A world, and the same with its rows shuffled and repeated, with a source, an edge or an act more."""
    facts = draw(worlds())
    shuffled, confirmed, edge_more, act_more = (copy.deepcopy(facts) for _ in range(4))
    rng = random.Random(draw(st.integers(0, 10**6)))
    for table, rows in shuffled.rows.items():
        if table not in ("source", "entity", "list"):
            rows += copy.deepcopy(rng.sample(rows, len(rows) // 2 + 1))
        rng.shuffle(rows)

    for row in (r for t in ("activity", "ownership", "supply") for r in confirmed.rows.get(t, [])):
        row.setdefault("confirmed_on", "2023-03-31")
    confirmed_more = copy.deepcopy(confirmed)
    tables = [t for t in ("activity", "listing", "ownership", "supply") if facts.rows.get(t)]
    rows = confirmed_more.rows[draw(st.sampled_from(tables))]
    confirmed_more.source("s-more", draw(GRADES), published="2023-01-01", publisher="Another publisher")
    rows[draw(st.integers(0, len(rows) - 1))]["source_ids"] += ";s-more"

    edge_more.source("s-more", draw(GRADES), published=draw(st.sampled_from(DAYS)), publisher="Another publisher")
    add_edge(draw, edge_more, draw(st.one_of(st.just("s-more"), sources())))

    act = draw(st.sampled_from(["leases_from", "sells_to", "facility_in", "joint_venture_with"]))
    target = "cn-xinjiang" if act == "facility_in" else "mm-army"
    act_more.does(draw(st.sampled_from(KOREAN)), act, target, source_ids="s-0", place="another place")
    return Law(facts, shuffled, confirmed, confirmed_more, edge_more, act_more)


@pytest.fixture(scope="module")
def many() -> list[Law]:
    """The worlds that all laws are tried in."""
    return drawn(laws(), WORLDS)


@pytest.fixture(scope="module")
def base(many: list[Law]) -> list[Scores]:
    """What they score as they are."""
    return scored_many([law.facts for law in many])


def test_order_and_repetition_of_rows_change_nothing(many: list[Law], base: list[Scores]) -> None:
    for law, one, other in zip(many, base, scored_many([law.shuffled for law in many]), strict=True):
        for first, second in zip(_tables(one), _tables(other), strict=True):
            assert first.equals(second), law.facts


def test_every_number_is_in_its_range_and_exposure_is_a_product(base: list[Scores]) -> None:
    for scores in base:
        f = scores.findings
        product = f["severity"] * f["involvement"] * f["proximity"] * f["magnitude"] * f["recency"]
        assert (f["exposure"] - product).abs().fill_null(0.0).max() in (None, pytest.approx(0.0, abs=1e-12))
        assert f["finding_id"].is_unique().all()
        assert scores.topics["score"].is_between(0, 100).all()
        assert scores.companies["score"].is_between(0, 100).all()
        assert scores.topics["rank_low"].le(scores.topics["rank_high"]).all()
        # Ranked are those whom `list` names: with a score and a finding of their own, not as affiliates of one who acts.
        listed = f.filter(pl.col("relation") != "group").select("company_id", "topic").unique()
        named = scores.topics.filter(pl.col("score") > 0).join(listed, on=["company_id", "topic"], how="semi")
        assert scores.topics.filter(pl.col("rank") > 0).height == named.height
        # The overall score is never below the strongest topic and equals it where there is only one.
        strongest = scores.topics.group_by("company_id").agg(
            pl.col("score").max().alias("top"), pl.len().alias("topics")
        )
        both = scores.companies.join(strongest, on="company_id")
        assert (both["score"] >= both["top"] - 1e-9).all()
        alone = both.filter(pl.col("topics") == 1)
        assert (alone["score"] - alone["top"]).abs().fill_null(0.0).max() in (None, pytest.approx(0.0, abs=1e-9))


def test_an_ended_path_is_never_reported_as_live_and_live_never_as_ended(base: list[Scores]) -> None:
    for scores in base:
        ended = scores.findings.filter(pl.col("status") == "ended")
        assert ended["ended_on"].is_not_null().all()
        assert ended["attributed_usd"].is_null().all()
        assert ended["until"].is_not_null().all()


def _by_company(scores: Scores) -> dict[tuple[str, str], float]:
    return {(c, t): s for c, t, s in scores.topics.select("company_id", "topic", "score").iter_rows()}


def _never_lower(before: Scores, after: Scores, facts: Facts | None = None) -> None:
    new = _by_company(after)
    for key, score in _by_company(before).items():
        assert new.get(key, 0.0) >= score - 1e-9, (key, score, new.get(key), facts)


def test_a_source_more_never_lowers_a_score(many: list[Law]) -> None:
    """Another publisher confirms a fact as of the same day: nobody's score falls."""
    before, after = (scored_many([getattr(law, name) for law in many]) for name in ("confirmed", "confirmed_more"))
    for law, one, other in zip(many, before, after, strict=True):
        _never_lower(one, other, law.confirmed_more)


def _by_anchor(scores: Scores) -> dict[tuple[str, str, str], float]:
    weight = (pl.col("exposure") * pl.col("confidence")).max()
    return {
        (c, t, a): w
        for c, t, a, w in scores.findings.group_by("company_id", "topic", "anchor_id").agg(weight).iter_rows()
    }


def test_an_edge_more_never_weakens_what_leads_to_an_anchor(many: list[Law], base: list[Scores]) -> None:
    """A stake, a delivery, an act or a listing more, of any grade and status: nobody's tie to any anchor counts for less.

    Only a stake that contradicts what is stated of it or of the other owners may do so (`contradicts`). Paths whose strengths differ by less
    than a ten-thousandth count as equal.
    """
    for law, before, now in zip(many, base, scored_many([law.edge_more for law in many]), strict=True):
        more = law.edge_more
        grown = len(more.rows.get("ownership", [])) > len(law.facts.rows.get("ownership", []))
        if grown and contradicts(more):
            continue
        weights = _by_anchor(now)
        for key, weight in _by_anchor(before).items():
            assert weights.get(key, 0.0) >= weight * (1 - 1e-4) - 1e-9, (key, weight, weights.get(key), more)


def test_an_act_more_never_lowers_a_score(many: list[Law], base: list[Scores]) -> None:
    for law, one, other in zip(many, base, scored_many([law.act_more for law in many]), strict=True):
        _never_lower(one, other, law.act_more)


def _weaker_evidence_added(case: str) -> tuple[Facts, Facts]:
    facts = Facts()
    facts.source("good", "A")
    facts.source("bad", "E")
    facts.entity("mm-army", kind="military")
    facts.listed("cn-a", "test-labour-list", source_ids="good").listed(
        "mm-army", "test-military-list", source_ids="good"
    )
    good, bad = (
        {"source_ids": "good", "confirmed_on": "2024-01-01"},
        {"source_ids": "bad", "confirmed_on": "2024-01-01"},
    )
    if case == "a larger share, badly sourced":
        facts.buys("kr-a", "cn-a", **good)
        return facts, copy.deepcopy(facts).buys("kr-a", "cn-a", input_share="0.9", **bad)
    if case == "a faint live delivery beside a strong one that ended lately":
        facts.buys(
            "kr-a",
            "cn-a",
            input_share="1",
            status="ended",
            valid_to="2024-06-01",
            source_ids="good",
            end_source_ids="good",
        )
        return facts, copy.deepcopy(facts).buys("kr-a", "cn-a", input_share="0.05", **bad)
    facts.does("kr-b", "leases_from", "mm-army", **good).owns("kr-a", "kr-b", 0.6, **good)
    return facts, copy.deepcopy(facts).owns("kr-a", "kr-b", 0.7, **bad)


CASES = [
    "a larger share, badly sourced",
    "a faint live delivery beside a strong one that ended lately",
    "a second stake, badly sourced",
]


@pytest.fixture(scope="module")
def weaker() -> dict[str, tuple[Scores, Scores]]:
    """The cases of weaker evidence, before and after, scored side by side."""
    pairs = [_weaker_evidence_added(case) for case in CASES]
    before, after = (scored_many([pair[n] for pair in pairs]) for n in (0, 1))
    return dict(zip(CASES, zip(before, after, strict=True), strict=True))


@pytest.mark.parametrize("case", CASES)
def test_a_world_among_many_is_scored_as_alone(case: str, weaker: dict[str, tuple[Scores, Scores]]) -> None:
    """What holds the laws to hundreds of worlds: side by side in one store they are what each is in a store of its own."""
    number = CASES.index(case)
    alone = scored(_weaker_evidence_added(case)[1]).companies
    named = alone.select(pl.col("company_id") + f"-{number}", "score", "band", "confidence")
    assert weaker[case][1].companies.equals(named)


def test_a_voice_that_repeats_another_adds_no_confidence() -> None:
    def said_by(*sources: tuple[str, str, str | None]) -> Facts:
        facts = Facts()
        facts.source("register", "A")
        for name, publisher, repeats in sources:
            facts.source(name, "C", publisher=publisher, **({"repeats": repeats} if repeats else {}))
        facts.entity("mm-army", kind="military")
        return facts.listed("mm-army", "test-military-list").does(
            "kr-a", "leases_from", "mm-army", source_ids=";".join(s[0] for s in sources)
        )

    one = ("one", "Watch", None)
    more = (("two", "Daily", "one"), ("two", "Watch", None), ("two", "Daily", None))
    scores = scored_many([said_by(one), *(said_by(one, other) for other in more)])
    alone, repeated, same, another = (float(world.findings["confidence"][0]) for world in scores)
    assert repeated == same == alone
    assert another > alone


def test_an_exposed_affiliate_is_never_as_exposed_as_the_one_that_acts() -> None:
    facts = Facts().owns("kr-a", "kr-b", 1.0)
    facts.entity("mm-army", kind="military")
    facts.listed("mm-army", "test-military-list").does("kr-a", "leases_from", "mm-army")
    scores = dict(scored(facts).companies.select("company_id", "score").iter_rows())
    assert 0 < scores["kr-b"] < scores["kr-a"] / 5


def test_the_same_stake_stated_for_two_years_is_not_added_up() -> None:
    """30 % since 2015 and 30 % since 2019 are one stake of 30 %, not control by 60 %."""
    facts = Facts().owns("kr-a", "kr-b", 0.3, valid_from="2015").owns("kr-a", "kr-b", 0.3, valid_from="2019")
    facts.entity("mm-army", kind="military")
    facts.listed("mm-army", "test-military-list").does("kr-b", "leases_from", "mm-army")
    found = scored(facts).findings.filter(pl.col("company_id") == "kr-a")
    assert found["proximity"].to_list() == [pytest.approx(0.3)]


@pytest.mark.parametrize("case", CASES)
def test_weaker_evidence_added_never_lowers_a_score(case: str, weaker: dict[str, tuple[Scores, Scores]]) -> None:
    _never_lower(*weaker[case])
