-- The stakes that stand on the day, as edges between numbered nodes.
-- in:  edge (kind ownership, live), fact (fact_id, kind, source_ids), edge_source, known_source, node, graph_parameter
-- out: owning_edge (edge_no, edge_id, told_ids): told_ids has the edge first, then the others that tell of the same stake
--      owning (edge_no, owner, owned, share_min, share_max, sure, operates, stated, tie); variable stake_nodes
-- told_stake (owner, owned, sure, edge_ids): the few stakes of which there are several statements
-- All statements of one stake are one claim, as sure (as in score/findings.py) as all their sources together make it.

set variable stake_nodes = (select count(*) from node);

create or replace temp table live_stake as
select
    (row_number() over (order by edge_id) - 1)::bigint as edge_no, edge_id, a.node as owner, b.node as owned, e.share_min, e.share as share_max,
    e.operates, e.confirmed_on as stated, e.status = 'disputed' as disputed
from edge as e
join node as a on a.entity_id = e.from_id
join node as b on b.entity_id = e.to_id
where e.kind = 'ownership' and e.live;

create or replace temp table told_stake as
with repeated as (
    select owner, owned, list(edge_id order by edge_id) as edge_ids, bool_and(disputed) as disputed
    from live_stake
    group by owner, owned
    having count(*) > 1
),
told as (
    select owner, owned, voice, max(p.quality[grade]) as quality
    from (select owner, owned, unnest(edge_ids) as edge_id from repeated)
    join edge_source using (edge_id)
    cross join graph_parameter as p
    group by owner, owned, voice
),
summed as (
    select owner, owned, 1 - product(1 - quality order by voice) as sure from told group by owner, owned
)
select owner, owned, edge_ids, sure * case when repeated.disputed then p.disputed else 1 end as sure
from repeated
join summed using (owner, owned)
cross join graph_parameter as p;

create or replace temp table owning_edge as
select s.edge_no, s.edge_id, case when t.owner is null then [s.edge_id] else list_distinct(list_prepend(s.edge_id, t.edge_ids)) end as told_ids
from live_stake as s
left join told_stake as t using (owner, owned);

create or replace temp table owning as
with told as (
    select source_ids, voice, max(p.quality[grade]) as quality
    from (select source_ids, unnest(source_ids) as source_id from (select distinct source_ids from fact where kind = 'ownership'))
    join known_source using (source_id)
    cross join graph_parameter as p
    group by source_ids, voice
),
summed as (
    select source_ids, 1 - product(1 - quality order by voice) as sure from told group by source_ids
)
select
    s.edge_no, s.owner, s.owned, s.share_min, s.share_max,
    coalesce(t.sure, summed.sure * case when s.disputed then p.disputed else 1 end) as sure,
    s.operates, s.stated, (md5_number_lower(s.edge_id) & 67108863)::integer as tie
from live_stake as s
cross join graph_parameter as p
join fact as f on f.fact_id = s.edge_id
join summed using (source_ids)
left join told_stake as t using (owner, owned);
