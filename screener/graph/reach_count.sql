-- How many (start, node) pairs one way of spreading has to look at, counted without forming them.
-- in:  walk_hop, state (the starts), variable reach_tiers
-- out: one number

with recursive spread as (
    select node, 1.0::double as ways, 0 as tier from state
    union all
    select h.head, sum(s.ways), s.tier + 1
    from spread as s
    join walk_hop as h on h.tail = s.node
    where s.tier + 1 + h.far <= getvariable('reach_tiers')
    group by h.head, s.tier
)
select coalesce(sum(ways), 0) from spread where tier > 0;
