-- The sources of every edge that a finding stands on.
-- in:  finding, edge, edge_source
-- out: edge_id, claim (edges that say the same of the same entity share it), source_id, voice, grade
select edge_id, from_id || ' ' || relation as claim, source_id, voice, grade
from edge_source
join edge using (edge_id)
where edge_id in (select unnest(edge_ids) from finding)
order by all
