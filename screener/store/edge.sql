-- The facts as they stand on one day, with what was known by another: everything downstream reads these.
-- in:  clock (as_of, known_at), known_source, fact (see clock.sql)
-- out: %edge%, a table that is created or grows (edge_id, kind, relation, from_id, to_id, share, share_min, operates, hs_code, product, origin_region, place, amount_usd, period,
--      yearly_usd, since, until, valid_from, ended_on, confirmed_on, status, live, summary)
--      told_edge_source (edge_id, source_id, voice, grade, published_on)

create or replace temp table told_edge_source as
select distinct fact_id as edge_id, known_source.source_id, voice, grade, published_on
from (select fact_id, unnest(source_ids) as source_id from fact)
join known_source using (source_id)
order by all;

%edge%
with told as (
    select edge_id, max(published_on) as newest from told_edge_source group by edge_id
),
ending as (
    select fact_id, min(published_on) as end_known_on
    from (select fact_id, unnest(end_source_ids) as source_id from fact)
    join known_source using (source_id)
    group by fact_id
),
dated as (
    select
        fact.*, clock.as_of,
        -- The end counts once a source for it is known; where the end has no source of its own, with the fact.
        -- Of an end told to the month or year only, the last day that is possible is the day on which it was told as done.
        case
            when len(end_source_ids) > 0 and end_known_on is null then null
            when fact.status = 'ended' and length(until) < 10 then least(valid_to, greatest(coalesce(end_known_on, newest), valid_from))
            else valid_to
        end as known_end,
        case when len(end_source_ids) = 0 then newest else end_known_on end as end_known_on,
        least(coalesce(fact.confirmed_on, newest), clock.as_of, clock.known_at) as seen_on,
        fact.relation in ('pays', 'project_pays') and fact.status <> 'ended' as is_payment
    from fact
    join told on told.edge_id = fact.fact_id
    left join ending on ending.fact_id = fact.fact_id
    cross join clock
)
select
    fact_id as edge_id, kind, relation, from_id, to_id, share, coalesce(share_min, share) as share_min,
    coalesce(operates, false) as operates, hs_code, product, origin_region, place, amount_usd, period, per_year(amount_usd, period) as yearly_usd,
    since, case when known_end is not null then until end as until, valid_from,
    -- A payment belongs to a period; that the period is over does not end the tie, it is when the tie was last seen.
    case when known_end < as_of and not is_payment then known_end end as ended_on,
    case when is_payment then least(coalesce(known_end, seen_on), as_of) when kind = 'listing' then as_of else seen_on end as confirmed_on,
    case
        when known_end < as_of and not is_payment then 'ended'
        when status = 'disputed' then 'disputed'
        -- An end that lies ahead is announced once its source is out.
        when status = 'announced_exit' and end_known_on <= as_of then 'announced_exit'
        when status = 'ended' and len(end_source_ids) > 0 and end_known_on <= as_of then 'announced_exit'
        else 'active'
    end as status,
    coalesce(known_end >= as_of, true) or is_payment as live,
    summary
from dated
where valid_from is null or valid_from <= as_of
order by edge_id;
