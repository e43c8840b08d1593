-- The firms that joined a group of owners, with the route and the stakes that made them join.
-- in:  member, vote (of command), group_number, stake, owning_edge, node
-- out: group_owned (group_id, entity_id, anchor_id, share, edge_ids, stake_ids); see blocked.py

create or replace temp table group_owned as
with recursive up as (
    select group_no, node as finish, node, round, []::bigint[] as edge_nos
    from member
    where round > 0
    union all
    select u.group_no, u.finish, m.origin, o.round, list_prepend(s.edge_no, u.edge_nos)
    from up as u
    join member as m on m.group_no = u.group_no and m.node = u.node
    join member as o on o.group_no = u.group_no and o.node = m.origin
    join stake as s on s.owner = m.origin and s.owned = u.node
    where u.round > 0
),
counted as (
    select v.group_no, v.owned, sum(v.low) / 1e15 as share, list(e.edge_id order by v.low desc, e.edge_id) as stake_ids
    from vote as v
    join stake as s on s.owner = v.owner and s.owned = v.owned
    join owning_edge as e using (edge_no)
    group by v.group_no, v.owned
),
route as (
    select u.group_no, u.finish, u.node as top, unnest(u.edge_nos) as edge_no, generate_subscripts(u.edge_nos, 1) as place
    from up as u
    where u.round = 0
),
named as (
    select r.group_no, r.finish, r.top, flatten(list(e.told_ids order by r.place)) as edge_ids
    from route as r
    join owning_edge as e using (edge_no)
    group by r.group_no, r.finish, r.top
)
select g.group_id, f.entity_id, t.entity_id as anchor_id, least(c.share, 1) as share, n.edge_ids, c.stake_ids
from named as n
join group_number as g using (group_no)
join counted as c on c.group_no = n.group_no and c.owned = n.finish
join node as f on f.node = n.finish
join node as t on t.node = n.top
order by all;
