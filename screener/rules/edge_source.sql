-- The sources of every edge that a finding stands on, and how the edge stands on the day.
-- in:  finding, edge, edge_source
-- out: in no order, edge_id, claim (edges that say the same share it), kind, live, disputed, ended_on, confirmed_on, source_id, voice, grade
-- To be listed by several, or to do one thing in several ways, is one claim; a stake or a delivery is one claim for each counterparty.
select
    edge_id, concat_ws(' ', from_id, relation, case when kind in ('ownership', 'supply') then to_id end) as claim, kind, live,
    status = 'disputed' as disputed, ended_on, confirmed_on, source_id, voice, grade
from edge_source
join edge using (edge_id)
where edge_id in (select unnest(edge_ids) from finding)
