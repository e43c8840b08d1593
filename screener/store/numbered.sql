-- What the graph works on: entities as numbered nodes, and supply facts and stakes as links between them.
-- in:  entity, supply, ownership, activity, listing, response, verdict, contact, source
-- out: node (entity_id, node, kind, country, region), from 0 in the order of the ids
--      source_set (source_set, source_ids, end_source_ids, oldest, latest): the few combinations of sources that
--          facts rest on, so that what was known by a day is computed once per combination, not per fact
--      supply_link (link_no, fact_id, buyer, supplier, input_share, valid_from, valid_to, vague_from, confirmed_on,
--          disputed, hs_code, origin_region, source_set, tie); vague_from: the first possible day of an end
--          that is known to the month or year only
--      stake_link (edge_no, fact_id, owner, owned, share_min, share_max, operates, valid_from, valid_to, vague_from,
--          confirmed_on, disputed, source_set, tie, repeated); repeated: another statement has the same owner and owned
-- Where no beginning is known, valid_from is the first day that a source covers (as in edge.sql): whether it has begun
-- is then one comparison, which a scan can apply first.
-- Built with the store; rebuilt as temporary tables where views of fetched rows shadow the embedded tables.

create or replace table node as
select entity_id, (row_number() over (order by entity_id) - 1)::integer as node, kind, country, region
from entity
order by entity_id;

create or replace table source_set as
select
    row_number() over (order by c.source_ids, end_source_ids)::integer as source_set, c.source_ids, end_source_ids,
    min(published_on) as oldest, max(published_on) as latest
from (
    select *, unnest(source_ids) as source_id
    from (
        select source_ids, coalesce(end_source_ids, []) as end_source_ids from supply
        union
        select source_ids, coalesce(end_source_ids, []) from ownership
        union
        select source_ids, coalesce(end_source_ids, []) from activity
        union
        select source_ids, []
        from (
            select source_ids from listing union all select source_ids from response
            union all select source_ids from verdict union all select source_ids from contact
        )
    )
) as c
join source using (source_id)
group by c.source_ids, end_source_ids
order by source_set;

create or replace table supply_link as
select
    row_number() over (order by s.fact_id) as link_no, s.fact_id, b.node as buyer, p.node as supplier, s.input_share,
    least(coalesce(s.valid_from, s.first_confirmed_on, k.oldest), s.valid_to) as valid_from, s.valid_to,
    vague_end(s.status, s.until) as vague_from, s.confirmed_on,
    s.status = 'disputed' as disputed, s.hs_code, s.origin_region, k.source_set,
    (md5_number_lower(s.fact_id) & 67108863)::integer as tie
from supply as s
join node as b on b.entity_id = s.buyer_id
join node as p on p.entity_id = s.supplier_id
join source_set as k on k.source_ids = s.source_ids and k.end_source_ids = coalesce(s.end_source_ids, [])
order by link_no;

create or replace table stake_link as
select
    row_number() over (order by s.fact_id) as edge_no, s.fact_id, a.node as owner, b.node as owned,
    coalesce(s.share_min, s.share_max) as share_min, s.share_max, coalesce(s.operates, false) as operates,
    least(coalesce(s.valid_from, s.first_confirmed_on, k.oldest), s.valid_to) as valid_from, s.valid_to,
    vague_end(s.status, s.until) as vague_from, s.confirmed_on,
    s.status = 'disputed' as disputed, k.source_set, (md5_number_lower(s.fact_id) & 67108863)::integer as tie,
    count(*) over (partition by s.owner_id, s.owned_id) > 1 as repeated
from ownership as s
join node as a on a.entity_id = s.owner_id
join node as b on b.entity_id = s.owned_id
join source_set as k on k.source_ids = s.source_ids and k.end_source_ids = coalesce(s.end_source_ids, [])
order by edge_no;
