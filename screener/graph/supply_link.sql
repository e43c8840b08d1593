-- The supply facts as links between numbered nodes, as of the clocks; places and products stand in as suppliers of their own.
-- in:  supply_link (see store/numbered.sql), told_set, node, entity, region_share, graph_parameter, anchor (anchor_id, products, max_tiers),
--      buyer (buyer_id); macro known_end, variable graph_as_of
-- out: start (node, anchor_id, products, max_tiers): where a path may end; extra_link and the view link (link_no, buyer, supplier, weight,
--      sure, live, tie); reach_buyer (node); variable supply_nodes
-- A delivery whose goods come from a region is one from the region's place as well; a Chinese delivery of unknown origin is one from the
-- place with the region's share in China's output of that product for a factor. An anchor that counts for some products only is
-- a node of its own, from which only the deliveries of these products lead.

set variable supply_given = (select p from graph_parameter as p);

-- The day of an end and of the last confirmation are those of edge.sql; what they take away is that of score/findings.py.
create or replace temp view dated_link as
with known as (
    select
        link_no, buyer, supplier, input_share, tie, hs_code, origin_region,
        known_end(valid_from, valid_to, vague_end, end_known, end_known_on) as known_end,
        least(coalesce(confirmed_on, newest), last_told_on) as seen_on,
        sure * case when disputed then getvariable('supply_given').disputed else 1 end as sure
    from (from supply_link where on_path(supplier, buyer))
    join told_set using (source_set)
    where valid_from <= getvariable('graph_as_of')
),
lived as (
    select *, coalesce(known_end >= getvariable('graph_as_of'), true) as live
    from known
)
select
    link_no, buyer, supplier, coalesce(input_share, getvariable('supply_given').unknown_input_share) as weight,
    sure * case
        when not live then 0.5::double ** (datediff('day', known_end, getvariable('graph_as_of')) / getvariable('supply_given').ended_half_life)
        else greatest(
            0.5::double ** (
                greatest(datediff('day', seen_on, getvariable('graph_as_of')) - getvariable('supply_given').unconfirmed_grace, 0)
                / getvariable('supply_given').unconfirmed_half_life
            ),
            getvariable('supply_given').unconfirmed_floor
        )
    end as sure,
    live, tie, hs_code, origin_region
from lived;

create or replace temp table start as
select
    case
        when a.products is null then n.node
        else (row_number() over (partition by a.products is null order by n.node, a.products) - 1 + (select count(*) from node))::integer
    end as node,
    n.node as place_node, a.anchor_id, a.products, a.max_tiers
from anchor as a
join node as n on n.entity_id = a.anchor_id
order by all;

set variable supply_nodes = (select count(*) from node) + (select count(*) from start where products is not null);

create or replace temp table place_link as
with place as (
    select distinct s.place_node as node, e.region
    from start as s
    join entity as e on e.entity_id = s.anchor_id
    where e.kind = 'place' and e.region is not null
),
usual_origin as (
    select p.node, p.region, hs_code as family, max(share_max) as weight
    from region_share
    join place as p using (region)
    where share_of = 'CN' and hs_code is not null
    group by all
),
-- The few goods in question first: a delivery of any other is then passed over by its code.
usual as (
    select c.hs_code, u.node, u.region, max(u.weight) as weight
    from (select distinct hs_code from supply_link) as c
    join usual_origin as u on starts_with(c.hs_code, u.family)
    group by all
)
select l.link_no, l.buyer, p.node as supplier, l.weight, l.sure, l.live, l.tie, l.hs_code
from dated_link as l
join place as p on p.region = l.origin_region
where l.supplier <> p.node
union all
select l.link_no, l.buyer, u.node, l.weight * max(u.weight), any_value(l.sure), any_value(l.live), any_value(l.tie), any_value(l.hs_code)
from dated_link as l
join usual as u using (hs_code)
join node as n on n.node = l.supplier
join entity as e on e.entity_id = n.entity_id and e.country = 'CN'
where l.origin_region is null and e.region is distinct from u.region
group by l.link_no, l.buyer, u.node, l.weight;

create or replace temp table extra_link as
select link_no, buyer, supplier, weight, sure, live, tie from place_link
union all
select l.link_no, l.buyer, s.node, l.weight, l.sure, l.live, l.tie
from start as s
join (select * exclude (origin_region) from dated_link union all from place_link) as l on l.supplier = s.place_node
where s.products is not null and len(list_filter(string_split(s.products, ' '), lambda family: starts_with(l.hs_code, family))) > 0;

create or replace temp view link as
select link_no, buyer, supplier, weight, sure, live, tie from dated_link
union all
from extra_link
where on_path(supplier, buyer);

create or replace temp view link_end as
select buyer, supplier from supply_link
union all
select buyer, supplier from extra_link;

create or replace temp table reach_buyer as
select distinct n.node
from buyer as b
join node as n on n.entity_id = b.buyer_id;
