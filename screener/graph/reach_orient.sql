-- The hops as they are walked: from the anchors down, or from the buyers up.
-- in:  hop, reached, reach_anchor (node, tiers), reach_buyer (node); variables reach_down (boolean), reach_tiers
-- out: walk_hop (tail, head, live_cost, any_cost, far): far is the least number of hops from head to a goal, where an anchor that allows
--          fewer tiers than reach_tiers is further by the difference
--      state (tier, start, node, live_cost, live_from, any_cost, any_from), filled with the starts: at tier 0, or at the difference

create or replace temp table walk_hop as
select
    case when getvariable('reach_down') then h.supplier else h.buyer end as tail,
    case when getvariable('reach_down') then h.buyer else h.supplier end as head,
    (h.live >> 40)::bigint as live_cost, (h.anyhow >> 40)::bigint as any_cost, r.round as far
from hop as h
join reached as r
    on r.side = case when getvariable('reach_down') then 'buyer' else 'anchor' end
    and r.node = case when getvariable('reach_down') then h.buyer else h.supplier end;

create or replace temp table state as
select
    tier, node as start, node, 0::bigint as live_cost, null::integer as live_from, 0::bigint as any_cost, null::integer as any_from
from (
    select node, getvariable('reach_tiers') - max(tiers) as tier from reach_anchor where getvariable('reach_down') group by node
    union all
    select distinct node, 0 from reach_buyer where not getvariable('reach_down')
)
where node in (select tail from walk_hop);
