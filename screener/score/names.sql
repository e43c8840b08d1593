-- The names that a report needs, in addition to those of the edges.
-- in:  subject, finding, response, entity
-- out: entity_id, name, name_ko
select entity_id, name, name_ko
from entity
where entity_id in (
    select entity_id from subject
    union all
    select unnest([anchor_id, actor_id]) from finding
    union all
    select entity_id from response
)
order by entity_id
