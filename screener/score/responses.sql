-- What companies answered, and what was observed of them, as known on the known-at day and stated by the as-of day.
-- in:  response, known_source, clock
-- out: entity_id, topic, kind, stated_on, stated_written, summary, summary_ko, source_ids (those published by then);
--      summary is empty where a source was published later: it may tell what was not known then
select
    r.entity_id, r.topic, r.kind, r.stated_on, r.stated_written, r.summary, r.summary_ko,
    list(s.source_id order by s.source_id) as source_ids
from (
    select * replace (if(all_known, summary, left(summary, 0)) as summary), unnest(source_ids) as source_id
    from (select *, list_has_all((select list(source_id) from known_source), source_ids) as all_known from response)
) as r
join known_source as s using (source_id)
cross join clock
where r.stated_on <= clock.as_of
group by r.entity_id, r.topic, r.kind, r.stated_on, r.stated_written, r.summary, r.summary_ko
order by r.entity_id, r.topic, r.stated_on, r.kind, r.summary
