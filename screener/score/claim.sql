-- The claims that each finding rests on, with their confidence and recency.
-- in:  claim (see rules/finding.sql), known_source, clock, parameter, grade_quality; macros joint_confidence, recency
--      (store/build.sql)
-- out: finding_id, claim, confidence (0-1), recency (0-1), live, stale, disputed, in order; a finding holds only if
--      each of its claims does
-- The confidence in a claim comes from its independent publishers, each with its best grade, and is lower if the claim
-- is disputed. A claim decays after the last end, or with the time since it was last confirmed: acts and deliveries
-- always, stakes only where there is no act, listings never.
with published as (
    select source_ids, independent_publisher, max(quality) as quality
    from (select source_ids, unnest(source_ids) as source_id from (select distinct source_ids from claim))
    join known_source using (source_id)
    join grade_quality using (grade)
    group by source_ids, independent_publisher
),
stated as (
    select source_ids, joint_confidence(quality, independent_publisher) as confidence
    from published
    group by source_ids
),
aged as (
    select
        *, kind in ('activity', 'supply') as act,
        act or kind = 'ownership' and not bool_or(act) over (partition by finding_no) as ages
    from claim
)
select
    finding_id, claim, confidence * case when aged.disputed then p.disputed else 1 end as confidence,
    case when not live or ages then recency(live, ended_on, confirmed_on, as_of, p) else 1 end as recency, live,
    live and ages and coalesce(datediff('day', confirmed_on, as_of) > p.stale, false) as stale, aged.disputed
from aged
join stated using (source_ids)
cross join clock
cross join parameter as p
order by finding_id, claim, kind
