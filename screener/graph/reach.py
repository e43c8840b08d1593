"""Best paths from many anchors to many buyers over a large set of supply links.

The work is done on the few links that can lie on a path at all: a search from both ends finds them, each round one scan of two
integer columns, and only then are best paths spread, tier by tier, over what is left. docs/graph.md has the figures.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

_HERE = Path(__file__).parent


def best_paths(
    con: duckdb.DuckDBPyConnection,
    *,
    nodes: int,
    decay: float,
    everywhere: bool = False,
    down: bool | None = None,
) -> None:
    """Creates the temporary table `reach` (anchor, tiers, buyer, tier, proximity, live, links).

    Args:
        con: has `link` (link_no bigint, buyer int, supplier int, weight double 0-1, sure double 0-1, live boolean, tie int below 2^26;
            a table or a view, read a few times), `reach_anchor` (node int, tiers int: links in a path at most, 1 to 12; an anchor may
            stand there with several) and `reach_buyer` (node int).
        nodes: nodes are numbered from 0 to below this.
        decay: factor for each tier after the first.
        everywhere: `reach_buyer` holds every node, so there is nothing to gain by searching from its side.
        down: spread from the anchors down (True) or from the buyers up (False); None takes the way with fewer steps.

    For each row of `reach_anchor` and each buyer the strongest live path (all links live), and the strongest of all where that one has
    ended. A path is as strong as the product of the weights, the sureness and the decays of its links; of equal ones the shortest counts.
    `proximity` is the product of weights and decays alone, `links` leads from the buyer up.
    """
    tiers = int(con.execute("select coalesce(max(tiers), 0) from reach_anchor").fetchall()[0][0])
    con.execute("set variable reach_last_node = ?::bigint", [max(nodes - 1, 0)])
    con.execute("set variable reach_tiers = ?::integer", [tiers])
    con.execute("set variable reach_decay = ?::double", [decay])
    # An anchor that allows fewer tiers than the others starts as if it had gone the rest already, so that one bound holds for all.
    con.execute(
        "create or replace temp table reached as"
        " select node, 'anchor' as side, getvariable('reach_tiers') - max(tiers) as round from reach_anchor group by node"
        " union all select distinct node, 'buyer', 0 from reach_buyer"
    )
    con.execute(
        "create or replace temp table near_link"
        " (link_no bigint, buyer integer, supplier integer, weight double, sure double, live boolean, tie integer, round integer, from_anchor boolean, to_buyer boolean)"
    )
    con.execute("set variable reach_everywhere = ?::boolean", [everywhere])
    rounds = tiers if everywhere else (tiers + 1) // 2
    for number in range(rounds):
        _set_round(con, number)
        _run(con, "reach_fetch.sql")
    for number in range(rounds + 1, tiers):
        _set_round(con, number)
        _run(con, "reach_distance.sql")
    _run(con, "reach_hop.sql")
    if down is None and not everywhere:
        down = _pairs(con, down=True) <= _pairs(con, down=False)
        if down:
            _orient(con, down=True)
    else:
        _orient(con, down=down is not False)
    for tier in range(1, tiers + 1):
        con.execute("set variable reach_tier = ?::integer", [tier])
        _run(con, "reach_step.sql")
        if not con.execute("select count(*) from state where tier >= ?", [tier]).fetchall()[0][0]:
            break
    _run(con, "reach_path.sql")


def _pairs(con: duckdb.DuckDBPyConnection, *, down: bool) -> float:
    _orient(con, down=down)
    return float(con.execute(_sql("reach_count.sql")).fetchall()[0][0])


def _orient(con: duckdb.DuckDBPyConnection, *, down: bool) -> None:
    con.execute("set variable reach_down = ?::boolean", [down])
    _run(con, "reach_orient.sql")


def _set_round(con: duckdb.DuckDBPyConnection, number: int) -> None:
    con.execute("set variable reach_round = ?::integer", [number])


def _run(con: duckdb.DuckDBPyConnection, name: str) -> None:
    con.execute(_sql(name))


def _sql(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
