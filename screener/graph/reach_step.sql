-- One tier further: the best way to each (start, node), where it is better than with fewer tiers.
-- in:  walk_hop, state; variables reach_tier, reach_tiers
-- out: state grows by the improved ones. A live way competes with live ways, any way with all; of equal costs the lower node wins.

insert into state
with stepped as (
    select
        s.start, h.head as node,
        min({cost: s.live_cost + h.live_cost, origin: h.tail}) filter (where s.live_cost + h.live_cost is not null) as live,
        min({cost: s.any_cost + h.any_cost, origin: h.tail}) filter (where s.any_cost is not null) as anyhow
    from state as s
    join walk_hop as h on h.tail = s.node
    where s.tier = getvariable('reach_tier') - 1 and h.far + getvariable('reach_tier') <= getvariable('reach_tiers') and h.head <> s.start
    group by s.start, h.head
),
known as (
    select start, node, min(live_cost) as live_cost, min(any_cost) as any_cost
    from state
    group by start, node
),
better as (
    select
        stepped.start, stepped.node,
        case when known.live_cost is null or live.cost < known.live_cost then live end as live,
        case when known.any_cost is null or anyhow.cost < known.any_cost then anyhow end as anyhow
    from stepped
    left join known using (start, node)
)
select getvariable('reach_tier'), start, node, live.cost, live.origin, anyhow.cost, anyhow.origin
from better
where live is not null or anyhow is not null;
