-- One tier further: the best way to each (start, node), where it is better than with fewer tiers.
-- in:  hop, the states so far (tier, start, node, live_cost, live_from, any_cost, any_from); macro in_time (node): the goal is near enough;
--      variable reach_tier; %state%, and %tail% and %head%, the ends of a hop in the direction walked
-- out: the states grow by the improved ones. A live way competes with live ways, any way with all; of equal costs the lower node wins:
--      cost times 2^31 and node are one number, which compares three times as fast as a structure.

insert into %state%
with stepped as (
    select
        s.start, h.%head% as node,
        min(case when h.live then (s.live_cost + h.cost)::hugeint * 2147483648 + h.%tail% end) as live,
        min((s.any_cost + h.cost)::hugeint * 2147483648 + h.%tail%) as anyhow
    from %state% as s
    join hop as h on h.%tail% = s.node
    where s.tier = getvariable('reach_tier') - 1 and in_time(h.%head%) and h.%head% <> s.start
    group by s.start, h.%head%
),
known as (
    select start, node, min(live_cost) as live_cost, min(any_cost) as any_cost
    from %state%
    where in_time(node)
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
