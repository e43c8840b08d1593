-- Every name of every entity, each written form once.
-- in:  entity (entity_id, name, name_ko, name_local, country, market), entity_name (entity_id, name, kind);
--      $country: names of companies abroad only where they may be meant, all where it is null. A company is at home if
--      it is of the country or its shares trade there. A name may be meant if it opens as $opens says (a regular
--      expression, see names.opening)
-- out: entity_id, name, kind (primary, alias, former, brand, transcription), label (main name), country,
--      listed (whether it is known to trade on a Korean market), sought (whether at home), place (main names first)
-- The main name is set aside: it needs no grouping, and in a large registry most companies have no other.
with further as (
    select entity_id, name_ko as name, 'primary' as kind, 1 as place from entity
    union all
    select entity_id, name_local, 'primary', 2 from entity
    union all
    select entity_id, name, coalesce(kind, 'alias'), 3 from entity_name
),
once as (
    select entity_id, name, arg_min(kind, place) as kind, min(place) as place
    from further
    where name is not null
    group by entity_id, name
),
named as (
    select entity_id, name, 'primary' as kind, 0 as place
    from entity
    where name is not null
        and ($country is null or country = $country or market is not null or regexp_matches(name, $opens))
    union all
    select once.*
    from once
    anti join entity on entity.entity_id = once.entity_id and entity.name = once.name
)
select
    entity_id::varchar as entity_id,
    named.name::varchar as name,
    named.kind::varchar as kind,
    coalesce(entity.name, entity.name_ko, entity.name_local, entity_id)::varchar as label,
    entity.country::varchar as country,
    entity.market is not null as listed,
    $country is null or coalesce(entity.country = $country, false) or entity.market is not null as sought,
    named.place
from named
join entity using (entity_id)
where
    trim(named.name) <> ''
    and ($country is null or named.place = 0 or entity.country = $country or entity.market is not null
        or regexp_matches(named.name, $opens))
