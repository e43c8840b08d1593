-- Which fetched entities are the same as an embedded one, or as one another, as of one moment.
-- in:  main.entity, main.identifier; fetched.entity, fetched.identifier, fetched.name_match;
--      joining_rank (origin, rank); joining_moment (moment)
-- out: joining (fetched_id, entity_id, matched_by): only those that are joined to another id
-- A shared identifier joins; one that several embedded entities share proves nothing. Then a certain match of names
-- joins, if the country agrees, no identifier contradicts, and no other entity of the same source has that name.

create or replace temp table live_entity as
select e.entity_id, e.country, e.origin, rank, e.entity_id in (select entity_id from main.entity) as embedded
from fetched.entity as e
join joining_rank using (origin)
cross join joining_moment
where system_from <= moment and system_to > moment;

create or replace temp table live_number as
select distinct entity_id, scheme, value
from fetched.identifier
cross join joining_moment
where system_from <= moment and system_to > moment and valid_to is null
    and scheme in ('dart', 'crn', 'lei', 'isin', 'krx', 'uscc', 'brn', 'ofac');

-- The same name in the same country is as good as an identifier between two sources, where each has it once. A single
-- source has nothing to be compared with; this is a table of its own, so that the planner sees that it is empty and
-- reads no names.
create or replace temp table compared_origin as
select distinct origin from live_entity where (select count(distinct origin) from live_entity) > 1;

create or replace temp table compared_name as
select entity_id, origin, name
from fetched.entity_name
semi join compared_origin using (origin)
cross join joining_moment
where kind = 'primary' and system_from <= moment and system_to > moment;

create or replace temp table shared_name as
select 'name:' || country || ':' || plain as number, entity_id
from (
    select distinct
        n.entity_id, n.origin,
        coalesce(e.country, case when regexp_matches(n.name, '[가-힣]') then 'KR' end) as country,
        regexp_replace(regexp_replace(lower(n.name), '\(주\)|㈜|주식회사|\(유\)|유한회사', '', 'g'),
            '[^\p{L}\p{N}]', '', 'g') as plain
    from compared_name as n
    join live_entity as e on e.entity_id = n.entity_id and e.origin = n.origin
)
where country is not null and length(plain) > 2
qualify count(distinct entity_id) over (partition by origin, country, plain) = 1
    and count(distinct origin) over (partition by country, plain) > 1;

-- Only identifiers that several entities share can join anything: everything after this is small.
create or replace temp table shared_number as
with borne as (
    select entity_id, scheme, value, false as embedded from live_number
    union all
    select entity_id, scheme, value, true from main.identifier where valid_to is null
        and scheme in (select distinct scheme from live_number)
)
select scheme || ':' || value as number, scheme, entity_id, bool_or(embedded) as embedded
from borne
semi join (select scheme, value from borne group by scheme, value having min(entity_id) <> max(entity_id))
    using (scheme, value)
group by number, scheme, entity_id
union all by name
select number, 'name' as scheme, entity_id, false as embedded from shared_name;

create or replace temp table to_embedded as
select fetched_id, entity_id, matched_by
from (
    select f.entity_id as fetched_id, e.entity_id, f.scheme as matched_by
    from shared_number as f
    join (
        select number, min(entity_id) as entity_id from shared_number where embedded
            group by number having count(distinct entity_id) = 1
    ) as e using (number)
    where not f.embedded and f.scheme <> 'name' and f.entity_id not in (select entity_id from main.entity)
)
qualify row_number() over (
    partition by fetched_id
    order by list_position(['dart', 'crn', 'lei', 'isin', 'krx', 'uscc', 'brn', 'ofac'], matched_by), entity_id
) = 1;

-- The few pairs that names alone would join. This is a table of its own, because the planner, which has no statistics
-- on rows just written, would otherwise start by comparing all identifiers of a kind.
create or replace temp table by_name_open as
select m.origin, m.fetched_id, m.entity_id
from fetched.name_match as m
join live_entity as f on f.entity_id = m.fetched_id and f.origin = m.origin
join main.entity as e on e.entity_id = m.entity_id
where not f.embedded
    and (f.country is null or e.country is null or f.country = e.country)
    and m.fetched_id not in (select fetched_id from to_embedded);

create or replace temp table by_name_number as
select o.fetched_id, o.entity_id, n.scheme, n.value
from live_number as n
join by_name_open as o on o.fetched_id = n.entity_id
where n.scheme in ('dart', 'crn', 'lei', 'uscc', 'ofac');

-- A name does not join entities with different identifiers of the same kind.
create or replace temp table by_name as
with contradicted as (
    select distinct n.fetched_id, n.entity_id
    from by_name_number as n
    join main.identifier as i on i.entity_id = n.entity_id and i.scheme = n.scheme and i.valid_to is null
        and i.value <> n.value
)
select fetched_id, min(entity_id) as entity_id
from (
    select * from by_name_open anti join contradicted using (fetched_id, entity_id)
    qualify count(distinct fetched_id) over (partition by origin, entity_id) = 1
)
group by fetched_id
having count(distinct entity_id) = 1;

-- Fetched entities that share an identifier take the id of the best source; three rounds suffice for three
-- sources.
create or replace temp table label as
select
    s.entity_id as fetched_id, coalesce(any_value(t.entity_id), any_value(b.entity_id)) as entity_id,
    coalesce(any_value(t.matched_by), case when any_value(b.entity_id) is not null then 'name' end) as matched_by,
    min(coalesce(l.rank, 99)) as rank
from (select entity_id from live_entity where not embedded) as s
join live_entity as l using (entity_id)
left join to_embedded as t on t.fetched_id = s.entity_id
left join by_name as b on b.fetched_id = s.entity_id
where s.entity_id in (select entity_id from shared_number) or t.fetched_id is not null or b.fetched_id is not null
group by s.entity_id;

create or replace temp table joining as
with recursive reached(fetched_id, other_id, hops) as (
    select fetched_id, fetched_id, 0 from label
    union
    select r.fetched_id, other.entity_id, hops + 1
    from reached as r
    join shared_number as own on own.entity_id = r.other_id and not own.embedded
    join shared_number as other on other.number = own.number and not other.embedded and other.entity_id <> r.other_id
    where hops < 3
),
best as (
    select
        r.fetched_id,
        arg_min(
            {entity_id: coalesce(l.entity_id, r.other_id), matched_by: coalesce(l.matched_by, 'record')},
            (l.entity_id is null, hops * (l.entity_id is not null)::int, l.rank, r.other_id)
        ) as same
    from reached as r
    join label as l on l.fetched_id = r.other_id
    group by r.fetched_id
)
select fetched_id, same.entity_id, same.matched_by
from best
where fetched_id <> same.entity_id;
