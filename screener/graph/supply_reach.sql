-- The reached pairs with the ids that everybody else knows them by.
-- in:  reach (anchor, buyer, tier, proximity, live, links), start, node, supply_link (link_no, fact_id); variable supply_max_tiers
-- out: supply_reach grows by (buyer_id, anchor_id, products, max_tiers, tier, proximity, live, edge_ids)

insert into supply_reach
with walked as (
    select anchor, buyer, live, unnest(links) as link_no, generate_subscripts(links, 1) as place
    from reach
),
used as (
    select link_no, fact_id
    from supply_link
    where link_no in (select link_no from walked)
),
named as (
    select w.anchor, w.buyer, w.live, list(u.fact_id order by w.place) as edge_ids
    from walked as w
    join used as u using (link_no)
    group by w.anchor, w.buyer, w.live
)
select b.entity_id, s.anchor_id, s.products, s.max_tiers, r.tier, r.proximity, r.live, n.edge_ids
from reach as r
join start as s on s.node = r.anchor and s.max_tiers = getvariable('supply_max_tiers')
join named as n on n.anchor = r.anchor and n.buyer = r.buyer and n.live = r.live
join node as b on b.node = r.buyer
where b.entity_id <> s.anchor_id;
