-- The listed entities as groups of owners, each with the test of its list's regime.
-- in:  edge, node, clock, ownership_test (list_id, test_id, threshold, inclusive, aggregate, operators, since, until)
-- out: listed_group (group_no, list_id, live, test_id); seed and group_rule (see member.sql)
-- All entities on a list are one group where the regime adds their holdings up, else each is one of its own. A list
-- that no test names goes by the test of `*`.

create or replace temp table listed_owner as
with listed as (
    select distinct from_id as entity_id, to_id[6:] as list_id, live
    from edge
    where relation = 'listed_on'
),
in_force as (
    select t.*
    from ownership_test as t
    join clock on coalesce(t.since <= as_of, true) and coalesce(t.until >= as_of, true)
),
tested as (
    select l.*, t.* exclude (list_id, since, until)
    from listed as l
    join in_force as t
        on t.list_id = case when l.list_id in (select list_id from ownership_test) then l.list_id else '*' end
    where t.threshold is not null
)
select
    (dense_rank() over (order by list_id, live, case when not aggregate then entity_id end) - 1)::integer as group_no,
    list_id, live, test_id, threshold, inclusive, operators, n.node
from tested
join node as n using (entity_id);

create or replace temp table listed_group as
select distinct group_no, list_id, live, test_id from listed_owner;

create or replace temp table seed as
select distinct group_no, node from listed_owner;

create or replace temp table group_rule as
select distinct group_no, threshold, inclusive, operators from listed_owner;
