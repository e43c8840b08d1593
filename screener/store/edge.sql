-- The facts as of one day, as known on another: everything downstream reads these.
-- in:  clock (as_of, known_at), known_set (see clock.sql), ownership, supply, activity, listing; asked_fact (fact_id):
--      the requested facts
-- out: the rows of edge (edge_id, kind, relation, from_id, to_id, share, share_min, operates, hs_code, product,
--      product_ko, origin_region, place, amount_usd, period, yearly_usd, since, until, begun_known, valid_from,
--      ended_on, end_planned, confirmed_on, confirmed_written, read_on, status, live, disputed, summary, summary_ko,
--      source_ids, end_source_ids)
-- An edge leads from the company towards the anchor: owner -> owned, buyer -> supplier, actor -> counterparty, entity
-- -> list. Every day comes from a source. A fact whose beginning is unknown (begun_known is false) holds from the first
-- day that a source covers: valid_from. It is confirmed for the last such day, which may lie after the as-of day;
-- confirmed_written is that day, no more precise than its source gives it. read_on, of listings only, is the newest day
-- for which a source gives the list: the download of a fetched list, the publication of a document. An end is only
-- planned (end_planned) if no source is as late as it: the term of a contract has passed, but no source says that it
-- ended. A summary is empty where a source of the fact was published after the known-at day: it may tell what was not
-- known then.

with fact as (
    select
        'ownership' as kind, 'owns' as relation, owner_id as from_id, owned_id as to_id, share_max as share,
        * exclude (owner_id, owned_id, share_max)
    from ownership
    semi join asked_fact using (fact_id)
    union all by name
    select
        'supply' as kind, 'buys_from' as relation, buyer_id as from_id, supplier_id as to_id, input_share as share,
        value_usd as amount_usd, * exclude (buyer_id, supplier_id, input_share, value_usd)
    from supply
    semi join asked_fact using (fact_id)
    union all by name
    select
        'activity' as kind, activity as relation, entity_id as from_id, counterparty_id as to_id,
        * exclude (activity, entity_id, counterparty_id)
    from activity
    semi join asked_fact using (fact_id)
    union all by name
    select
        'listing' as kind, 'listed_on' as relation, entity_id as from_id, 'list:' || list_id as to_id,
        programme as product, section as place, 'active' as status, []::varchar[] as end_source_ids, note as summary,
        * exclude (entity_id, list_id, programme, section, note)
    from listing
    semi join asked_fact using (fact_id)
),
known as (
    select
        fact.* exclude (end_source_ids), k.* exclude (source_ids), as_of,
        -- Nothing is confirmed for a day after the newest source.
        least(coalesce(confirmed_on, newest), last_known_on) as seen_on,
        relation in ('pays', 'project_pays') and status <> 'ended' as is_payment,
        known_end(
            valid_from, valid_to, vague_end(status, until), end_known, end_known_on, end_newest
        ) as known_end,
        least(coalesce(valid_from, first_confirmed_on, oldest), valid_to) as begun_on,
        coalesce(known_end < as_of and not is_payment, false) as is_over,
        case when is_payment then coalesce(known_end, seen_on) when kind = 'listing' then read_on else seen_on end
            as last_seen_on
    from fact
    join known_set as k on k.source_ids = fact.source_ids and k.end_source_ids = coalesce(fact.end_source_ids, [])
    cross join clock
    where begun_on <= as_of
)
select
    fact_id as edge_id, kind, relation, from_id, to_id, share, coalesce(share_min, share) as share_min,
    coalesce(operates, false) as operates, hs_code, product, product_ko, origin_region, place, amount_usd, period,
    per_year(amount_usd, period) as yearly_usd, since, case when known_end is not null then until end as until,
    valid_from is not null as begun_known, begun_on as valid_from,
    -- A payment belongs to a period; the end of the period does not end the tie, it is when the tie was last seen.
    case when is_over then known_end end as ended_on, is_over and end_newest < known_end as end_planned,
    last_seen_on as confirmed_on,
    as_written(last_seen_on, [known.confirmed_written, known.until, newest_written]) as confirmed_written,
    case when kind = 'listing' then read_on end as read_on,
    case
        when is_over then 'ended'
        when status = 'disputed' then 'disputed'
        -- A future end is announced once its source is published.
        when end_known and end_known_on <= as_of
            and (status = 'announced_exit' or status = 'ended' and len(end_source_ids) > 0)
            then 'announced_exit'
        else 'active'
    end as status,
    not is_over as live, known.status = 'disputed' as disputed,
    if(all_known, summary, left(summary, 0)) as summary, summary_ko, source_ids, end_source_ids
from known
order by edge_id
