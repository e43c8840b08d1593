-- The share that each holder has in each firm below it, by which route, and whether it controls the firm.
-- in:  spread, summed, holder_member (see holding_spread.sql), stake, node, parameter (max_hops)
-- out: holding (owner, owned, share_min, share_max, controls, proximity, edge_nos)
--          edge_nos: from the owner down; under control the chain of control, else the route with the greatest product
--          of shares and confidence. proximity: 1 under control, else the share, where each route is weighted by its
--          confidence relative to that of the route shown
--      effective_ownership (owner_id, owned_id, share_min, share_max, controls, proximity, hops, edge_ids): the same
--          with entity and edge ids; edge_ids has every statement of a stake
-- A controlled firm has a second row, with controls false, where the share held in it has a higher confidence than the
-- chain of control. Pairs below one percent that are neither direct nor controlled are left out: no rule asks for
-- them.

create or replace temp table held_pair as
select
    s.holder, s.node, least(s.low, 1000000000000000)::bigint as low, least(s.high, 1000000000000000)::bigint as high,
    s.likely / 1e15 as likely, (s.best & 1023)::integer as round, m.node is not null as commanded,
    coalesce(s.likely / 1e15 > m.confidence + 1e-9, true) as shared
from summed as s
left join (from holder_member where not is_seed) as m on m.group_no = s.holder and m.node = s.node
where s.high >= 1e13 or (s.best & 1023) = 1 or m.node is not null;

create or replace temp table holding as
with recursive command_edge as (
    select m.group_no as holder, m.node, m.origin, s.edge_no
    from holder_member as m
    join stake as s on s.owner = m.origin and s.owned = m.node
    where not m.is_seed
),
commanded_up as (
    select holder, node as finish, node, []::bigint[] as edge_nos
    from held_pair
    where commanded
    union all
    select u.holder, u.finish, e.origin, list_prepend(e.edge_no, u.edge_nos)
    from commanded_up as u
    join command_edge as e on e.holder = u.holder and e.node = u.node
),
walked_up as (
    select holder, node as finish, node, round, 1.0::double as confidence, []::bigint[] as edge_nos
    from held_pair
    where shared
    union all
    select u.holder, u.finish, (w.best & 2147483647)::integer, u.round - 1, u.confidence * s.confidence,
    list_prepend(s.edge_no, u.edge_nos)
    from walked_up as u
    join spread as w on w.holder = u.holder and w.node = u.node and w.round = u.round
    join stake as s on s.owner = w.best & 2147483647 and s.owned = u.node
),
route as (
    select holder, finish, true as controls, 1.0::double as confidence, edge_nos from commanded_up where node = holder
    union all
    select holder, finish, false, confidence, edge_nos from walked_up where round = 0
)
select
    h.holder as owner, h.node as owned, h.low / 1e15 as share_min, h.high / 1e15 as share_max, r.controls,
    case
        when r.controls then 1
        else coalesce(least(round(h.likely / nullif(r.confidence, 0), 12), 1), 0)
    end as proximity, r.edge_nos
from held_pair as h
join route as r on r.holder = h.holder and r.finish = h.node;

create or replace temp table effective_ownership as
with named as (
    select owner, owned, controls, flatten(list(edge_ids order by place)) as edge_ids
    from (
        select owner, owned, controls, unnest(edge_nos) as edge_no, generate_subscripts(edge_nos, 1) as place
        from holding
    )
    join (select edge_no, edge_ids from stake) using (edge_no)
    group by owner, owned, controls
)
select
    a.entity_id as owner_id, b.entity_id as owned_id, h.share_min, h.share_max, h.controls,
    h.proximity, len(h.edge_nos) as hops, n.edge_ids
from holding as h
join named as n using (owner, owned, controls)
join node as a on a.node = h.owner
join node as b on b.node = h.owned
cross join parameter as p
where len(h.edge_nos) <= p.max_hops
order by owner_id, owned_id, controls;
