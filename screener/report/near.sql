-- One more round of the stakes and deliveries around an entity, of any date: the candidates for subgraph.sql.
-- in:  near (node, direction, depth, round, fact_id), stake_link, supply_link; $round, $hops (stakes up and down),
--      $tiers (deliveries)
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
    select node, onward as direction, case when onward = direction then depth + 1 else 1 end as depth
    from frontier
    cross join (select unnest(['up', 'down', 'supply']) as onward)
    where (direction in ('self', onward) or (direction = 'down' and onward = 'supply'))
        and (direction <> onward or depth < case when onward = 'supply' then $tiers else $hops end)
),
step as (
    select s.owner as node, a.direction, a.depth, s.fact_id
    from stake_link as s join asked as a on a.direction = 'up' and a.node = s.owned
    union all
    select s.owned, a.direction, a.depth, s.fact_id
    from stake_link as s join asked as a on a.direction = 'down' and a.node = s.owner
    union all
    select s.supplier, a.direction, a.depth, s.fact_id
    from supply_link as s join asked as a on a.direction = 'supply' and a.node = s.buyer
)
select node, direction, depth, $round, fact_id from step
