-- Every Korean company with its names and numbers, for the search and for screening in the browser.
-- in:  entity, entity_name, identifier
-- out: entity_id, name, name_ko, market, status, successor_id, aliases (list; other names, in order),
--      numbers (list; ISINs, stock codes, corp codes and so on that lead to it now, or led to it last)
-- A number that was given to two companies one after the other belongs to the one that bears it now, or bore it last.
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
    select entity_id, entity_name.name
    from entity_name
    union
    select entity_id, name_local
    from entity
),
aliases as (
    select entity_id, list(distinct named.name order by named.name) as aliases
    from named
    join entity using (entity_id)
    where named.name is not null
        and named.name is distinct from entity.name and named.name is distinct from entity.name_ko
    group by entity_id
)
select
    entity_id, name, name_ko, market, status, successor_id,
    coalesce(aliases, []) as aliases,
    coalesce(numbers, []) as numbers
from entity
left join aliases using (entity_id)
left join numbers using (entity_id)
where kind = 'company' and country = 'KR'
order by entity_id
