"""Best paths from many anchors to many buyers over a large set of supply links.

The work is done on the few links that can lie on a path at all. A search from both ends finds them: each round is one scan of two
integer columns that gives the next nodes as bits, and keeps no link. Then the links in question are read, once, and best paths spread over
them, tier by tier. docs/graph.md has the figures.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

_HERE = Path(__file__).parent
# What the scripts are told of the direction walked.
_WAYS: Final = {
    True: {"%state%": "state_down", "%tail%": "supplier", "%head%": "buyer"},
    False: {"%state%": "state_up", "%tail%": "buyer", "%head%": "supplier"},
}
# The bits of so many nodes are a burden: DuckDB copies a constant for each two thousand rows that it is compared with.
_MANY_NODES: Final = 2_000_000
_BITS: Final = "bitstring_agg(%s, 0, getvariable('reach_last_node'))"
_NOBODY: Final = "bitstring('0', (getvariable('reach_last_node') + 1)::integer)"


def forget_paths(con: duckdb.DuckDBPyConnection) -> None:
    """Creates the macro `on_path` (supplier, buyer) that takes every link: what a `link` that filters by it is before `best_paths`."""
    con.execute("create or replace temp macro on_path(supplier, buyer) as true")


def best_paths(
    con: duckdb.DuckDBPyConnection,
    *,
    nodes: int,
    decay: float,
    everywhere: bool = False,
    down: bool | None = None,
    ends: str | None = None,
) -> None:
    """Creates the temporary table `reach` (anchor, tiers, buyer, tier, proximity, live, links).

    Args:
        con: has `link` (link_no bigint below 2^40, buyer int, supplier int, weight double 0-1, sure double 0-1, live boolean, tie int below
            2^26; a table, or a view, which is read once if `ends` is given), `reach_anchor` (node int, tiers int: links in a path at most,
            1 to 12; an anchor may stand there with several) and `reach_buyer` (node int).
        nodes: nodes are numbered from 0 to below this.
        decay: factor for each tier after the first.
        everywhere: `reach_buyer` holds every node, so there is nothing to gain by searching from its side.
        down: spread from the anchors down (True) or from the buyers up (False). None goes down, unless half the way has come to more pairs of
            an anchor and a node than there are links: then it is gone up as well, and the way that met fewer is gone to its end.
        ends: a table or view with the columns buyer and supplier of every link (it may have more links), read a few times. Where it is given,
            `link` itself leaves out what the macro `on_path` leaves out (see `forget_paths`), before it works anything out.

    For each row of `reach_anchor` and each buyer the strongest live path (all links live), and the strongest of all where that one has
    ended. A path is as strong as the product of the weights, the sureness and the decays of its links; of equal ones the shortest counts.
    `proximity` is the product of weights and decays alone, `links` leads from the buyer up.
    """
    tiers = int(con.execute("select coalesce(max(tiers), 0) from reach_anchor").fetchall()[0][0])
    con.execute("set variable reach_last_node = ?::bigint", [max(nodes - 1, 0)])
    con.execute("set variable reach_tiers = ?::integer", [tiers])
    con.execute("set variable reach_decay = ?::double", [decay])
    _find_nodes(con, tiers, ends or "link", everywhere=everywhere, coarse=nodes > _MANY_NODES)
    con.execute(
        f"create or replace temp view near_link as select * from link{'' if ends else ' where on_path(supplier, buyer)'}"
    )
    _run(con, "reach_hop.sql")
    half = (tiers + 1) // 2
    chosen = down is not False or everywhere
    _begin(con, chosen)
    met = _spread(con, chosen, range(1, half + 1), tiers, everywhere=everywhere)
    if down is None and not everywhere and met > con.execute("select count(*) from hop").fetchall()[0][0]:
        _begin(con, False)
        chosen = _spread(con, False, range(1, half + 1), tiers, everywhere=False) >= met
    _spread(con, chosen, range(half + 1, tiers + 1), tiers, everywhere=everywhere)
    con.execute("set variable reach_down = ?::boolean", [chosen])
    _run(con, "reach_goal.sql", chosen)
    for tier in range(tiers, 1, -1):
        con.execute("set variable reach_tier = ?::integer", [tier])
        _run(con, "reach_back.sql", chosen)
    _run(con, "reach_path.sql")


def _find_nodes(con: duckdb.DuckDBPyConnection, tiers: int, ends: str, *, everywhere: bool, coarse: bool) -> None:
    """Searches from both ends: which nodes an anchor or a buyer is how far from, as bits, and by them which links can lie on a path.

    Sets the variables `reach_anchor_0` …, the nodes that goods of an anchor reach over so many links at most, and `reach_buyer_0` …, those from
    which goods reach a buyer; and the macro `on_path`. Beyond half of the way a side keeps only what the other side has met; in the last round
    all nodes count, and no variable is set (see `_near`).
    """
    # An anchor that allows fewer tiers than the others starts as if it had gone the rest already, so that one bound holds for all.
    con.execute(
        "create or replace temp table reach_start as"
        " select 'anchor' as side, getvariable('reach_tiers') - max(tiers) as round, node from reach_anchor group by node"
        + (" union all select distinct 'buyer', 0, node from reach_buyer" if not everywhere else "")
    )
    for number in range(tiers):
        if number and number == tiers - 1 and not everywhere:
            # A round more would spare the first hop where it leads nowhere, and takes longer than walking it.
            continue
        if number:
            rest = tiers - number
            met = "true" if everywhere or rest >= number else f"{_within('buyer', rest, 'buyer')}"
            seen = "true" if rest >= number else f"{_within('anchor', rest, 'supplier')}"
            reached = [
                f"{_BITS % 'buyer'} filter (where {_within('anchor', number - 1, 'supplier')} and {met}) as anchor"
            ]
            if not everywhere:
                reached += [
                    f"{_BITS % 'supplier'} filter (where {_within('buyer', number - 1, 'buyer')} and {seen}) as buyer"
                ]
            con.execute(f"create or replace temp table reach_front as select {', '.join(reached)} from {ends}")
        for side in ("anchor",) if everywhere else ("anchor", "buyer"):
            parts = [f"select {_BITS % 'node'} from reach_start where side = '{side}' and round = {number}"]
            if number:
                parts += [f"select {side} from reach_front", f"select getvariable('reach_{side}_{number - 1}')"]
            together = " | ".join(f"coalesce(({part}), {_NOBODY})" for part in parts)
            con.execute(f"set variable reach_{side}_{number} = {together}")
    way = _on_path(tiers, everywhere=everywhere, coarse=coarse)
    con.execute(f"create or replace temp macro on_path(supplier, buyer) as {way}")


def _on_path(tiers: int, *, everywhere: bool, coarse: bool) -> str:
    """Whether the way from an anchor to the supplier and that from the buyer to a goal leave a tier for the link between.

    Coarse: whether the link is in the nearer half of one side, which every such link is, and a few more are.
    """
    if not tiers:
        return "false"
    last = tiers - 1
    if everywhere:
        return _within("anchor", last, "supplier")
    # Each link is in the nearer half of one side; few are, and only those are looked at further.
    half = last // 2
    ways = []
    for side, node, other, end, most in (
        ("buyer", "buyer", "anchor", "supplier", half),
        ("anchor", "supplier", "buyer", "buyer", last - half - 1),
    ):
        if most >= 0:
            pairs = [_near(other, last - most, end, tiers)]
            pairs += [f"{_within(side, n, node)} and {_near(other, last - n, end, tiers)}" for n in range(most)]
            ways.append(_within(side, most, node) + ("" if coarse else f" and ({' or '.join(pairs)})"))
    return " or ".join(ways)


def _within(side: str, number: int, column: str) -> str:
    return f"get_bit(getvariable('reach_{side}_{number}'), {column}) = 1"


def _near(side: str, number: int, column: str, tiers: int) -> str:
    """The same where the nodes of both sides were searched: all of them, in the last round that was spared."""
    return "true" if number and number == tiers - 1 else _within(side, number, column)


def _begin(con: duckdb.DuckDBPyConnection, down: bool) -> None:
    """Creates the states of one direction (see reach_step.sql), with the starts: at tier 0, or further where an anchor allows fewer tiers."""
    con.execute(
        f"create or replace temp table {_WAYS[down]['%state%']} as"
        " select round as tier, node as start, node, 0::bigint as live_cost, null::integer as live_from, 0::bigint as any_cost, null::integer as any_from"
        f" from reach_start where side = '{'anchor' if down else 'buyer'}'"
    )


def _spread(con: duckdb.DuckDBPyConnection, down: bool, wanted: range, tiers: int, *, everywhere: bool) -> int:
    """Goes on by these tiers; how many states there are then."""
    goal = "buyer" if down else "anchor"
    for tier in wanted:
        con.execute("set variable reach_tier = ?::integer", [tier])
        near = "true" if everywhere else _near(goal, tiers - tier, "node", tiers)
        con.execute(f"create or replace temp macro in_time(node) as {near}")
        _run(con, "reach_step.sql", down)
    return int(con.execute(f"select count(*) from {_WAYS[down]['%state%']}").fetchall()[0][0])


def _run(con: duckdb.DuckDBPyConnection, name: str, down: bool = True) -> None:
    script = (_HERE / name).read_text(encoding="utf-8")
    for word, meant in _WAYS[down].items():
        script = script.replace(word, meant)
    con.execute(script)
