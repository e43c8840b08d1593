-- What outside institutions decided, as known on the known-at day and decided by the as-of day; never an input to a
-- score.
-- in:  verdict, source, known_source, clock
-- out: entity_id, institution, decision, decided_on, decided_written, ended_written (as precise as the source gives it;
--      null where it had not ended by the as-of day), end_planned (no source is as late as the end), topic, subject,
--      subject_ko, summary, summary_ko, source_ids (those published by then); summary is empty as in responses.sql
-- A decision is known with the first source that is as late as it, or with any source if none is. An end is known with
-- the first source that is as late as the end; an end that no source reaches is the term of the decision itself, and
-- known with it.
with stated as (
    select
        * replace (if(all_known, summary, left(summary, 0)) as summary),
        coalesce(first_day(decided_written), decided_on) as decided_from,
        coalesce(first_day(ended_written), ended_on) as ended_from, unnest(source_ids) as source_id
    from (
        select *, list_has_all((select list(source_id) from known_source), source_ids) as all_known from verdict
    )
),
reported as (
    select source_ids, max(published_on) as newest
    from stated
    join source using (source_id)
    group by source_ids
)
select
    v.entity_id, v.institution, v.decision, v.decided_on,
    as_written(v.decided_on, [v.decided_written]) as decided_written,
    max(case
        when v.ended_on <= clock.as_of and (r.newest < v.ended_from or v.ended_from <= s.published_on)
            then as_written(v.ended_on, [v.ended_written])
    end) as ended_written,
    coalesce(r.newest < v.ended_from and v.ended_on <= clock.as_of, false) as end_planned,
    v.topic, v.subject, v.subject_ko, v.summary, v.summary_ko, list(s.source_id order by s.source_id) as source_ids
from stated as v
join known_source as s using (source_id)
join reported as r on r.source_ids = v.source_ids
cross join clock
where v.decided_on <= clock.as_of
group by
    v.entity_id, v.institution, v.decision, v.decided_on, v.decided_written, v.decided_from, v.ended_on, v.ended_from,
    r.newest, clock.as_of, v.topic, v.subject, v.subject_ko, v.summary, v.summary_ko
having max(s.published_on) >= v.decided_from or r.newest < v.decided_from
order by v.entity_id, v.decided_on, v.institution, v.decision, v.summary
