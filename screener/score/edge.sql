-- The edges that findings stand on, with the names of their ends.
-- in:  finding, edge, edge_source, activity, entity, list
-- out: edge_id, relation, from_id, to_id, from_name, to_name, from_name_ko, to_name_ko, share, amount_usd, period, since, until, ended_on,
--      confirmed_on, status, hs_code, product, origin_region, place, summary, summary_ko,
--      begun_known (whether a source says when it began), read_on (of a listing: the newest day of which a source says that it stands)
with read as (
    select edge_id, max(published_on) as read_on
    from edge_source
    where edge_id in (select edge_id from edge where relation = 'listed_on')
    group by edge_id
)
select
    edge_id, relation, from_id, to_id,
    coalesce(f.name, from_id) as from_name, coalesce(t.name, l.title, to_id) as to_name,
    f.name_ko as from_name_ko, t.name_ko as to_name_ko,
    edge.share, edge.amount_usd, edge.period, edge.since, edge.until, ended_on, edge.confirmed_on, edge.status,
    hs_code, product, origin_region, edge.place, edge.summary, activity.summary_ko,
    edge.since is not null as begun_known, read_on
from edge
left join read using (edge_id)
left join activity on activity.fact_id = edge_id
left join entity as f on f.entity_id = from_id
left join entity as t on t.entity_id = to_id
left join list as l on 'list:' || l.list_id = to_id
where edge_id in (select unnest(edge_ids) from finding)
order by edge_id
