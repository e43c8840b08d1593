"""Finds the buyers that an anchor's goods reach through tiers of suppliers, each on the best path.

Only deliveries on a short enough path from an anchor to a buyer matter (`prune.py`). Over these few the best paths are
extended tier by tier, each with its last link; those that reach a buyer are then followed back to their anchors.
"""

import duckdb

from screener.files import sql
from screener.graph.prune import Step, as_statement, prune_steps
from screener.store.clock import make_edges

_HOP = """select
    link_no, supplier, buyer, rest, greatest(least(weight, 1), 0) as weight, case when live then cost end as live_cost,
    cost as any_cost
from (
    select
        *, ((round(-1e6 * ln(greatest(least(weight, 1) * least(confidence, 1), 1e-12) * {decay}))::bigint + 1) << 30)
            + tie as cost
    from {links}
    where supplier <> buyer
)"""

_START = """select node as start, max(tiers) as most, node, 0::bigint as live_cost, 0::bigint as any_cost
from {anchors}
group by node"""

_NEXT = """select
    start, most, node, (live >> 31)::bigint as live_cost, (live & 2147483647)::integer as live_supplier, live_link,
    (anyhow >> 31)::bigint as any_cost, (anyhow & 2147483647)::integer as any_supplier, any_link
from (
    select
        start, most, buyer as node, min(live) as live, arg_min(link_no, live) as live_link,
        min(anyhow) as anyhow, arg_min(link_no, anyhow) as any_link
    from (
        select
            s.start, s.most, h.buyer, h.link_no,
            (s.live_cost + h.live_cost)::hugeint * 2147483648 + h.supplier as live,
            (s.any_cost + h.any_cost)::hugeint * 2147483648 + h.supplier as anyhow
        from {before} as s
        join hop as h on h.supplier = s.node
        where h.buyer <> s.start and h.rest <= s.most - {tier}
    )
    group by start, most, buyer
)"""

_BEST = """select
    s.start, a.tiers, s.node, min(s.live_cost) as live_cost, arg_min(s.tier, s.live_cost) as live_tier,
    min(s.any_cost) as any_cost, arg_min(s.tier, s.any_cost) as any_tier
from ({states}) as s
join {anchors} as a on a.node = s.start and s.tier <= a.tiers
semi join {companies} as c on c.node = s.node
group by s.start, a.tiers, s.node"""

_CHOSEN = """select
    start, tiers, node as company, live, tier, node, []::bigint[] as links, 1.0::double as weight
from (
    select start, tiers, node, true as live, live_tier as tier from best where live_cost is not null
    union all
    select start, tiers, node, false, any_tier from best where coalesce(any_cost >> 30 < live_cost >> 30, true)
)"""

_BACK = """select
    c.start, c.tiers, c.company, c.live, c.tier, h.supplier as node, list_append(c.links, h.link_no) as links,
    c.weight * h.weight as weight
from ({paths}) as c
join state_{tier} as s on s.start = c.start and s.node = c.node
join hop as h on h.buyer = c.node and h.link_no = case when c.live then s.live_link else s.any_link end
    and h.supplier = case when c.live then s.live_supplier else s.any_supplier end"""

_PATHS = """select
    start as anchor, tiers, company as buyer, tier, live, weight * {decay} ** (tier - 1) as proximity, links
from {paths}"""


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
    steps.append(Step("chosen", _CHOSEN))
    # From the companies back to the anchors, one tier a step; each path joins at its own length.
    for k in reversed(tiers):
        further = f" union all select * from back_{k}" if k < max_tiers else ""
        steps.append(
            Step(f"back_{k - 1}", _BACK.format(paths=f"select * from chosen where tier = {k}{further}", tier=k))
        )
    steps.append(Step("path", _PATHS.format(paths="back_0" if max_tiers > 0 else "chosen", decay=factor)))
    return as_statement(steps)


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
        f"create or replace temp table near as {near};{sql(__file__, 'near_link.sql')}drop table near;"
        f"create or replace temp table reach as {paths};drop table near_link;"
        f"{sql(__file__, 'supply_reach.sql')}drop table reach;"
    )
    make_edges(con, "select unnest(edge_ids) from supply_reach")
