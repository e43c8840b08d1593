-- The stakes that stand on the day, as edges between numbered nodes.
-- in:  edge (kind ownership, live), edge_source, node, graph_parameter
-- out: owning_edge (edge_no, edge_id, told_ids): told_ids has the edge first, then the others that tell of the same stake
--      owning (edge_no, owner, owned, share_min, share_max, sure, operates, stated, tie); variable stake_nodes
-- All statements of one stake are one claim, as sure (as in score/findings.py) as all their sources together make it.

set variable stake_nodes = (select count(*) from node);

create or replace temp table owning_edge as
select
    (row_number() over (order by edge_id) - 1)::bigint as edge_no, edge_id,
    list_distinct(list_prepend(edge_id, list_sort(list(edge_id) over (partition by from_id, to_id)))) as told_ids
from edge
where kind = 'ownership' and live
order by edge_no;

create or replace temp table told_stake as
with told as (
    select from_id, to_id, voice, max(p.quality[grade]) as quality, bool_and(status = 'disputed') as disputed
    from edge
    join edge_source using (edge_id)
    cross join graph_parameter as p
    where kind = 'ownership' and live
    group by from_id, to_id, voice
)
select
    from_id, to_id, (1 - product(1 - told.quality order by voice)) * case when bool_and(told.disputed) then any_value(p.disputed) else 1 end as sure
from told
cross join graph_parameter as p
group by from_id, to_id;

create or replace temp table owning as
select
    n.edge_no, a.node as owner, b.node as owned, e.share_min, e.share as share_max, t.sure, e.operates, e.confirmed_on as stated,
    (md5_number_lower(e.edge_id) & 67108863)::integer as tie
from edge as e
join owning_edge as n using (edge_id)
join told_stake as t using (from_id, to_id)
join node as a on a.entity_id = e.from_id
join node as b on b.entity_id = e.to_id
where e.kind = 'ownership' and e.live;
