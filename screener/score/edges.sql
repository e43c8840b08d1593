-- The edges that findings rest on, with the names of their ends.
-- in:  finding, edge, entity, list
-- out: edge_id, relation, from_id, to_id, from_name, to_name, from_name_ko, to_name_ko, to_kind, share, amount_usd,
--      period, since, until, begun_known (whether a source says when it began), ended_on, end_planned, confirmed_on,
--      confirmed_written (no more precise than the source gives it), read_on (of a listing: the newest day for which a
--      source confirms it), status, disputed (denied with reasons, whether it ended or not), share_min, hs_code,
--      product, product_ko, origin_region, place, summary (empty where it may tell what was not yet known), summary_ko,
--      end_source_ids
select
    edge_id, relation, from_id, to_id,
    coalesce(f.name, from_id) as from_name, coalesce(t.name, l.title, to_id) as to_name,
    f.name_ko as from_name_ko, t.name_ko as to_name_ko, t.kind as to_kind,
    edge.share, amount_usd, period, since, until, begun_known, ended_on, end_planned,
    confirmed_on, confirmed_written, read_on, edge.status, edge.disputed, edge.share_min, hs_code, product, product_ko,
    origin_region, place, summary, summary_ko, end_source_ids
from edge
left join entity as f on f.entity_id = from_id
left join entity as t on t.entity_id = to_id
left join list as l on 'list:' || l.list_id = to_id
where edge_id in (select unnest(edge_ids) from finding)
order by edge_id
