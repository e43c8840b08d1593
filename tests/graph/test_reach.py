"""Best paths over tiers of suppliers, compared with every simple path walked by hand."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import dataclass, replace

import duckdb
import pytest
from hypothesis import strategies as st

from screener.files import sql
from screener.graph import supply
from screener.graph.prune import as_statement, prune_steps
from tests.graph.naive import Link, best_paths
from tests.graph.tables import reached, reached_together
from tests.once import drawn

NODES = 9
WEIGHTS = (1.0, 0.9, 0.5, 0.5, 0.25, 0.1, 0.0)


@dataclass(frozen=True)
class World:
    """Links, anchors with the tiers that they allow, and buyers."""

    links: list[Link]
    anchors: set[int]
    buyers: set[int]
    tiers: int


@st.composite
def worlds(draw: st.DrawFn) -> World:
    node = st.integers(0, NODES - 1)
    confidence = st.sampled_from((1.0, 0.95, 0.7, 0.2))
    pairs = draw(st.lists(st.tuples(node, node, st.sampled_from(WEIGHTS), st.booleans(), confidence), max_size=26))
    links = [Link(number, *pair) for number, pair in enumerate(pairs)]
    return World(links, draw(st.sets(node, max_size=3)), draw(st.sets(node, max_size=4)), draw(st.integers(1, 6)))


@pytest.fixture(scope="module")
def many() -> list[World]:
    """Made-up worlds side by side: the nodes and links of each have numbers of their own."""
    made: list[World] = []
    first = 0
    for number, world in enumerate(drawn(worlds(), 60)):
        shift = NODES * number
        links = [
            replace(k, link_no=first + k.link_no, buyer=k.buyer + shift, supplier=k.supplier + shift)
            for k in world.links
        ]
        anchors, buyers = ({node + shift for node in nodes} for nodes in (world.anchors, world.buyers))
        made.append(World(links, anchors, buyers, world.tiers))
        first += len(links)
    return made


Found = dict[tuple[int, int, int, bool], tuple[int, float, list[int]]]


def reached_in(
    con: duckdb.DuckDBPyConnection, many: list[World], links: list[Link], *, everybody: bool = False
) -> Found:
    """(tiers, anchor, buyer, live) -> as `reached`, of all worlds, by these links."""
    starts = [(anchor, world.tiers) for world in many for anchor in world.anchors]
    buyers = None if everybody else {buyer for world in many for buyer in world.buyers}
    return reached_together(con, links, starts, buyers, 0.6)


def _links(many: list[World]) -> list[Link]:
    return [link for world in many for link in world.links]


def chained(links: list[Link], path: list[int], buyer: int, anchor: int) -> list[Link]:
    """The links of a path, checked to lead from the buyer to the anchor without a gap or a circle."""
    walked = [links[number] for number in path]
    assert walked[0].buyer == buyer
    assert walked[-1].supplier == anchor
    assert all(a.supplier == b.buyer for a, b in itertools.pairwise(walked))
    assert len({link.buyer for link in walked} | {anchor}) == len(walked) + 1
    return walked


def test_every_pair_has_its_best_path(con: duckdb.DuckDBPyConnection, many: list[World]) -> None:
    links = _links(many)
    found = reached_in(con, many, links)
    # A path of weight nothing is a path; of several such any may be returned.
    expected = {
        (world.tiers, *pair): best
        for world in many
        for pair, best in best_paths(world.links, world.anchors, world.buyers, world.tiers, 0.6).items()
    }
    assert found.keys() == expected.keys()
    for (tiers, anchor, buyer, live), (tier, proximity, path) in found.items():
        walked = chained(links, path, buyer, anchor)
        assert tier == len(path) <= tiers
        assert live == all(link.live for link in walked)
        strength = math.prod(max(link.weight * link.confidence, 1e-12) for link in walked) * 0.6 ** (tier - 1)
        assert strength == pytest.approx(expected[tiers, anchor, buyer, live], rel=1e-4)
        assert proximity == pytest.approx(math.prod(link.weight for link in walked) * 0.6 ** (tier - 1), rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_neither_order_nor_repetition_changes_a_path(
    con: duckdb.DuckDBPyConnection, many: list[World], seed: int
) -> None:
    links = _links(many)
    again = links + random.Random(seed).choices(links, k=len(links))
    random.Random(seed).shuffle(again)
    assert reached_in(con, many, again) == reached_in(con, many, links)


def test_asking_for_everybody_gives_what_asking_for_each_gives(
    con: duckdb.DuckDBPyConnection, many: list[World]
) -> None:
    everybody = reached_in(con, many, _links(many), everybody=True)
    buyers = {buyer for world in many for buyer in world.buyers}
    asked = {key: path for key, path in everybody.items() if key[2] in buyers}
    assert asked == reached_in(con, many, _links(many))


def test_anchors_that_allow_few_and_many_tiers_are_answered_as_if_each_were_asked_alone(
    con: duckdb.DuckDBPyConnection, many: list[World]
) -> None:
    rng = random.Random(1)
    asked = [
        (anchor, tiers)
        for world in many
        for anchor in sorted(world.anchors)
        for tiers in sorted(rng.sample(range(1, 7), rng.randint(1, 2)))
    ]
    links, buyers = _links(many), {buyer for world in many for buyer in world.buyers}
    alone = {
        (allowed, *pair): path
        for allowed in range(1, 7)
        for pair, path in reached(con, links, {a for a, t in asked if t == allowed}, buyers, allowed, 0.6).items()
    }
    assert reached_together(con, links, asked, buyers, 0.6) == alone


def test_a_stronger_path_that_has_ended_is_returned_with_the_live_one_and_a_weaker_one_is_left_out(
    con: duckdb.DuckDBPyConnection,
) -> None:
    links = [Link(0, 2, 0, 1.0, False), Link(1, 1, 0, 0.3, True), Link(2, 2, 1, 0.3, True)]
    live = {(0, 2, True): (2, pytest.approx(0.3 * 0.3 * 0.6), [2, 1])}
    assert reached(con, links, {0}, {2}, 4, 0.6) == live | {(0, 2, False): (1, 1.0, [0])}
    links[0] = Link(0, 2, 0, 1.0, False, confidence=0.05)
    assert reached(con, links, {0}, {2}, 4, 0.6) == live


def test_a_surer_delivery_goes_before_a_larger_one(con: duckdb.DuckDBPyConnection) -> None:
    links = [Link(0, 1, 0, 0.5, True, confidence=0.95), Link(1, 1, 0, 0.9, True, confidence=0.2)]
    assert reached(con, links, {0}, {1}, 4, 0.6) == {(0, 1, True): (1, 0.5, [0])}


def test_an_ended_stretch_is_not_hidden_by_a_live_one_that_leads_nowhere_live(con: duckdb.DuckDBPyConnection) -> None:
    # To node 1 there is a weak live link and a strong ended one; the only link on from there has ended.
    links = [Link(0, 1, 0, 0.1, True), Link(1, 1, 0, 0.9, False), Link(2, 2, 1, 1.0, False)]
    assert reached(con, links, {0}, {1, 2}, 4, 0.6) == {
        (0, 1, True): (1, 0.1, [0]),
        (0, 1, False): (1, 0.9, [1]),
        (0, 2, False): (2, pytest.approx(0.9 * 0.6), [2, 1]),
    }


def test_a_circle_of_full_weight_is_walked_past_and_not_around(con: duckdb.DuckDBPyConnection) -> None:
    links = [
        Link(0, 1, 0, 1.0, True),
        Link(1, 2, 1, 1.0, True),
        Link(2, 1, 2, 1.0, True),
        Link(3, 0, 1, 1.0, True),
        Link(4, 3, 1, 1.0, True),
    ]
    assert reached(con, links, {0}, {3}, 12, 1.0) == {(0, 3, True): (2, 1.0, [4, 0])}


def test_of_two_equal_paths_the_shorter_one_is_returned(con: duckdb.DuckDBPyConnection) -> None:
    links = [Link(0, 1, 0, 1.0, True), Link(1, 2, 1, 1.0, True), Link(2, 2, 0, 1.0, True)]
    assert reached(con, links, {0}, {2}, 4, 1.0) == {(0, 2, True): (1, 1.0, [2])}


def test_more_tiers_than_allowed_are_out_of_reach(con: duckdb.DuckDBPyConnection) -> None:
    links = [Link(number, number + 1, number, 1.0, True) for number in range(6)]
    assert sorted(buyer for _, buyer, _ in reached(con, links, {0}, set(range(7)), 4, 0.6)) == [1, 2, 3, 4]


def test_a_firm_that_everybody_buys_from_and_one_that_buys_from_everybody(con: duckdb.DuckDBPyConnection) -> None:
    many = 200_000
    con.execute(
        """create or replace temp table link as
        select i::bigint as link_no, (i + 3)::integer as buyer, 1 as supplier, 0.5::double as weight, 1.0::double as confidence, true as live, 0 as tie from range($many) as t(i)
        union all select $many + i, 2, (i + 3)::integer, 0.5, 1, true, (i % 1000)::integer from range($many) as t(i)
        union all select 2 * $many, 1, 0, 0.5, 1, true, 0""",
        {"many": many},
    )
    con.execute("create or replace temp table start as select 0 as node, 4 as tiers")
    con.execute("create or replace temp table reach_buyer as select 2 as node")
    con.execute("create or replace temp table parameter as select 0.6::double as tier_decay")
    near = as_statement(prune_steps("link", "start", "reach_buyer", 4))
    con.execute(f"create or replace temp table near_link as {near};{sql(supply.__file__, 'best_path.sql')}")
    assert con.execute("select anchor, buyer, tier, live, len(links) from reach").fetchall() == [(0, 2, 3, True, 3)]


def test_without_links_or_anchors_nothing_is_reached(con: duckdb.DuckDBPyConnection) -> None:
    assert reached(con, [], {0}, {1}, 4, 0.6) == {}
    assert reached(con, [Link(0, 1, 0, 1.0, True)], set(), {1}, 4, 0.6) == {}
    assert reached(con, [Link(0, 1, 0, 1.0, True)], {0}, set(), 4, 0.6) == {}
