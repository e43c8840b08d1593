"""Finds the buyers that an anchor's goods reach through tiers of suppliers, each on the best path.

Only deliveries on a short enough path from an anchor to a buyer matter (`prune.py`). Over these few the best paths are
extended tier by tier, each with its links; docs/graph.md has the figures.
"""

from __future__ import annotations

import duckdb

from screener.files import sql
from screener.graph.prune import Step, as_statement, prune_steps
from screener.store.clock import make_edges

_HOP = """select
    supplier, buyer, rest, case when live then cost end as live_cost, cost as any_cost,
    {{'link': link_no, 'weight': greatest(least(weight, 1), 0)}} as hop
from (
    select
        *, ((round(-1e6 * ln(greatest(least(weight, 1) * least(confidence, 1), 1e-12) * {decay}))::bigint + 1) << 30)
            + tie as cost
    from {links}
    where supplier <> buyer
)"""

_START = """select
    node as start, max(tiers) as most, node, 0::bigint as live_cost, 0::bigint as any_cost,
    {{'links': []::bigint[], 'weight': 1.0::double}} as live_path,
    {{'links': []::bigint[], 'weight': 1.0::double}} as any_path
from {anchors}
group by node"""

_NEXT = """select
    start, most, node, (live >> 31)::bigint as live_cost, (anyhow >> 31)::bigint as any_cost,
    {{'links': list_prepend(l.hop.link, l.path.links), 'weight': l.path.weight * l.hop.weight}} as live_path,
    {{'links': list_prepend(a.hop.link, a.path.links), 'weight': a.path.weight * a.hop.weight}} as any_path
from (
    select
        start, most, buyer as node, min(live) as live, arg_min(live_step, live) as l,
        min(anyhow) as anyhow, arg_min(any_step, anyhow) as a
    from (
        select
            s.start, s.most, h.buyer, {{'path': s.live_path, 'hop': h.hop}} as live_step,
            {{'path': s.any_path, 'hop': h.hop}} as any_step,
            (s.live_cost + h.live_cost)::hugeint * 2147483648 + h.supplier as live,
            (s.any_cost + h.any_cost)::hugeint * 2147483648 + h.supplier as anyhow
        from {before} as s
        join hop as h on h.supplier = s.node
        where h.buyer <> s.start and h.rest <= s.most - {tier}
    )
    group by start, most, buyer
)"""

_BEST = """select
    s.start, a.tiers, s.node, min(s.live_cost) as live_cost, arg_min(s.live_path, s.live_cost) as live_path,
    min(s.any_cost) as any_cost, arg_min(s.any_path, s.any_cost) as any_path
from ({states}) as s
join {anchors} as a on a.node = s.start and s.tier <= a.tiers
semi join {companies} as c on c.node = s.node
group by s.start, a.tiers, s.node"""

_PATHS = """select
    start as anchor, tiers, node as buyer, len(path.links)::integer as tier, live,
    path.weight * {decay} ** (len(path.links) - 1) as proximity, path.links as links
from (
    select start, tiers, node, true as live, live_path as path from best where live_cost is not null
    union all
    select start, tiers, node, false, any_path from best where coalesce(any_cost >> 30 < live_cost >> 30, true)
)"""


def best_paths(links: str, anchors: str, companies: str, *, max_tiers: int, decay: float) -> str:
    """The statement of the best paths: anchor, tiers, buyer, tier, live, proximity (0-1), links (buyer to anchor).

    Args:
        links: relation of link_no, buyer, supplier, rest (links that the buyer is away from a company), weight,
            confidence (0-1), live, tie (below 2^26).
        anchors: relation of node, tiers (the most links in a path); an anchor may have several rows.
        companies: relation of node, where paths end.
        max_tiers: the maximum of `tiers`.
        decay: factor for each tier after the first.

    Returns, for each row of `anchors` and each company, the strongest live path (all links live), and the strongest
    path of all if that one has ended. The strength of a path is the product of its links' weights, confidence and
    decays; proximity is the product of weights and decays alone. Costs, which add up, are negative logarithms in
    millionths, plus one a tier, so that no cycle pays. The low 30 bits hold the sum of the ties, so that the choice
    between equally strong paths does not depend on the order of the rows.
    """
    factor = repr(max(decay, 1e-12))
    steps = [Step("hop", _HOP.format(links=links, decay=factor)), Step("state_0", _START.format(anchors=anchors))]
    tiers = range(1, max_tiers + 1)
    steps += [Step(f"state_{k}", _NEXT.format(before=f"state_{k - 1}", tier=k)) for k in tiers]
    states = (
        " union all ".join(f"select *, {k} as tier from state_{k}" for k in tiers)
        or "select *, 0 as tier from state_0 where false"
    )
    steps.append(Step("best", _BEST.format(states=states, anchors=anchors, companies=companies)))
    return as_statement([*steps, Step("path", _PATHS.format(decay=factor))])


def build_supply_reach(
    con: duckdb.DuckDBPyConnection, anchors: str, buyers: str, *, max_tiers: int, decay: float
) -> None:
    """Creates `supply_reach` (see its file): which buyers the goods of an anchor reach, on the best path.

    Args:
        con: a store with its clocks and parameters set.
        anchors: a query that returns anchor_id, products (HS families separated by blanks, or null for all goods) and
            max_tiers (integer, the longest path allowed).
        buyers: a query that returns the nodes of the buyers that matter.
        max_tiers: the most tiers of any path.
        decay: as in `best_paths`.
    """
    near = as_statement(prune_steps("supply_end", "start", "reach_buyer", max_tiers))
    paths = best_paths("near_link", "start", "reach_buyer", max_tiers=max_tiers, decay=decay)
    con.execute(
        f"create or replace temp table anchor as {anchors};{sql(__file__, 'supply_start.sql')}"
        f"create or replace temp table reach_buyer as {buyers};"
        f"create or replace temp table near as {near};{sql(__file__, 'near_link.sql')}"
        f"create or replace temp table reach as {paths};{sql(__file__, 'supply_reach.sql')}"
    )
    make_edges(con, "select unnest(edge_ids) from supply_reach")
