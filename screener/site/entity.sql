-- The entities in findings, with all their names.
-- in:  entity, entity_name; $ids: entity ids
-- out: entity_id, kind, country, name, name_ko, names (list; every name as written, in order)
with asked as (select unnest($ids::varchar[]) as entity_id),
named as (
    select entity_id, name from entity_name
    union
    select entity_id, name_local from entity
    union
    select entity_id, name_ko from entity
)
select
    entity.entity_id, kind, country, entity.name, entity.name_ko,
    coalesce(
        list(distinct named.name order by named.name) filter (where named.name is distinct from entity.name),
        []
    ) as names
from entity
join asked using (entity_id)
left join named on named.entity_id = entity.entity_id and named.name is not null
group by all
order by entity.entity_id
