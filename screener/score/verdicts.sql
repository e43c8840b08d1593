-- What outside institutions decided, as known on the known-at day and decided by the as-of day; never an input to a
-- score.
-- in:  verdict, known_source, source, clock
-- out: entity_id, institution, decision, decided_on, decided_written, ended_written (as precise as the source gives it;
--      null where it had not ended by the as-of day), end_planned (no source is as late as the end), topic, subject,
--      subject_ko, summary, summary_ko, source_ids (those published by then); summary is empty as in responses.sql
-- An end is known with the first source that is as late as the end; an end that no source reaches is the term of the
-- decision itself, and known with it.
with stated as (
    select
        * replace (if(all_known, summary, left(summary, 0)) as summary),
        coalesce(first_day(ended_written), ended_on) as ended_from, unnest(source_ids) as source_id
    from (
        select *, list_has_all((select list(source_id) from known_source), source_ids) as all_known from verdict
    )
),
reported as (
    select distinct s.source_ids, s.ended_from
    from stated as s
    join source using (source_id)
    where source.published_on >= s.ended_from
)
select
    v.entity_id, v.institution, v.decision, v.decided_on,
    as_written(v.decided_on, [v.decided_written]) as decided_written,
    max(case
        when v.ended_on <= clock.as_of and (r.ended_from is null or r.ended_from <= s.published_on)
            then as_written(v.ended_on, [v.ended_written])
    end) as ended_written,
    r.ended_from is null and ended_written is not null as end_planned,
    v.topic, v.subject, v.subject_ko, v.summary, v.summary_ko, list(s.source_id order by s.source_id) as source_ids
from stated as v
join known_source as s using (source_id)
left join reported as r on r.source_ids = v.source_ids and r.ended_from = v.ended_from
cross join clock
where v.decided_on <= clock.as_of
group by all
order by v.entity_id, v.decided_on, v.institution, v.decision, v.summary
