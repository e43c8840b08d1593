-- The strongest live path of each pair, and the strongest of all where that has ended, from the last tier back to the first.
-- in:  state, hop, near_link, reach_anchor, reach_buyer; variables reach_down, reach_tiers, reach_decay
-- out: reach (anchor, tiers, buyer, tier, proximity, live, links): links from the buyer up to the anchor, `tiers` is how many the anchor allows

create or replace temp table reach as
with recursive asked as (
    select node, tiers, case when getvariable('reach_down') then getvariable('reach_tiers') - max(tiers) over (partition by node) else 0 end as ahead
    from reach_anchor
),
goal as (
    select
        s.start, s.node, a.tiers, arg_min(s.tier, s.live_cost) as live_tier, arg_min(s.tier, s.any_cost) as any_tier,
        coalesce(min(s.any_cost) >> 30 < min(s.live_cost) >> 30, true) as ended_first
    from state as s
    join asked as a on a.node = case when getvariable('reach_down') then s.start else s.node end
    where s.tier - a.ahead between 1 and a.tiers and (not getvariable('reach_down') or s.node in (select node from reach_buyer))
    group by s.start, s.node, a.tiers
),
chosen as (
    select start, node, tiers, live_tier as tier, true as live from goal where live_tier is not null
    union all
    select start, node, tiers, any_tier, false from goal where ended_first
),
walked as (
    select
        start, node as finish, node, tiers, tier, live, []::struct(link_no bigint, supplier integer)[] as links
    from chosen
    union all
    select
        w.start, w.finish, case when w.live then s.live_from else s.any_from end, w.tiers, w.tier - 1, w.live,
        list_append(
            w.links,
            {
                link_no: (case when w.live then h.live else h.anyhow end & 1099511627775)::bigint,
                supplier: h.supplier
            }
        )
    from walked as w
    join state as s on s.tier = w.tier and s.start = w.start and s.node = w.node
    join hop as h
        on h.supplier = case when not getvariable('reach_down') then w.node when w.live then s.live_from else s.any_from end
        and h.buyer = case when getvariable('reach_down') then w.node when w.live then s.live_from else s.any_from end
    where w.node <> w.start
),
ordered as (
    select
        case when getvariable('reach_down') then start else finish end as anchor,
        case when getvariable('reach_down') then finish else start end as buyer,
        tiers, live, case when getvariable('reach_down') then links else list_reverse(links) end as links
    from walked
    where node = start
),
-- The same delivery may be a link from its supplier, from a product and from a place, with a weight of each.
used as (
    select distinct link.link_no, link.supplier from (select unnest(links) as link from ordered)
),
weighed as (
    select link_no, supplier, greatest(least(any_value(weight), 1), 0) as weight
    from near_link
    join used using (link_no, supplier)
    group by link_no, supplier
),
strength as (
    select anchor, tiers, buyer, live, product(weight order by place) as weight
    from (select anchor, tiers, buyer, live, unnest(links, recursive := true), generate_subscripts(links, 1) as place from ordered)
    join weighed using (link_no, supplier)
    group by anchor, tiers, buyer, live
)
select
    anchor, tiers, buyer, len(links)::integer as tier, live, weight * getvariable('reach_decay') ** (len(links) - 1) as proximity,
    list_transform(links, lambda l: l.link_no) as links
from ordered
join strength using (anchor, tiers, buyer, live);
