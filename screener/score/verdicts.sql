-- What outside institutions decided, as known on the known-at day and decided by the as-of day; never an input to a
-- score.
-- in:  verdict, known_set, clock
-- out: entity_id, institution, decision, decided_on, decided_written, ended_written (as precise as the source gives it;
--      null where it had not ended by the as-of day), end_planned (no source is as late as the end: it is the term of
--      the decision itself), topic, subject, subject_ko, summary, summary_ko, source_ids (those published by then);
--      summary is empty as in responses.sql
select
    entity_id, institution, decision, decided_on, as_written(decided_on, [decided_written]) as decided_written,
    case when is_known(ended_from, newest, latest) then as_written(ended_on, [v.ended_written]) end as ended_written,
    coalesce(latest < ended_from, false) as end_planned, topic, subject, subject_ko,
    if(all_known, summary, left(summary, 0)) as summary, summary_ko, known_ids as source_ids
from (
    select
        *, coalesce(first_day(decided_written), decided_on) as decided_from,
        case when ended_on <= as_of then coalesce(first_day(ended_written), ended_on) end as ended_from
    from verdict
    join clock on decided_on <= as_of
) as v
join known_set as k on k.source_ids = v.source_ids and k.end_source_ids = []
where is_known(decided_from, newest, latest)
order by entity_id, decided_on, institution, decision, summary
