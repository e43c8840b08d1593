-- What the rest of the program reads once something was fetched: temporary views that stand before the embedded
-- tables of the same names.
-- in:  %main%.<table> (embedded), %main%… fetched.<table>, fetched.same_as; fetched_clock (until: the first moment
--      after the known-at day),
--      fetched_rank (origin, rank: whose word goes first where two sources say the same thing)
-- out: source, entity, identifier, entity_name, ownership, supply, activity, list, listing, verdict, financial,
--      shaped as embedded.
-- A fetched row counts while known_from < until <= known_to. A fetched entity that is the same as another counts
-- under that one's id. %main% and %fetched% are the qualified schemas of the store; a temporary view that named only
-- the table would read itself.

create or replace temp view fetched_same as
select fetched_id, entity_id from %fetched%.same_as, fetched_clock where known_from < until and known_to >= until;

create or replace temp view source as
select * from %main%.source
union all by name
select * exclude (origin, snapshot_id, known_from, known_to)
from %fetched%.source, fetched_clock
where known_from < fetched_clock.until and known_to >= fetched_clock.until;

create or replace temp view entity as
with here as (
    select coalesce(same.entity_id, f.entity_id) as id, f.entity_id <> id as joined, rank, f.*
    from %fetched%.entity as f
    cross join fetched_clock
    join fetched_rank using (origin)
    left join fetched_same as same on same.fetched_id = f.entity_id
    where f.known_from < fetched_clock.until and f.known_to >= fetched_clock.until
),
fresh as (
    select * from here anti join %main%.entity as e on e.entity_id = here.id
),
repeated as (
    select id from fresh group by id having count(*) > 1
)
select * from %main%.entity
union all by name
select id as entity_id, kind, name, name_ko, name_local, country, region, sector, market, business_group, status,
successor_id, source_ids, note
from fresh
anti join repeated using (id)
union all by name
select
    id as entity_id, arg_min(kind, rank) as kind, arg_min(name, rank) as name, arg_min(name_ko, rank) as name_ko,
    arg_min(name_local, rank) as name_local, arg_min(country, rank) as country, arg_min(region, rank) as region,
    arg_min(sector, rank) as sector, arg_min(market, rank) as market, arg_min(business_group, rank) as business_group,
    arg_min(status, rank) as status, arg_min(successor_id, rank) as successor_id,
    all_ids(list(source_ids)) as source_ids,
    arg_min(note, rank) as note
from (select fresh.* replace (rank * 2 + joined::int as rank) from fresh)
join repeated using (id)
group by id;

create or replace temp view identifier as
with here as (
    select coalesce(same.entity_id, f.entity_id) as id, f.*
    from %fetched%.identifier as f
    cross join fetched_clock
    left join fetched_same as same on same.fetched_id = f.entity_id
    where f.known_from < fetched_clock.until and f.known_to >= fetched_clock.until
),
merged as (
    select
        id as entity_id, scheme, value, max(security) as security,
        case when count(*) = count(valid_from) then min(valid_from) end as valid_from,
        case when count(*) = count(valid_to) then max(valid_to) end as valid_to,
        all_ids(list(source_ids)) as source_ids
    from here
    group by id, scheme, value
)
select e.* replace (
    case when m.entity_id is null then e.source_ids else all_ids([e.source_ids, m.source_ids]) end as source_ids
)
from %main%.identifier as e
left join merged as m using (entity_id, scheme, value)
union all by name
select * from merged anti join %main%.identifier using (entity_id, scheme, value);

create or replace temp view entity_name as
with here as (
    select coalesce(same.entity_id, f.entity_id) as id, f.entity_id <> id as joined, f.*
    from %fetched%.entity_name as f
    cross join fetched_clock
    left join fetched_same as same on same.fetched_id = f.entity_id
    where f.known_from < fetched_clock.until and f.known_to >= fetched_clock.until
),
merged as (
    -- The main name of a record that was joined to another entity is one more name of that entity.
    select
        id as entity_id, name, max(lang) as lang,
        min(case when kind <> 'primary' then '1' || kind when joined then '1alias' else '0primary' end)[2:] as kind,
        case when count(*) = count(valid_from) then min(valid_from) end as valid_from,
        case when count(*) = count(valid_to) then max(valid_to) end as valid_to, all_ids(list(source_ids)) as source_ids
    from here
    group by id, name
)
select e.* replace (
    case when m.entity_id is null then e.source_ids else all_ids([e.source_ids, m.source_ids]) end as source_ids
)
from %main%.entity_name as e
left join merged as m using (entity_id, name)
union all by name
select * from merged anti join %main%.entity_name using (entity_id, name);

create or replace temp view ownership as
with here as (
    select
        f.* exclude (origin, snapshot_id, known_from, known_to)
            replace (coalesce(o.entity_id, f.owner_id) as owner_id, coalesce(d.entity_id, f.owned_id) as owned_id),
        rank
    from %fetched%.ownership as f
    cross join fetched_clock
    join fetched_rank using (origin)
    left join fetched_same as o on o.fetched_id = f.owner_id
    left join fetched_same as d on d.fetched_id = f.owned_id
    where f.known_from < fetched_clock.until and f.known_to >= fetched_clock.until
),
-- Two sources that tell of one stake are one stake: otherwise its share would count twice.
told_once as (
    select * exclude (rank)
    from here
    where owner_id <> owned_id
    qualify row_number() over (partition by owner_id, owned_id
        order by rank, confirmed_on desc nulls last, share_max desc nulls last, fact_id) = 1
)
select
    e.* replace (
        case when t.fact_id is null then e.source_ids else all_ids([e.source_ids, t.source_ids]) end as source_ids,
        case when t.fact_id is null then e.confirmed_on else greatest(e.confirmed_on, t.confirmed_on) end
            as confirmed_on,
        case when t.fact_id is null then e.first_confirmed_on else least(e.first_confirmed_on, t.first_confirmed_on) end
            as first_confirmed_on
    )
