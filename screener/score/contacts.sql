-- Which companies were asked for an answer, by whom, and whether they answered by the as-of day.
-- in:  contact, known_source, clock
-- out: entity_id, topic, asked_by, asked_on, deadline, answered_on (null without an answer), source_ids, note and
--      note_ko (null where a source was published later: they may tell what was not known then)
-- Days are texts that may stop at the year or month; these texts sort like their days.
select
    entity_id, topic, asked_by, asked_on, deadline,
    case when answered_on <= cast(least(as_of, known_at) as varchar) then answered_on end as answered_on, source_ids,
    case when all_known then note end as note, case when all_known then note_ko end as note_ko
from (select *, list_has_all((select list(source_id) from known_source), source_ids) as all_known from contact)
cross join clock
where
    asked_on <= cast(least(as_of, known_at) as varchar)
    and (len(source_ids) = 0 or list_has_any(source_ids, (select list(source_id) from known_source)))
order by entity_id, asked_on, topic, asked_by
