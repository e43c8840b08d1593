-- Describes companies and the companies that they were merged into, step by step.
-- in:  entity (entity_id, name, name_ko, successor_id), identifier (entity_id, scheme, valid_to); $ids: entity ids
-- out: entity_id, label (main name), delisted (day on which the last of its stock codes ended; null while one is valid,
--      or if it has none), final_id (its last successor, or itself), by entity_id
with recursive followed as (
    select entity_id as asked, entity_id, successor_id, 0 as step
    from (select unnest($ids::varchar[]) as entity_id)
    join entity using (entity_id)
    union all
    select asked, e.entity_id, e.successor_id, step + 1
    from followed
    join entity as e on e.entity_id = followed.successor_id
    where step < 8
),
code as (
    select entity_id, case when count(*) = count(valid_to) then max(valid_to)::date end as ended
    from identifier
    where scheme = 'krx' and entity_id in (select entity_id from followed)
    group by entity_id
)
select distinct on (entity_id)
    entity_id, coalesce(name, name_ko, entity_id) as label, code.ended as delisted, final_id
from followed
join (select asked, arg_max(entity_id, step) as final_id from followed group by asked) using (asked)
join entity using (entity_id)
left join code using (entity_id)
order by entity_id, step
