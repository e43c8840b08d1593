-- The stakes and deliveries that may stand around one entity, whenever they were so: those that subgraph.sql looks at.
-- in:  node, stake_link, supply_link; variables near_id, near_hops (stakes up and down), near_tiers (deliveries)
-- out: fact_id

with recursive step as (
    select owned as here, owner as there, 'up' as way, fact_id from stake_link
    union all
    select owner, owned, 'down', fact_id from stake_link
    union all
    select buyer, supplier, 'supply', fact_id from supply_link
),
near as (
    select node, 'self' as way, 0 as depth, null::varchar as fact_id
    from node
    where entity_id = getvariable('near_id')
    union
    select s.there, s.way, case when s.way <> n.way then 1 else n.depth + 1 end, s.fact_id
    from near as n
    join step as s on s.here = n.node
    where (n.way = 'self' or s.way = n.way or (n.way = 'down' and s.way = 'supply'))
        and (s.way <> n.way or n.depth < case when s.way = 'supply' then getvariable('near_tiers') else getvariable('near_hops') end)
)
select distinct fact_id
from near
where fact_id is not null
