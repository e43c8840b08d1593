-- The facts of a store in one form, and what was known by a day; edge.sql makes edges of them.
-- in:  clock (as_of, known_at), source, stake_told and supply_told (the stakes and supply facts that become edges), activity, listing
-- out: known_source (source_id, …, voice, read_on): sources published by known_at; voice is the publisher whose independence counts,
--          read_on the newest day for which the source speaks
--      fact: one row a fact; told_fact, a view: those of stake_told and supply_told
-- A fact leads from the company towards the anchor: owner -> owned, buyer -> supplier, actor -> counterparty, entity -> list.

-- Dollars a year of an amount in a period: `yearly`, 2022, 2019/2022 (both years in full) or 2017-04/2018-03; null where no period is told.
create or replace temp macro per_year(amount, period) as
    case
        when period = 'yearly' or regexp_full_match(period, '\d{4}') then amount
        when regexp_full_match(period, '\d{4}/\d{4}') then amount / greatest(1, cast(period[6:9] as integer) - cast(period[1:4] as integer) + 1)
        when regexp_full_match(period, '\d{4}-\d{2}/\d{4}-\d{2}') then
            amount * 12 / greatest(12, date_diff('month', cast(period[1:7] || '-01' as date), cast(period[9:15] || '-01' as date)) + 1)
    end;

create or replace temp table known_source as
select
    s.*, coalesce(told.publisher, s.publisher) as voice,
    case when starts_with(s.source_id, 'fetched-') then s.retrieved_on else s.published_on end as read_on
from source as s
cross join clock
left join source as told on told.source_id = s.repeats
where s.published_on <= clock.known_at;

create or replace temp view told_fact as
select
    fact_id, 'ownership' as kind, 'owns' as relation, owner_id as from_id, owned_id as to_id,
    share_max as share, share_min, operates,
    null::varchar as hs_code, null::varchar as product, null::varchar as origin_region, null::varchar as place,
    null::double as amount_usd, null::varchar as period,
    since, until, valid_from, valid_to, status, confirmed_on, first_confirmed_on, source_ids, end_source_ids, summary, summary_ko
from stake_told
union all by name
select
    fact_id, 'supply' as kind, 'buys_from' as relation, buyer_id as from_id, supplier_id as to_id,
    input_share as share, null::double as share_min, null::boolean as operates, hs_code, product, origin_region, null::varchar as place,
    value_usd as amount_usd, null::varchar as period,
    since, until, valid_from, valid_to, status, confirmed_on, first_confirmed_on, source_ids, end_source_ids, summary, summary_ko
from supply_told;

create or replace temp table fact as
from told_fact
union all by name
select
    fact_id, 'activity' as kind, activity as relation, entity_id as from_id, counterparty_id as to_id,
    share, place, amount_usd, period,
    since, until, valid_from, valid_to, status, confirmed_on, first_confirmed_on, source_ids, end_source_ids, summary, summary_ko
from activity
union all by name
select
    fact_id, 'listing' as kind, 'listed_on' as relation, entity_id as from_id, 'list:' || list_id as to_id,
    programme as product, section as place,
    since, until, valid_from, valid_to, 'active' as status, source_ids, []::varchar[] as end_source_ids, note as summary
from listing;
