-- What surrounds one entity: its owners, what it owns, their suppliers over tiers, and the lists and acts of these.
-- in:  near (see near.sql), node, edge, edge_source, known_source; parameter $most (edges)
-- out: edge_id, kind, relation, from_id, to_id, direction (up, down, supply, other), depth, share, share_min, operates,
--      since, until, ended_on, end_planned, confirmed_on, confirmed_written, status, live, disputed, hs_code, product,
--      product_ko, origin_region, amount_usd, period, place, summary, summary_ko, sources (list of {source_id,
--      publisher, publisher_kind, title, url, grade, published_on, copy_of}; the first is the one that is named), ends
--      (list of {publisher, publisher_kind, independent_publisher}: of the sources of its end)
with reached as (
    select fact_id as edge_id, arg_min(direction, depth) as direction, min(depth) as depth
    from near
    where fact_id is not null
    group by fact_id
    union all
    select e.edge_id, 'other', min(n.depth) + 1
    from (select entity_id, min(depth) as depth from near join node using (node) group by entity_id) as n
    join edge as e on e.from_id = n.entity_id
    where e.kind in ('listing', 'activity')
    group by e.edge_id
),
nearest as (
    select e.*, r.direction, r.depth
    from reached as r
    join edge as e using (edge_id)
    order by r.depth, e.live desc, e.share desc nulls last, e.edge_id
    limit $most
),
cited as (
    select
        edge_id,
        list(
            {source_id: k.source_id, publisher: k.publisher, publisher_kind: k.publisher_kind, title: k.title,
                url: k.url, grade: k.grade, published_on: k.published_on, copy_of: k.copy_of}
            order by k.grade, k.published_on desc, k.source_id
        ) as sources
    from edge_source
    join known_source as k using (source_id)
    where edge_id in (select edge_id from nearest)
    group by edge_id
),
closed as (
    select
        edge_id,
        list(
            {publisher: k.publisher, publisher_kind: k.publisher_kind, independent_publisher: k.independent_publisher}
            order by k.source_id
        ) as ends
    from (select edge_id, unnest(end_source_ids) as source_id from nearest)
    join known_source as k using (source_id)
    group by edge_id
)
select
    edge_id, kind, relation, from_id, to_id, direction, depth, share, share_min, operates, since, until, ended_on,
    end_planned, confirmed_on, confirmed_written, status, live, disputed, hs_code, product, product_ko, origin_region,
    amount_usd, period, place, summary, summary_ko, sources, ends
from nearest
left join cited using (edge_id)
left join closed using (edge_id)
order by depth, live desc, share desc nulls last, edge_id
