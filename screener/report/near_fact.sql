-- One further round of stakes and deliveries that may ever have stood around an entity: those subgraph.sql looks at.
-- in:  near (node, way, depth, round), stake_link, supply_link; variables near_round, near_hops (stakes up and down),
--      near_tiers (deliveries)
-- out: near grows by the nodes of this round, near_fact (fact_id) by what leads to them
-- The frontier is small and the links are many: each round scans them beside a small table, without recursion over all.

create or replace temp table near_step as
with frontier as (
    select node, way, depth from near where round = getvariable('near_round') - 1
),
onward as (
    select
        node, step_way as way, case when step_way = way then depth + 1 else 1 end as depth,
        case when step_way = 'supply' then getvariable('near_tiers') else getvariable('near_hops') end as most
    from frontier
    cross join (select unnest(['up', 'down', 'supply']) as step_way)
    where way in ('self', step_way) or (way = 'down' and step_way = 'supply')
),
asked as (
    from onward where depth <= most
)
select s.owner as node, a.way, a.depth, s.fact_id
from stake_link as s join asked as a on a.way = 'up' and a.node = s.owned
union all
select s.owned, a.way, a.depth, s.fact_id from stake_link as s join asked as a on a.way = 'down' and a.node = s.owner
union all
select s.supplier, a.way, a.depth, s.fact_id
from supply_link as s join asked as a on a.way = 'supply' and a.node = s.buyer;

insert into near_fact
select fact_id from near_step;

insert into near
select distinct node, way, depth, getvariable('near_round')
from near_step as s
where not exists (from near as n where n.node = s.node and n.way = s.way and n.depth <= s.depth);
