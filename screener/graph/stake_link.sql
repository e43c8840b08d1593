-- The stakes that stand on the day, as edges between numbered nodes.
-- in:  edge (kind ownership, live), node
-- out: owning_edge (edge_no, edge_id), owning (edge_no, owner, owned, share_min, share_max, operates, stated, tie); variable stake_nodes

set variable stake_nodes = (select count(*) from node);

create or replace temp table owning_edge as
select (row_number() over (order by edge_id) - 1)::bigint as edge_no, edge_id
from (select distinct edge_id from edge where kind = 'ownership' and live)
order by edge_no;

create or replace temp table owning as
select
    n.edge_no, a.node as owner, b.node as owned, e.share_min, e.share as share_max, e.operates, e.confirmed_on as stated,
    (md5_number_lower(e.edge_id) & 67108863)::integer as tie
from edge as e
join owning_edge as n using (edge_id)
join node as a on a.entity_id = e.from_id
join node as b on b.entity_id = e.to_id
where e.kind = 'ownership' and e.live;
