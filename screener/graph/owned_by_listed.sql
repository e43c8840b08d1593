-- The firms that count as owned by listed entities under their lists' regimes, with the routes and counted stakes.
-- in:  edge, node, clock, stake, ownership_test (list_id, test_id, threshold, inclusive, aggregate, operators, since,
--      until)
-- out: listed_owner (group_no, node, list_id, live, test_id, threshold, inclusive, operators): all entities on a list
--          form one group where the regime aggregates their holdings, else each forms its own; a list that no test
--          names uses the test of `*`
--      listed_member (see members.sql)
--      owned_by_listed (list_id, live, test_id, entity_id, anchor_id, share, confidence, edge_ids, stake_ids): live is
--          that of the listings; one row for each listed entity that holds a counted part, itself or through firms
--          that it owns; share (0-1) is the total known minimum held by the listed; edge_ids is the strongest route,
--          from the listed entity down, with its confidence (0-1); stake_ids is every counted stake, by size

create or replace temp table listed_owner as
with listed as (
    select distinct node, to_id[6:] as list_id, live
    from edge
    join node on entity_id = from_id
    where relation = 'listed_on'
),
tested as (
    select l.*, t.* exclude (list_id, since, until)
    from listed as l
    join ownership_test as t
        on t.list_id = case when l.list_id in (select list_id from ownership_test) then l.list_id else '*' end
    join clock on coalesce(t.since <= as_of, true) and coalesce(t.until >= as_of, true)
    where t.threshold is not null
)
select
    (dense_rank() over (order by list_id, live, case when not aggregate then node end) - 1)::integer as group_no,
    * exclude (aggregate)
from tested;

create or replace temp table listed_member as
from members('listed_owner');

create or replace temp table owned_by_listed as
with recursive listed_group as (
    select distinct group_no, list_id, live, test_id, operators from listed_owner
),
up as (
    -- The chain of control that leads up from each member; that of a listed entity is empty.
    select group_no, node as finish, node, is_seed, []::varchar[] as edge_ids, [node] as nodes
    from listed_member
    union all
    select u.group_no, u.finish, m.origin, o.is_seed, list_concat(s.edge_ids, u.edge_ids),
    list_prepend(m.origin, u.nodes)
    from up as u
    join listed_member as m on m.group_no = u.group_no and m.node = u.node
    join listed_member as o on o.group_no = u.group_no and o.node = m.origin
    join stake as s on s.owner = m.origin and s.owned = u.node
    where not u.is_seed
),
counted as (
    select
        o.group_no, s.owned, s.owner, case when g.operators then s.low else s.known_low end as low,
        o.confidence * s.confidence as confidence, s.edge_ids
    from listed_member as m
    join stake as s on s.owned = m.node
    join listed_member as o on o.group_no = m.group_no and o.node = s.owner
    join listed_group as g on g.group_no = m.group_no
    where not m.is_seed and (s.operated and g.operators or case when g.operators then s.low else s.known_low end > 0)
),
named as (
    select c.group_no, c.owned, u.nodes[1] as top, c.confidence, list_concat(u.edge_ids, c.edge_ids) as edge_ids
    from counted as c
    join up as u on u.group_no = c.group_no and u.finish = c.owner and u.is_seed
    where not list_contains(u.nodes, c.owned)
    qualify row_number() over (
        partition by c.group_no, c.owned, u.nodes[1] order by c.confidence desc, c.low desc, len(u.nodes),
        list_concat(u.edge_ids, c.edge_ids)
    ) = 1
),
together as (
    select
        group_no, owned, least(sum(low) / 1e15, 1) as share,
        list(edge_ids[1] order by low desc, edge_ids[1]) as stake_ids
    from counted
    group by group_no, owned
)
select
    g.list_id, g.live, g.test_id, f.entity_id, t.entity_id as anchor_id, c.share, n.confidence, n.edge_ids, c.stake_ids
from named as n
join listed_group as g using (group_no)
join together as c using (group_no, owned)
join node as f on f.node = n.owned
join node as t on t.node = n.top
order by all;
