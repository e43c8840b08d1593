-- The stakes that stand on the day, as edges between numbered nodes.
-- in:  stake_link (see store/numbered.sql), told_set, set_voice, graph_parameter; macro known_end, variable graph_as_of
-- out: owning (edge_no, owner, owned, share_min, share_max, sure, operates, stated, tie)
--      owning_edge, a view (edge_no, edge_id, told_ids) of the stakes that were gathered (`stake`, see stake.sql): told_ids has the edge first,
--          then the others that tell of the same stake
-- All statements of one stake are one claim, as sure (as in score/findings.py) as all their sources together make it.

create or replace temp table owning as
with known as (
    select
        l.*, t.sure as told_sure, least(coalesce(l.confirmed_on, t.newest), t.last_told_on) as stated,
        known_end(l.valid_from, l.valid_to, l.vague_end, t.end_known, t.end_known_on) as ended_on
    from stake_link as l
    join told_set as t using (source_set)
    where l.valid_from <= getvariable('graph_as_of')
)
select
    edge_no, owner, owned, share_min, share_max, told_sure * case when known.disputed then p.disputed else 1 end as sure, operates, stated, tie
from known
cross join graph_parameter as p
where ended_on is null or ended_on >= getvariable('graph_as_of');

-- The few stakes of which there are several statements.
create or replace temp table stated as
select l.owner, l.owned, l.edge_no, l.fact_id, l.source_set, l.disputed
from stake_link as l
semi join owning using (edge_no)
where l.repeated;

create or replace temp table told_stake as
with several as (
    select owner, owned, bool_and(disputed) as disputed, min(source_set) as first_set, max(source_set) as last_set
    from stated
    group by owner, owned
    having count(*) > 1
),
told as (
    select owner, owned, voice, max(quality) as quality
    from (select distinct owner, owned, source_set from stated)
    join several using (owner, owned)
    join set_voice using (source_set)
    where first_set < last_set
    group by owner, owned, voice
),
summed as (
    select owner, owned, 1 - product(1 - quality order by voice) as sure
    from told
    group by owner, owned
    union all
    select owner, owned, sure
    from several
    join told_set on source_set = first_set
    where first_set = last_set
)
select owner, owned, sure * case when several.disputed then p.disputed else 1 end as sure
from several
join summed using (owner, owned)
cross join graph_parameter as p;

update owning set sure = t.sure from told_stake as t where t.owner = owning.owner and t.owned = owning.owned;

-- The stakes are gathered later; the view is of what is there when it is read.
create temp table if not exists stake (owner integer, owned integer, edge_no bigint);

create or replace temp view owning_edge as
select l.edge_no, l.fact_id as edge_id, coalesce(list_distinct(list_prepend(l.fact_id, t.edge_ids)), [l.fact_id]) as told_ids
from (from stake_link where edge_no in (select edge_no from stake)) as l
left join (
    select owner, owned, list(fact_id order by fact_id) as edge_ids
    from stated
    semi join stake using (owner, owned)
    group by owner, owned
) as t using (owner, owned);
