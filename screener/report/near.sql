-- One more round of the stakes and deliveries around an entity, as of the day: the walk of subgraph.sql.
-- in:  near (node, direction, depth, round, fact_id), stake_link, supply_link, known_set, clock; $round, $hops (stakes
--      up and down), $tiers (deliveries)
-- out: near grows by this round: each node with the fact that leads to it
-- The frontier is small and the links are many: each round joins them to a small table, without recursion over all.
insert into near
with frontier as (
    select distinct node, direction, depth
    from near as n
    where round = $round - 1 and not exists (
        from near as o where o.node = n.node and o.direction = n.direction and o.depth <= n.depth and o.round < n.round
    )
),
asked as (
    select node as here, onward as direction, case when onward = direction then depth + 1 else 1 end as depth
    from frontier
    cross join (select unnest(['up', 'down', 'supply']) as onward)
    where (direction in ('self', onward) or (direction = 'down' and onward = 'supply'))
        and (direction <> onward or depth < case when onward = 'supply' then $tiers else $hops end)
),
step as (
    select s.owner as node, a.direction, a.depth, s.fact_id, s.source_set, s.valid_from
    from stake_link as s join asked as a on a.direction = 'up' and a.here = s.owned
    union all
    select s.owned, a.direction, a.depth, s.fact_id, s.source_set, s.valid_from
    from stake_link as s join asked as a on a.direction = 'down' and a.here = s.owner
    union all
    select s.supplier, a.direction, a.depth, s.fact_id, s.source_set, s.valid_from
    from supply_link as s join asked as a on a.direction = 'supply' and a.here = s.buyer
)
-- Those that edge.sql makes edges of: known, and begun.
select node, direction, depth, $round, fact_id
from step
semi join known_set using (source_set)
cross join clock
where valid_from <= as_of
