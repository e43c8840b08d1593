-- The stakes that stand on the day, as edges between numbered nodes.
-- in:  stake_link (see store/numbered.sql), told_set, set_voice, graph_parameter; macro known_end, variables graph_as_of, graph_seen_by
-- out: owning (edge_no, owner, owned, share_min, share_max, sure, operates, stated, tie, repeated)
--      told_stake (owner, owned, sure, edge_ids): the few stakes of which there are several statements
--      owning_edge, a view (edge_no, edge_id, told_ids): told_ids has the edge first, then the others that tell of the same stake
-- All statements of one stake are one claim, as sure (as in score/findings.py) as all their sources together make it.

create or replace temp table owning as
with known as (
    select
        l.*, t.sure as told_sure, least(coalesce(l.confirmed_on, t.newest), getvariable('graph_seen_by')) as stated,
        known_end(l.valid_from, l.valid_to, l.vague_end, t.end_known, t.end_known_on) as ended_on
    from stake_link as l
    join told_set as t using (source_set)
    where l.valid_from <= getvariable('graph_as_of')
)
select
    edge_no, owner, owned, share_min, share_max, told_sure * case when known.disputed then p.disputed else 1 end as sure, operates, stated, tie,
    repeated
from known
cross join graph_parameter as p
where ended_on is null or ended_on >= getvariable('graph_as_of');

create or replace temp table told_stake as
with repeated as (
    select owner, owned, list(edge_no order by edge_no) as edge_nos
    from owning
    where repeated
    group by owner, owned
    having count(*) > 1
),
stated as (
    select r.owner, r.owned, l.edge_no, l.fact_id, l.source_set, l.disputed
    from (select owner, owned, unnest(edge_nos) as edge_no from repeated) as r
    join stake_link as l using (edge_no)
),
told as (
    select owner, owned, voice, max(quality) as quality
    from (select distinct owner, owned, source_set from stated)
    join set_voice using (source_set)
    group by owner, owned, voice
),
summed as (
    select owner, owned, 1 - product(1 - quality order by voice) as sure from told group by owner, owned
),
named as (
    select owner, owned, list(fact_id order by fact_id) as edge_ids, bool_and(disputed) as disputed from stated group by owner, owned
)
select owner, owned, edge_ids, sure * case when named.disputed then p.disputed else 1 end as sure
from named
join summed using (owner, owned)
cross join graph_parameter as p;

update owning set sure = t.sure from told_stake as t where t.owner = owning.owner and t.owned = owning.owned;

create or replace temp view owning_edge as
select l.edge_no, l.fact_id as edge_id, case when t.owner is null then [l.fact_id] else list_distinct(list_prepend(l.fact_id, t.edge_ids)) end as told_ids
from stake_link as l
left join told_stake as t using (owner, owned);
