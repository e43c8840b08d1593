-- Every Korean company, and the entities in findings, with names and numbers: for pages, search and screening.
-- in:  entity, entity_name, identifier; $ids: the entities in findings
-- out: entity_id, kind, country, name, name_ko, market, status, successor_id, names (list; every other name as written,
--      in order), numbers (list; ISINs, stock codes, corp codes and so on that belong to it now, or did last)
-- A number that two companies had one after the other belongs to the one that has it now, or had it last.
with borne as (
    select
        entity_id, value, valid_to,
        bool_or(valid_to is null) over number as is_current,
        max(valid_to) over number as last_day
    from identifier
    where scheme in ('isin', 'krx', 'dart', 'lei', 'brn', 'crn', 'cusip')
    window number as (partition by scheme, value)
),
numbers as (
    select entity_id, list(distinct value order by value) as numbers
    from borne
    where valid_to is null or (not is_current and valid_to = last_day)
    group by entity_id
),
named as (
    select entity_id, name from entity_name
    union
    select entity_id, unnest([name_local, name_ko]) from entity
),
names as (
    select entity_id, list(distinct named.name order by named.name) as names
    from named
    join entity using (entity_id)
    where named.name is not null and named.name is distinct from entity.name
    group by entity_id
)
select
    entity_id, kind, country, name, name_ko, market, status, successor_id,
    coalesce(names, []) as names,
    coalesce(numbers, []) as numbers
from entity
left join names using (entity_id)
left join numbers using (entity_id)
where (kind = 'company' and country = 'KR') or entity_id in (select unnest($ids::varchar[]))
order by entity_id
