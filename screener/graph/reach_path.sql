-- The strongest live path of each pair, and the strongest of all where that has ended, from the last tier back to the first.
-- in:  state, hop, reach_anchor, reach_buyer; variables reach_down, reach_tiers, reach_decay
-- out: reach (anchor, buyer, tier, proximity, live, links): links from the buyer up to the anchor

create or replace temp table reach as
with recursive goal as (
    select
        start, node, arg_min(tier, live_cost) as live_tier, arg_min(tier, any_cost) as any_tier,
        coalesce(min(any_cost) >> 30 < min(live_cost) >> 30, true) as ended_first
    from state
    where tier > 0 and node in (select node from reach_buyer where getvariable('reach_down') union all select node from reach_anchor where not getvariable('reach_down'))
    group by start, node
),
chosen as (
    select start, node, live_tier as tier, true as live from goal where live_tier is not null
    union all
    select start, node, any_tier, false from goal where ended_first
),
walked as (
    select
        start, node as finish, node, tier, tier as tiers_left, live, []::struct(link_no bigint, weight double)[] as links
    from chosen
    union all
    select
        w.start, w.finish, case when w.live then s.live_from else s.any_from end, w.tier, w.tiers_left - 1, w.live,
        list_append(
            w.links,
            {
                link_no: (case when w.live then h.live else h.anyhow end & 1099511627775)::bigint,
                weight: case when w.live then h.live_weight else h.any_weight end
            }
        )
    from walked as w
    join state as s on s.tier = w.tiers_left and s.start = w.start and s.node = w.node
    join hop as h
        on h.supplier = case when not getvariable('reach_down') then w.node when w.live then s.live_from else s.any_from end
        and h.buyer = case when getvariable('reach_down') then w.node when w.live then s.live_from else s.any_from end
    where w.tiers_left > 0
),
ordered as (
    select
        case when getvariable('reach_down') then start else finish end as anchor,
        case when getvariable('reach_down') then finish else start end as buyer,
        tier, live, case when getvariable('reach_down') then links else list_reverse(links) end as links
    from walked
    where tiers_left = 0
)
select
    anchor, buyer, tier, live,
    list_reduce(list_transform(links, lambda l: l.weight), lambda a, b: a * b) * getvariable('reach_decay') ** (tier - 1) as proximity,
    list_transform(links, lambda l: l.link_no) as links
from ordered;