from %main%.ownership as e
-- A curated stake stands with its status and its story; a source that says the same share confirms it.
left join told_once as t
    on t.owner_id = e.owner_id and t.owned_id = e.owned_id and e.status <> 'ended'
        and abs(t.share_max - e.share_max) <= 0.005
union all by name
select t.* from told_once as t anti join %main%.ownership as e using (owner_id, owned_id);

create or replace temp view supply as
select * from %main%.supply
union all by name
select
    f.* exclude (origin, snapshot_id, known_from, known_to)
        replace (coalesce(s.entity_id, f.supplier_id) as supplier_id, coalesce(b.entity_id, f.buyer_id) as buyer_id)
from %fetched%.supply as f
cross join fetched_clock
left join fetched_same as s on s.fetched_id = f.supplier_id
left join fetched_same as b on b.fetched_id = f.buyer_id
where f.known_from < fetched_clock.until and f.known_to >= fetched_clock.until;

create or replace temp view activity as
select * from %main%.activity
union all by name
select
    f.* exclude (origin, snapshot_id, known_from, known_to)
        replace (coalesce(a.entity_id, f.entity_id) as entity_id,
            coalesce(c.entity_id, f.counterparty_id) as counterparty_id)
from %fetched%.activity as f
cross join fetched_clock
left join fetched_same as a on a.fetched_id = f.entity_id
left join fetched_same as c on c.fetched_id = f.counterparty_id
where f.known_from < fetched_clock.until and f.known_to >= fetched_clock.until;

create or replace temp view list as
with here as (
    select f.* exclude (origin, snapshot_id, known_from, known_to)
    from %fetched%.list as f, fetched_clock
    where known_from < until and known_to >= until
)
select
    e.* replace (
        greatest(e.complete_as_of, h.complete_as_of) as complete_as_of,
        case when h.list_id is null then e.source_ids else all_ids([e.source_ids, h.source_ids]) end as source_ids
    )
from %main%.list as e
left join here as h using (list_id)
union all by name
select * from here anti join %main%.list using (list_id);

create or replace temp view listing as
with here as (
    select coalesce(same.entity_id, f.entity_id) as id, f.*
    from %fetched%.listing as f
    cross join fetched_clock
    left join fetched_same as same on same.fetched_id = f.entity_id
    where f.known_from < fetched_clock.until and f.known_to >= fetched_clock.until
),
pairs as (
    select id as entity_id, list_id, all_ids(list(source_ids)) as source_ids from here group by all
),
-- What an entry that is gone was joined to is no longer joined: its last join tells.
once_same as (
    select fetched_id, arg_max(entity_id, known_from) as entity_id
    from %fetched%.same_as, fetched_clock
    where known_from < until
    group by fetched_id
),
-- The official list had the entity and has it no more: it was taken off, on the day on which the list was read
-- without it.
taken_off as (
    select coalesce(same.entity_id, f.entity_id) as entity_id, list_id, max(f.known_to)::date as off_on
    from %fetched%.listing as f
    cross join fetched_clock
    left join once_same as same on same.fetched_id = f.entity_id
    where f.known_from < fetched_clock.until and f.known_to < fetched_clock.until
    group by all
    having (coalesce(same.entity_id, f.entity_id), list_id) not in (select (entity_id, list_id) from pairs)
)
select
    e.* replace (
        case when p.entity_id is null then e.source_ids else all_ids([e.source_ids, p.source_ids]) end as source_ids,
        coalesce(e.valid_to, gone.off_on) as valid_to,
        coalesce(e.until, gone.off_on::varchar) as until
    )
from %main%.listing as e
left join pairs as p on p.entity_id = e.entity_id and p.list_id = e.list_id and e.valid_to is null
left join taken_off as gone on gone.entity_id = e.entity_id and gone.list_id = e.list_id
union all by name
select here.* exclude (id, origin, snapshot_id, known_from, known_to) replace (id as entity_id)
from here
-- One listing told by the datasets and by the list itself is one; where the datasets say it ended, the list is the
-- one to believe.
anti join (select entity_id, list_id from %main%.listing where valid_to is null) as standing
    on standing.entity_id = here.id and standing.list_id = here.list_id;

create or replace temp view verdict as
select * from %main%.verdict
union all by name
select * from (
    select f.* exclude (origin, snapshot_id, known_from, known_to)
        replace (coalesce(same.entity_id, f.entity_id) as entity_id)
    from %fetched%.verdict as f
    cross join fetched_clock
    left join fetched_same as same on same.fetched_id = f.entity_id
    where f.known_from < fetched_clock.until and f.known_to >= fetched_clock.until
) as told
anti join %main%.verdict as e using (entity_id, institution, decision);

create or replace temp view financial as
select * from %main%.financial
union all by name
select * exclude (rank) from (
    select f.* exclude (origin, snapshot_id, known_from, known_to)
        replace (coalesce(same.entity_id, f.entity_id) as entity_id), rank
    from %fetched%.financial as f
    cross join fetched_clock
    join fetched_rank using (origin)
    left join fetched_same as same on same.fetched_id = f.entity_id
    where f.known_from < fetched_clock.until and f.known_to >= fetched_clock.until
    qualify row_number() over (partition by coalesce(same.entity_id, f.entity_id), item, year
        order by rank, amount desc) = 1
) as told
anti join %main%.financial as e using (entity_id, item, year);
