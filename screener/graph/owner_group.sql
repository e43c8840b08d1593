-- The groups of owners as numbers.
-- in:  owner_group (group_id, entity_id), node
-- out: group_number (group_no, group_id), seed (group_no, node)

create or replace temp table group_number as
select (row_number() over (order by group_id) - 1)::integer as group_no, group_id
from (select distinct group_id from owner_group);

create or replace temp table seed as
select distinct g.group_no, n.node
from owner_group as o
join group_number as g using (group_id)
join node as n using (entity_id);
