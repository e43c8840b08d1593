-- Which companies were asked for an answer, by whom, and whether they answered by the as-of day.
-- in:  contact, known_set, clock
-- out: entity_id, topic, asked_by, asked_on, deadline, answered_on (null without an answer), source_ids, note and
--      note_ko (null where a source was published later: they may tell what was not known then)
-- Days are texts that may stop at the year or month; these texts sort like their days.
select
    entity_id, topic, asked_by, asked_on, deadline,
    case when answered_on <= cast(least(as_of, known_at) as varchar) then answered_on end as answered_on, c.source_ids,
    case when coalesce(all_known, true) then note end as note,
    case when coalesce(all_known, true) then note_ko end as note_ko
from contact as c
join clock on asked_on <= cast(least(as_of, known_at) as varchar)
left join known_set as k on k.source_ids = c.source_ids and k.end_source_ids = []
where len(c.source_ids) = 0 or k.source_set is not null
order by entity_id, asked_on, topic, asked_by
