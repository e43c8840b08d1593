-- What outside institutions decided, as known on the known-at day and decided by the as-of day; never an input to a
-- score.
-- in:  verdict, known_source, clock
-- out: entity_id, institution, decision, decided_on, decided_written, ended_written (null where it had not ended by the
--      as-of day; as precise as the source gives it), topic, subject, subject_ko, summary,
--      summary_ko, source_ids (those published by then); summary is empty as in responses.sql
select
    v.entity_id, v.institution, v.decision, v.decided_on,
    as_written(v.decided_on, [v.decided_written]) as decided_written,
    case when v.ended_on <= clock.as_of then as_written(v.ended_on, [v.ended_written]) end as ended_written,
    v.topic, v.subject, v.subject_ko, v.summary, v.summary_ko, list(s.source_id order by s.source_id) as source_ids
from (
    select * replace (if(told, summary, left(summary, 0)) as summary), unnest(source_ids) as source_id
    from (select *, list_has_all((select list(source_id) from known_source), source_ids) as told from verdict)
) as v
join known_source as s using (source_id)
cross join clock
where v.decided_on <= clock.as_of
group by all
order by v.entity_id, v.decided_on, v.institution, v.decision, v.summary
