-- The reached pairs with their entity and edge ids.
-- in:  reach (anchor, tiers, buyer, tier, proximity, live, links), start (see supply_start.sql), supply_link, node
-- out: supply_reach (buyer_id, anchor_id, products, max_tiers, tier, proximity (0-1), live, edge_ids: from the buyer up
--      to the anchor), sorted

create or replace temp table supply_reach as
with step as materialized (
    select anchor, tiers, buyer, live, unnest(links) as link_no, generate_subscripts(links, 1) as place from reach
),
named as (
    select s.anchor, s.tiers, s.buyer, s.live, list(l.fact_id order by s.place) as edge_ids
    from step as s
    join (
        select link_no, fact_id from supply_link where link_no in (select link_no from step)
    ) as l using (link_no)
    group by s.anchor, s.tiers, s.buyer, s.live
)
select b.entity_id as buyer_id, s.anchor_id, s.products, s.asked_tiers as max_tiers, r.tier, r.proximity, r.live,
n.edge_ids
from reach as r
join start as s on s.node = r.anchor and s.tiers = r.tiers
join named as n on n.anchor = r.anchor and n.tiers = r.tiers and n.buyer = r.buyer and n.live = r.live
join node as b on b.node = r.buyer
where b.entity_id <> s.anchor_id
order by all;
