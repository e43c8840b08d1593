-- What outside institutions decided, as known at the known-at day and decided by the as-of day; never an input of a
-- score.
-- in:  verdict, known_source, clock
-- out: entity_id, institution, decision, decided_on, ended_on (null where it had not ended by the as-of day), topic,
--      subject, subject_ko, summary,
--      summary_ko, source_ids (those that were out by then)
select
    v.entity_id, v.institution, v.decision, v.decided_on,
    case when v.ended_on <= clock.as_of then v.ended_on end as ended_on,
    v.topic, v.subject, v.subject_ko, v.summary, v.summary_ko, list(s.source_id order by s.source_id) as source_ids
from verdict as v
join known_source as s on list_contains(v.source_ids, s.source_id)
cross join clock
where v.decided_on <= clock.as_of
group by all
order by v.entity_id, v.decided_on, v.institution, v.decision, v.summary
