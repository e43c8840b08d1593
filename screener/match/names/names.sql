-- Every name of every entity, each written form once, main names first.
-- in:  entity, entity_name;
--      $country: names of foreign companies only if they may be meant; if null, all. A company is at home if it is of
--      the country or its shares trade there. A name may be meant if it begins with one of the groups of three
--      characters in $starts (blanks between) or matches $otherwise (a regular expression, see forms.opening)
-- out: entity_id, name, kind (primary, alias, former, brand, transcription), label (main name), country,
--      listed (on a Korean market), merged (into a listed company), sought (whether at home), by entity_id
-- The main name is separate: it needs no grouping, and most companies of a large registry have no other.
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
    select entity_id, name, 'primary' as kind, 0 as place from entity where name is not null
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
    coalesce(entity.successor_id in (select entity_id from entity where market is not null), false) as merged,
    $country is null or coalesce(entity.country = $country, false) or entity.market is not null as sought
from named
join entity using (entity_id)
where
    trim(named.name) <> ''
    and (
        sought
        or upper(left(named.name, 3)) in (select unnest(string_split($starts, ' ')))
        or regexp_matches(named.name, $otherwise)
    )
order by sought desc, entity_id, named.place, named.name
