-- One tier further: the best way to each (start, node), where it is better than with fewer tiers.
-- in:  walk_hop, state; variables reach_tier, reach_tiers
-- out: state grows by the improved ones. A live way competes with live ways, any way with all; of equal costs the lower node wins: cost times
--      2^31 and node are one number.

insert into state
with stepped as (
    select
        s.start, h.head as node,
        min((s.live_cost + h.live_cost)::hugeint * 2147483648 + h.tail) as live,
        min((s.any_cost + h.any_cost)::hugeint * 2147483648 + h.tail) as anyhow
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
        case when known.live_cost is null or (live >> 31) < known.live_cost then live end as live,
        case when known.any_cost is null or (anyhow >> 31) < known.any_cost then anyhow end as anyhow
    from stepped
    left join known using (start, node)
)
select getvariable('reach_tier'), start, node, (live >> 31)::bigint, (live & 2147483647)::integer, (anyhow >> 31)::bigint, (anyhow & 2147483647)::integer
from better
where live is not null or anyhow is not null;
