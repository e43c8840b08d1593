-- The hops of each path as links.
-- in:  goal, trail (see reach_goal.sql), hop; variables reach_down, reach_decay
-- out: reach (anchor, tiers, buyer, tier, proximity, live, links): links from the buyer up to the anchor

create or replace temp table reach as
with walked as (
    select
        path_no, live, case when getvariable('reach_down') then tail else head end as supplier,
        case when getvariable('reach_down') then head else tail end as buyer, case when getvariable('reach_down') then -tier else tier end as place
    from trail
),
-- The strongest of parallel links; of equal ones the first.
strongest as (
    select
        supplier, buyer, min(link) filter (where live) as live_link, arg_min(weight, link) filter (where live) as live_weight, min(link) as any_link,
        arg_min(weight, link) as any_weight
    from (select *, cost::hugeint * 1099511627776 + link_no as link from hop)
    semi join walked using (supplier, buyer)
    group by supplier, buyer
),
linked as (
    select
        path_no, list((case when walked.live then live_link else any_link end & 1099511627775)::bigint order by place) as links,
        product(case when walked.live then live_weight else any_weight end order by place) as weight
    from walked
    join strongest using (supplier, buyer)
    group by path_no
)
select
    case when getvariable('reach_down') then start else node end as anchor, tiers, case when getvariable('reach_down') then node else start end as buyer,
    len(links)::integer as tier, live, weight * getvariable('reach_decay') ** (len(links) - 1) as proximity, links
from goal
join linked using (path_no);
