-- Where supply paths may begin, and the deliveries as links between numbered nodes; places and products are
-- suppliers of their own.
-- in:  supply_link and node (see store/numbered.sql), region_share, parameter, anchor (anchor_id, products, max_tiers)
-- out: start (node, place_node, anchor_id, products, tiers, asked_tiers); extra_link (columns of supply_link,
--      factor); supply_end, a view of all deliveries and the extra links (columns of supply_link without fact_id,
--      hs_code and origin_region; factor); near_link.sql leaves out those that have not begun
-- A delivery of goods from a region is also one from the region's place. A Chinese delivery of unknown origin is also
-- one from the place, with the region's share of China's output of that product as a factor. An anchor that counts for
-- some products only is a node of its own, from which only the deliveries of these products lead.

create or replace temp table start as
select
    case
        when a.products is null then n.node
        else (row_number() over (partition by a.products is null order by n.node, a.products) - 1
            + (select count(*) from node))::integer
    end as node,
    n.node as place_node, a.anchor_id, a.products, least(a.max_tiers, p.max_tiers)::integer as tiers,
    a.max_tiers as asked_tiers
from anchor as a
join node as n on n.entity_id = a.anchor_id
cross join parameter as p
order by all;

create or replace temp table extra_link as
with place as (
    select node, region from node where kind = 'place' and region is not null and node in (select place_node from start)
),
usual_origin as (
    select p.node, p.region, hs_code as family, max(share_max) as factor
    from region_share
    join place as p using (region)
    where share_of = 'CN' and hs_code is not null
    group by all
),
-- The few relevant goods first: a delivery of any other is then skipped by its code.
usual as (
    select c.hs_code, u.node, u.region, max(u.factor) as factor
    from (select distinct hs_code from supply_link) as c
    join usual_origin as u on starts_with(c.hs_code, u.family)
    group by all
),
place_link as (
    select l.* replace (p.node as supplier), 1.0::double as factor
    from supply_link as l
    join place as p on p.region = l.origin_region
    where l.supplier <> p.node
    union all
    select l.* replace (u.node as supplier), u.factor
    from supply_link as l
    join usual as u using (hs_code)
    join node as n on n.node = l.supplier and n.country = 'CN'
    where l.origin_region is null and n.region is distinct from u.region
),
of_place as (
    select place_node, node, string_split(products, ' ') as families from start where products is not null
)
from place_link
union all
select l.* replace (s.node as supplier)
from of_place as s
join (
    select *, 1.0::double as factor from supply_link where supplier in (select place_node from of_place)
    union all
    from place_link
) as l on l.supplier = s.place_node
where len(list_filter(s.families, lambda family: starts_with(l.hs_code, family))) > 0;

create or replace temp view supply_end as
select * exclude (fact_id, hs_code, origin_region)
from (select *, 1.0::double as factor from supply_link union all from extra_link);
