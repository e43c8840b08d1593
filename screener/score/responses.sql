-- What companies answered, and what was observed of them, as known on the known-at day and stated by the as-of day.
-- in:  response, source, known_source, clock
-- out: entity_id, topic, kind, stated_on, stated_written, summary, summary_ko, source_ids (those published by then);
--      summary is empty where a source was published later: it may tell what was not known then
-- Known with the first source that is as late as the answer (a row may also cite what the answer is about); with any
-- source, if none is.
with cited as (
    select r.* exclude (source_ids), first_day(stated_written) as stated_from, source_id, published_on
    from (select *, unnest(source_ids) as source_id from response) as r
    join source using (source_id)
)
select
    r.entity_id, r.topic, r.kind, r.stated_on, r.stated_written,
    if(count(*) = count(s.source_id), r.summary, left(r.summary, 0)) as summary, r.summary_ko,
    list(s.source_id order by s.source_id) filter (where s.source_id is not null) as source_ids
from cited as r
left join known_source as s using (source_id)
cross join clock
where r.stated_on <= clock.as_of
group by r.entity_id, r.topic, r.kind, r.stated_on, r.stated_written, r.stated_from, r.summary, r.summary_ko
having max(s.published_on) >= r.stated_from or max(r.published_on) < r.stated_from
order by r.entity_id, r.topic, r.stated_on, r.kind, r.summary
