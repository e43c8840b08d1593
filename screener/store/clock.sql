-- The facts of a store in one form, and what was known by a day; edge.sql makes edges of them.
-- in:  clock (as_of, known_at), source, ownership, supply, activity, listing, entity, node and stake_link (see
--      numbered.sql)
-- out: known_source (source_id, …, voice, read_on): sources published by known_at; voice is the publisher whose
--      independence counts,
--          read_on the newest day for which the source speaks
--      selected_fact, a view of all stakes and deliveries as facts; fact: acts, listings, and the stakes that touch a
--      Korean company
-- A fact leads from the company towards the anchor: owner -> owned, buyer -> supplier, actor -> counterparty, entity
-- -> list.

create or replace temp table known_source as
select
    s.*, coalesce(told.publisher, s.publisher) as voice,
    case when starts_with(s.source_id, 'fetched-') then s.retrieved_on else s.published_on end as read_on
from source as s
cross join clock
left join source as told on told.source_id = s.repeats
where s.published_on <= clock.known_at;

create or replace temp view selected_fact as
select
    fact_id, 'ownership' as kind, 'owns' as relation, owner_id as from_id, owned_id as to_id, share_max as share,
    share_min, operates,
    null::varchar as hs_code, null::varchar as product, null::varchar as origin_region, null::varchar as place,
    null::double as amount_usd, null::varchar as period,
    since, until, valid_from, valid_to, status, confirmed_on, first_confirmed_on, source_ids, end_source_ids, summary,
    summary_ko
from ownership
union all by name
select
    fact_id, 'supply' as kind, 'buys_from' as relation, buyer_id as from_id, supplier_id as to_id,
    input_share as share, hs_code, product, product_ko,
    origin_region, value_usd as amount_usd,
    since, until, valid_from, valid_to, status, confirmed_on, first_confirmed_on, source_ids, end_source_ids, summary,
    summary_ko
from supply;

create or replace temp table fact as
with korean as (
    select node from node join entity using (entity_id) where kind = 'company' and country = 'KR'
)
from selected_fact
where kind = 'ownership'
    and fact_id in (select fact_id from stake_link where owner in (from korean) or owned in (from korean))
union all by name
select
    fact_id, 'activity' as kind, activity as relation, entity_id as from_id, counterparty_id as to_id,
    share, place, amount_usd, period,
    since, until, valid_from, valid_to, status, confirmed_on, first_confirmed_on, source_ids, end_source_ids, summary,
    summary_ko
from activity
union all by name
select
    fact_id, 'listing' as kind, 'listed_on' as relation, entity_id as from_id, 'list:' || list_id as to_id,
    programme as product, section as place,
    since, until, valid_from, valid_to, 'active' as status, source_ids, []::varchar[] as end_source_ids, note as summary
from listing;
