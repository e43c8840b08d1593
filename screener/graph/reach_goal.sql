-- The strongest live path of each pair, and the strongest of all where that has ended: their last hops.
-- in:  the states (%state%, see reach_step.sql), reach_anchor, reach_buyer; variables reach_down, reach_tiers
-- out: goal (path_no, start, node, tiers, tier, live): tiers is how many the anchor allows
--      trail (path_no, start, tier, tail, head, live): one hop of a path, from the start towards the goal

create or replace temp table goal as
with asked as (
    select node, tiers, case when getvariable('reach_down') then getvariable('reach_tiers') - max(tiers) over (partition by node) else 0 end as ahead
    from reach_anchor
),
met as (
    select
        s.start, s.node, a.tiers, arg_min(s.tier, s.live_cost) as live_tier, arg_min(s.tier, s.any_cost) as any_tier,
        coalesce(min(s.any_cost) >> 30 < min(s.live_cost) >> 30, true) as ended_first
    from %state% as s
    join asked as a on a.node = case when getvariable('reach_down') then s.start else s.node end
    where s.tier - a.ahead between 1 and a.tiers and (not getvariable('reach_down') or s.node in (select node from reach_buyer))
    group by s.start, s.node, a.tiers
),
chosen as (
    select start, node, tiers, live_tier as tier, true as live from met where live_tier is not null
    union all
    select start, node, tiers, any_tier, false from met where ended_first
)
select row_number() over () as path_no, * from chosen;

create or replace temp table trail as
select g.path_no, g.start, g.tier, case when g.live then s.live_from else s.any_from end as tail, g.node as head, g.live
from goal as g
join %state% as s using (tier, start, node);
