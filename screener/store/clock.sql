-- The facts as they stand on one day, with what was known by another: everything downstream reads these.
-- in:  clock (as_of, known_at), source, ownership, supply_told (the supply facts that become edges), activity, listing
-- out: known_source (source_id, …, voice): sources published by known_at; voice is the publisher whose independence counts
--      edge (edge_id, kind, relation, from_id, to_id, share, share_min, operates, hs_code, product, origin_region, place, amount_usd, period, yearly_usd,
--            since, until, valid_from, ended_on, confirmed_on, status, live, summary)
--      edge_source (edge_id, source_id, voice, grade)
-- An edge leads from the company towards the anchor: owner -> owned, buyer -> supplier, actor -> counterparty, entity -> list.

-- Dollars a year of an amount in a period: `yearly`, 2022, 2019/2022 (both years in full) or 2017-04/2018-03; null where no period is told.
create or replace temp macro per_year(amount, period) as
    case
        when period = 'yearly' or regexp_full_match(period, '\d{4}') then amount
        when regexp_full_match(period, '\d{4}/\d{4}') then amount / greatest(1, cast(period[6:9] as integer) - cast(period[1:4] as integer) + 1)
        when regexp_full_match(period, '\d{4}-\d{2}/\d{4}-\d{2}') then
            amount * 12 / greatest(12, date_diff('month', cast(period[1:7] || '-01' as date), cast(period[9:15] || '-01' as date)) + 1)
    end;

create or replace temp table known_source as
select s.*, coalesce(told.publisher, s.publisher) as voice
from source as s
cross join clock
left join source as told on told.source_id = s.repeats
where s.published_on <= clock.known_at;

create or replace temp table fact as
select
    fact_id, 'ownership' as kind, 'owns' as relation, owner_id as from_id, owned_id as to_id,
    share_max as share, share_min, operates,
    null::varchar as hs_code, null::varchar as product, null::varchar as origin_region, null::varchar as place,
    null::double as amount_usd, null::varchar as period,
    since, until, valid_from, valid_to, status, confirmed_on, source_ids, end_source_ids, summary
from ownership
union all by name
select
    fact_id, 'supply' as kind, 'buys_from' as relation, buyer_id as from_id, supplier_id as to_id,
    input_share as share, hs_code, product, origin_region, value_usd as amount_usd,
    since, until, valid_from, valid_to, status, confirmed_on, source_ids, end_source_ids, summary
from supply_told
union all by name
select
    fact_id, 'activity' as kind, activity as relation, entity_id as from_id, counterparty_id as to_id,
    share, place, amount_usd, period,
    since, until, valid_from, valid_to, status, confirmed_on, source_ids, end_source_ids, summary
from activity
union all by name
select
    fact_id, 'listing' as kind, 'listed_on' as relation, entity_id as from_id, 'list:' || list_id as to_id,
    programme as product, section as place,
    since, until, valid_from, valid_to, 'active' as status, source_ids, []::varchar[] as end_source_ids, note as summary
from listing;

create or replace temp table edge_source as
select distinct fact_id as edge_id, known_source.source_id, voice, grade, published_on
from (select fact_id, unnest(source_ids) as source_id from fact)
join known_source using (source_id)
order by all;

create or replace temp table edge as
with told as (
    select edge_id, max(published_on) as newest from edge_source group by edge_id
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
