"""Pruning keeps every link on a path that is short enough, and no other, whichever way the steps are run."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest
from hypothesis import strategies as st

from screener.graph.prune import as_statement, prune_steps
from screener.store.clock import create_tables
from tests.once import drawn

NODES = 9
LINKS = st.lists(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)), max_size=24)
COMPANIES = st.sets(st.integers(0, NODES - 1), max_size=3)
ANCHORS = st.sets(st.tuples(st.integers(0, NODES - 1), st.integers(1, 5)), max_size=3)


def on_short_walks(
    links: list[tuple[int, int]], anchors: set[tuple[int, int]], companies: set[int], tiers: int
) -> set[int]:
    """The numbers of the links (buyer, supplier) on a walk from an anchor to a company that the anchor allows."""

    def distances(start: int, tail: int) -> dict[int, int]:
        found = {start: 0}
        for k in range(1, tiers):
            for link in links:
                if found.get(link[tail], tiers) < k:
                    found.setdefault(link[1 - tail], k)
        return found

    down = [distances(company, 0) for company in companies]
    return {
        n
        for anchor, allowed in anchors
        for n, (b, s) in enumerate(links)
        if any(distances(anchor, 1).get(s, tiers) + 1 + c.get(b, tiers) <= min(allowed, tiers) for c in down)
    }


def _tables(
    con: duckdb.DuckDBPyConnection, links: list[tuple[int, int]], anchors: set[tuple[int, int]], companies: set[int]
) -> None:
    integers = {"link_no": pl.Int64, "buyer": pl.Int32, "supplier": pl.Int32}
    nodes = {"node": pl.Int32}
    create_tables(
        con,
        link=pl.DataFrame([(n, b, s) for n, (b, s) in enumerate(links)], schema=integers, orient="row"),
        anchor=pl.DataFrame(list(anchors), schema=nodes | {"tiers": pl.Int32}, orient="row"),
        company=pl.DataFrame({"node": list(companies)}, schema=nodes),
    )


@pytest.mark.parametrize("tiers", range(1, 6))
def test_links_on_short_paths_stay_and_no_others(con: duckdb.DuckDBPyConnection, tiers: int) -> None:
    """Of thirty worlds side by side, each of nodes of its own."""
    links: list[tuple[int, int]] = []
    anchors, companies, expected = set[tuple[int, int]](), set[int](), set[int]()
    for number, (some, starts, ends) in enumerate(drawn(st.tuples(LINKS, ANCHORS, COMPANIES), 30)):
        allowed = {(node, min(most, tiers)) for node, most in starts}
        expected |= {len(links) + n for n in on_short_walks(some, allowed, ends, tiers)}
        shift = NODES * number
        links += [(b + shift, s + shift) for b, s in some]
        anchors |= {(node + shift, most) for node, most in allowed}
        companies |= {node + shift for node in ends}
    _tables(con, links, anchors, companies)
    steps = prune_steps("link", "anchor", "company", tiers)
    assert {n for n, *_ in con.execute(as_statement(steps)).fetchall()} == expected
    for name, sql in steps:
        con.execute(f"create or replace temp table {name} as {sql}")
    assert {n for n, *_ in con.execute("from near").fetchall()} == expected


@pytest.mark.parametrize("step", prune_steps("link", "anchor", "company", 4), ids=lambda step: step[0])
def test_the_steps_are_plain_sql_that_other_engines_run(step: object) -> None:
    """No word of DuckDB's own: what is left is joins, unions and comparisons of whole numbers."""
    assert not {"$", "%", "getvariable", "::", "[", "qualify", "from link select"} & set(str(step).split())
