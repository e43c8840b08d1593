-- Describes companies and the companies that they were merged into, step by step.
-- in:  entity (entity_id, name, name_ko, successor_id), identifier (entity_id, scheme, valid_to); $ids: entity ids
-- out: entity_id, label (main name), successor_id, delisted (day on which the last of its stock codes ended; null while
--      one is valid, or if it has none), by entity_id
with recursive followed as (
    select unnest($ids::varchar[]) as entity_id
    union
    select entity.successor_id from followed join entity using (entity_id) where entity.successor_id is not null
),
code as (
    select entity_id, case when count(*) = count(valid_to) then max(valid_to)::date end as ended
    from identifier
    where scheme = 'krx' and entity_id in (select entity_id from followed)
    group by entity_id
)
select entity_id, coalesce(name, name_ko, entity_id) as label, successor_id, code.ended as delisted
from followed
join entity using (entity_id)
left join code using (entity_id)
order by entity_id
