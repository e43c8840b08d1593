-- The firms that joined a group of listed owners, with the routes and the stakes that made them join.
-- in:  member, listed_group, group_rule (see listed_group.sql), stake, node
-- out: owned_by_listed (list_id, live, test_id, entity_id, anchor_id, share, sure, edge_ids, stake_ids), as in owned.py

create or replace temp table owned_by_listed as
with recursive up as (
    -- The chain of command that leads up from each member; that of a listed entity is empty.
    select group_no, node as finish, node, is_seed, []::varchar[] as edge_ids, [node] as nodes
    from member
    union all
    select u.group_no, u.finish, m.origin, o.is_seed, list_concat(s.edge_ids, u.edge_ids),
    list_prepend(m.origin, u.nodes)
    from up as u
    join member as m on m.group_no = u.group_no and m.node = u.node
    join member as o on o.group_no = u.group_no and o.node = m.origin
    join stake as s on s.owner = m.origin and s.owned = u.node
    where not u.is_seed
),
counted as (
    select
        o.group_no, s.owned, s.owner, case when r.operators then s.low else s.known_low end as low,
        o.sure * s.sure as sure, s.edge_ids
    from member as m
    join stake as s on s.owned = m.node
    join member as o on o.group_no = m.group_no and o.node = s.owner
    join group_rule as r on r.group_no = m.group_no
    where not m.is_seed and (s.operated and r.operators or case when r.operators then s.low else s.known_low end > 0)
),
named as (
    select c.group_no, c.owned as finish, u.nodes[1] as top, c.sure, list_concat(u.edge_ids, c.edge_ids) as edge_ids
    from counted as c
    join up as u on u.group_no = c.group_no and u.finish = c.owner and u.is_seed
    where not list_contains(u.nodes, c.owned)
    qualify row_number() over (
        partition by c.group_no, c.owned, u.nodes[1] order by c.sure desc, c.low desc, len(u.nodes),
        list_concat(u.edge_ids, c.edge_ids)
    ) = 1
),
together as (
    select
        group_no, owned as finish, least(sum(low) / 1e15, 1) as share,
        list(edge_ids[1] order by low desc, edge_ids[1]) as stake_ids
    from counted
    group by group_no, owned
)
select g.list_id, g.live, g.test_id, f.entity_id, t.entity_id as anchor_id, c.share, n.sure, n.edge_ids, c.stake_ids
from named as n
join listed_group as g using (group_no)
join together as c using (group_no, finish)
join node as f on f.node = n.finish
join node as t on t.node = n.top
order by all;
