-- The claims that each finding rests on, with their confidence and recency.
-- in:  finding, edge, edge_source, clock, parameter, grade_quality; macros joint_confidence, recency (store/build.sql)
-- out: finding_id, claim, confidence (0-1), recency (0-1), live, stale, disputed, in order; a finding holds only if
--      each of its claims does
-- Edges that state the same are one claim: several listings of one entity, or several acts of one kind; a stake or a
-- delivery is one claim per counterparty. Its confidence comes from its independent publishers, each with its best
-- grade, and is lower if all its edges are disputed. It holds while one of the edges does. It decays after the last
-- end, or with the time since it was last confirmed: acts and deliveries always, stakes only where there is no act,
-- listings never.
with used as (
    select distinct finding_id, unnest(edge_ids[:scored_prefix]) as edge_id from finding
),
used_edge as (
    select
        u.finding_id, e.edge_id, e.live, e.status = 'disputed' as disputed, e.ended_on, e.confirmed_on,
        e.kind in ('activity', 'supply') as act,
        concat_ws(' ', e.from_id, e.relation, case when e.kind in ('ownership', 'supply') then e.to_id end) as claim,
        e.kind
    from used as u
    join edge as e using (edge_id)
),
summary as (
    select
        finding_id, claim, kind, any_value(act) as act, bool_or(live) as live, bool_and(disputed) as disputed,
        max(ended_on) as ended_on,
        max(confirmed_on) as confirmed_on
    from used_edge
    group by finding_id, claim, kind
),
published as (
    select t.finding_id, t.claim, t.kind, s.independent_publisher, max(quality) as quality
    from used_edge as t
    join edge_source as s using (edge_id)
    join grade_quality using (grade)
    group by t.finding_id, t.claim, t.kind, s.independent_publisher
),
summed as (
    select finding_id, claim, kind, joint_confidence(quality, independent_publisher) as confidence
    from published
    group by finding_id, claim, kind
),
aged as (
    select *, act or kind = 'ownership' and not bool_or(act) over (partition by finding_id) as ages from summary
)
select
    finding_id, claim, confidence * case when aged.disputed then p.disputed else 1 end as confidence,
    case when not live or ages then recency(live, ended_on, confirmed_on, as_of, p) else 1 end as recency, live,
    live and ages and coalesce(datediff('day', confirmed_on, as_of) > p.stale, false) as stale, aged.disputed
from aged
join summed using (finding_id, claim, kind)
cross join clock
cross join parameter as p
order by finding_id, claim, kind
