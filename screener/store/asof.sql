-- What the rest of the program reads once something was fetched: temporary views that shadow the embedded tables of
-- the same names. Where nothing is merged (source, supply, activity), asof.py creates the view.
-- in:  embedded_<table>; fetched_<table> (see asof.py): the fetched rows that count, under the ids of the entities that
--      they are joined to, with rank (the lower number goes first where two sources state the same thing) and joined
--      (whether the entity's id differs from the one that the source gave it);
--      fetched.listing, fetched.same_as, fetched_clock (until)
-- out: entity, identifier, entity_name, ownership, list, listing, verdict, financial, shaped as embedded.

create or replace temp view entity as
with fresh as (
    -- One source may state an entity twice: the first in alphabetical order then takes precedence.
    select * exclude (rank, joined), row(rank, joined, name, kind, country, sector, market, status) as place
    from fetched_entity
    anti join embedded_entity using (entity_id)
),
repeated as (
    select entity_id from fresh group by entity_id having count(*) > 1
)
from embedded_entity
union all by name
select * exclude (place) from fresh anti join repeated using (entity_id)
union all by name
select
    entity_id, arg_min(columns(* exclude (entity_id, source_ids, place)), place),
    all_ids(list(source_ids)) as source_ids
from fresh
semi join repeated using (entity_id)
group by entity_id;

create or replace temp view identifier as
with merged as (from merged_identifier('fetched_identifier'))
select e.* replace (both_ids(e.source_ids, m.source_ids) as source_ids)
from embedded_identifier as e
left join merged as m using (entity_id, scheme, value)
union all by name
from merged anti join embedded_identifier using (entity_id, scheme, value);

-- The main name of a record that was joined to another entity becomes an alias of that entity.
create or replace temp view stated_entity_name as
select * replace (case when joined and kind = 'primary' then 'alias' else kind end as kind) from fetched_entity_name;

create or replace temp view entity_name as
with merged as (from merged_entity_name('stated_entity_name'))
select e.* replace (both_ids(e.source_ids, m.source_ids) as source_ids)
from embedded_entity_name as e
left join merged as m using (entity_id, name)
union all by name
from merged anti join embedded_entity_name using (entity_id, name);

create or replace temp view ownership as
-- A stake that two sources state is one stake: otherwise its share would count twice.
with once as (
    select * exclude (rank, joined)
    from fetched_ownership
    where owner_id <> owned_id
    qualify row_number() over (partition by owner_id, owned_id
        order by rank, confirmed_on desc nulls last, share_max desc nulls last, fact_id) = 1
)
select
    e.* replace (
        both_ids(e.source_ids, o.source_ids) as source_ids, greatest(e.confirmed_on, o.confirmed_on) as confirmed_on,
        least(e.first_confirmed_on, o.first_confirmed_on) as first_confirmed_on
    )
from embedded_ownership as e
-- A curated stake retains its status and summary; a source that states the same share confirms it.
left join once as o
    on o.owner_id = e.owner_id and o.owned_id = e.owned_id and e.status <> 'ended'
        and abs(o.share_max - e.share_max) <= 0.005
union all by name
from once anti join embedded_ownership using (owner_id, owned_id);

create or replace temp view list as
select
    e.* replace (
        greatest(e.complete_as_of, f.complete_as_of) as complete_as_of,
        both_ids(e.source_ids, f.source_ids) as source_ids
    )
from embedded_list as e
left join fetched_list as f using (list_id)
union all by name
select * exclude (rank, joined) from fetched_list anti join embedded_list using (list_id);

create or replace temp view listing as
with pairs as (
    select entity_id, list_id, all_ids(list(source_ids)) as source_ids from fetched_listing group by all
),
-- A removed entry belongs to the entity that it was last joined to.
last_same as (
    select fetched_id, arg_max(entity_id, system_from) as entity_id
    from fetched.same_as, fetched_clock
    where system_from < until
    group by fetched_id
),
-- The official list no longer has the entity: it was taken off on the day on which the list was first read without
-- it.
taken_off as (
    select coalesce(same.entity_id, f.entity_id) as entity_id, list_id, max(f.system_to)::date as off_on
    from fetched.listing as f
    cross join fetched_clock
    left join last_same as same on same.fetched_id = f.entity_id
    where f.system_from < fetched_clock.until and f.system_to < fetched_clock.until
    group by all
    having (coalesce(same.entity_id, f.entity_id), list_id) not in (select (entity_id, list_id) from pairs)
)
select
    e.* replace (
        both_ids(e.source_ids, p.source_ids) as source_ids, coalesce(e.valid_to, gone.off_on) as valid_to,
        coalesce(e.until, gone.off_on::varchar) as until
    )
from embedded_listing as e
left join pairs as p on p.entity_id = e.entity_id and p.list_id = e.list_id and e.valid_to is null
left join taken_off as gone on gone.entity_id = e.entity_id and gone.list_id = e.list_id
union all by name
select * exclude (rank, joined)
from fetched_listing
-- A listing in both the datasets and the list itself is one listing; where the datasets report its end, the list takes
-- precedence.
anti join (select entity_id, list_id from embedded_listing where valid_to is null) using (entity_id, list_id);

create or replace temp view verdict as
from embedded_verdict
union all by name
select * exclude (rank, joined)
from fetched_verdict
anti join embedded_verdict using (entity_id, institution, decision);

create or replace temp view financial as
from embedded_financial
union all by name
select * exclude (rank, joined) from (
    from fetched_financial
    qualify row_number() over (partition by entity_id, item, year order by rank, amount desc) = 1
)
anti join embedded_financial using (entity_id, item, year);
