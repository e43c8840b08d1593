-- Every name of every entity, each written form once, main names first.
-- in:  entity (entity_id, name, name_ko, name_local, country, market), entity_name (entity_id, name, kind)
-- out: entity_id, name, kind (primary, alias, former, brand, transcription), label (main name), country,
--      listed (whether a Korean market is known on which its shares trade)
with written as (
    select entity_id, name, 'primary' as kind, 0 as place from entity
    union all
    select entity_id, name_ko, 'primary', 1 from entity
    union all
    select entity_id, name_local, 'primary', 2 from entity
    union all
    select entity_id, name, coalesce(kind, 'alias'), 3 from entity_name
),
once as (
    select entity_id, name, arg_min(kind, place) as kind, min(place) as place
    from written
    where name is not null and trim(name) <> ''
    group by entity_id, name
)
select
    entity_id::varchar as entity_id,
    once.name::varchar as name,
    once.kind::varchar as kind,
    coalesce(entity.name, entity.name_ko, entity.name_local, entity_id)::varchar as label,
    entity.country::varchar as country,
    entity.market is not null as listed
from once
join entity using (entity_id)
order by entity_id, once.place, once.name
