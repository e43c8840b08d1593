-- The facts as they stand on one day, with what was known by another: everything downstream reads these.
-- in:  clock (as_of, known_at), known_source, fact (see clock.sql)
-- out: fact_edge, a view (edge_id, kind, relation, from_id, to_id, share, share_min, operates, hs_code, product,
--          product_ko, origin_region, place, amount_usd, period, yearly_usd, since, until, begun_known, valid_from, ended_on,
--          confirmed_on, read_on,
--          status, live, summary, summary_ko)
--      fact_source, a view (edge_id, source_id, voice, grade, published_on)
-- Every day is one that a source gives. A fact of which no beginning is known (begun_known is false) stands from the
-- first day for which a source speaks: valid_from. It is confirmed for the last such day, which may lie behind the
-- as-of day. read_on, of listings only, is the newest day for which a source gives the list: a fetched list that of
-- the download, a document that of its publication.

create or replace temp view fact_source as
select distinct fact_id as edge_id, known_source.source_id, voice, grade, published_on
from (select fact_id, unnest(source_ids) as source_id from fact)
join known_source using (source_id)
order by all;

create or replace temp view fact_edge as
with told as (
    select edge_id, min(s.published_on) as oldest, max(s.published_on) as newest, max(s.read_on) as read_on
    from fact_source
    join known_source as s using (source_id)
    group by edge_id
),
ending as (
    select fact_id, min(published_on) as end_known_on, max(published_on) as end_newest
    from (select fact_id, unnest(end_source_ids) as source_id from fact)
    join known_source using (source_id)
    group by fact_id
),
known as (
    select
        fact.*, told.* exclude (edge_id),
        case when len(end_source_ids) = 0 then newest else end_known_on end as end_told_on,
        -- Nothing is confirmed for a day behind the newest source.
        least(coalesce(confirmed_on, newest), greatest(newest, end_newest)) as seen_on,
        len(end_source_ids) = 0 or end_known_on is not null as end_known,
        fact.relation in ('pays', 'project_pays') and fact.status <> 'ended' as is_payment
    from fact
    join told on told.edge_id = fact.fact_id
    left join ending on ending.fact_id = fact.fact_id
),
dated as (
    select
        *,
        -- Where the end has no source of its own, it is known with the fact.
        known_end(
            valid_from, valid_to, coalesce(status = 'ended' and length(until) < 10, false), end_known, end_told_on
        ) as known_end,
        least(coalesce(valid_from, first_confirmed_on, oldest), valid_to) as begun_on
    from known
),
stood as (
    select *, coalesce(known_end < as_of and not is_payment, false) as is_over
    from dated
    cross join clock
)
select
    fact_id as edge_id, kind, relation, from_id, to_id, share, coalesce(share_min, share) as share_min,
    coalesce(operates, false) as operates, hs_code, product, product_ko, origin_region, place, amount_usd, period,
    per_year(amount_usd, period) as yearly_usd, since, case when known_end is not null then until end as until,
    valid_from is not null as begun_known, begun_on as valid_from,
    -- A payment belongs to a period; that the period is over does not end the tie, it is when the tie was last seen.
    case when is_over then known_end end as ended_on,
    case when is_payment then coalesce(known_end, seen_on) when kind = 'listing' then read_on else seen_on end
        as confirmed_on,
    case when kind = 'listing' then read_on end as read_on,
    case
        when is_over then 'ended'
        when status = 'disputed' then 'disputed'
        -- An end that lies ahead is announced once its source is out.
        when end_told_on <= as_of
            and (status = 'announced_exit' or status = 'ended' and len(end_source_ids) > 0 and end_known)
            then 'announced_exit'
        else 'active'
    end as status,
    not is_over as live, summary, summary_ko
from stood
where begun_on <= as_of
order by edge_id;
