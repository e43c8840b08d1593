-- Who answers for whom, with the ids that everybody else knows them by.
-- in:  holding (owner, owned, share_min, share_max, controls, proximity, edge_nos), node, stake, graph_parameter
--      (max_hops)
-- out: effective_ownership (owner_id, owned_id, share_min, share_max, controls, proximity, hops, edge_ids): one row a
--      pair, or two (see holding.sql); edge_ids leads from the owner down, and has every statement of a stake

create or replace temp table effective_ownership as
with walked as (
    select owner, owned, controls, unnest(edge_nos) as edge_no, generate_subscripts(edge_nos, 1) as place
    from holding
),
named as (
    select w.owner, w.owned, w.controls, flatten(list(e.edge_ids order by w.place)) as edge_ids
    from walked as w
    join stake as e using (edge_no)
    group by w.owner, w.owned, w.controls
)
select
    a.entity_id as owner_id, b.entity_id as owned_id, h.share_min, h.share_max, h.controls,
    h.proximity, len(h.edge_nos) as hops, n.edge_ids
from holding as h
join named as n using (owner, owned, controls)
join node as a on a.node = h.owner
join node as b on b.node = h.owned
cross join graph_parameter as p
where len(h.edge_nos) <= p.max_hops
order by owner_id, owned_id, controls;
