-- The firms that joined a group of listed owners, with the routes and the stakes that made them join.
-- in:  member, vote (of command.py), listed_group (see listed_group.sql), stake, owning_edge, node
-- out: owned_by_listed (list_id, live, test_id, entity_id, anchor_id, share, sure, edge_ids, stake_ids), as in owned.py

create or replace temp table owned_by_listed as
with recursive up as (
    -- The chain of command that leads up from each member; that of a listed entity is empty.
    select group_no, node as finish, node, round, []::bigint[] as edge_nos, [node] as nodes
    from member
    union all
    select u.group_no, u.finish, m.origin, o.round, list_prepend(s.edge_no, u.edge_nos), list_prepend(m.origin, u.nodes)
    from up as u
    join member as m on m.group_no = u.group_no and m.node = u.node
    join member as o on o.group_no = u.group_no and o.node = m.origin
    join stake as s on s.owner = m.origin and s.owned = u.node
    where u.round > 0
),
counted as (
    select v.*, s.edge_no
    from vote as v
    join member as m on m.group_no = v.group_no and m.node = v.owned and m.round > 0
    join stake as s on s.owner = v.owner and s.owned = v.owned
    where v.low > 0 or v.operated
),
route as (
    select c.group_no, c.owned as finish, u.nodes[1] as top, c.sure, list_append(u.edge_nos, c.edge_no) as edge_nos
    from counted as c
    join up as u on u.group_no = c.group_no and u.finish = c.owner and u.round = 0
    where not list_contains(u.nodes, c.owned)
    qualify row_number() over (
        partition by c.group_no, c.owned, u.nodes[1] order by c.sure desc, c.low desc, len(u.edge_nos), edge_nos
    ) = 1
),
together as (
    select c.group_no, c.owned as finish, least(sum(c.low) / 1e15, 1) as share, list(e.edge_id order by c.low desc, e.edge_id) as stake_ids
    from counted as c
    join owning_edge as e using (edge_no)
    group by c.group_no, c.owned
),
walked as (
    select group_no, finish, top, sure, unnest(edge_nos) as edge_no, generate_subscripts(edge_nos, 1) as place
    from route
),
named as (
    select w.group_no, w.finish, w.top, w.sure, flatten(list(e.told_ids order by w.place)) as edge_ids
    from walked as w
    join owning_edge as e using (edge_no)
    group by w.group_no, w.finish, w.top, w.sure
)
select g.list_id, g.live, g.test_id, f.entity_id, t.entity_id as anchor_id, c.share, n.sure, n.edge_ids, c.stake_ids
from named as n
join listed_group as g using (group_no)
join together as c using (group_no, finish)
join node as f on f.node = n.finish
join node as t on t.node = n.top
order by all;
