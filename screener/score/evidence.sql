-- The sources of the edges that findings rest on and of their ends, and of answers, verdicts and contacts.
-- in:  finding, edge, edge_source, known_source, response, verdict, contact
-- out: edge_id (null for those of answers, verdicts and contacts), ends (says only that the edge ended or is to end),
--      source_id, publisher, publisher_kind, title, url, archived_url, copy_of,
--      published_on, published_written, retrieved_on, grade, independent_publisher, language
with wanted as (
    select edge_id, source_id, false as ends from edge_source where edge_id in (select unnest(edge_ids) from finding)
    union all
    select edge_id, source_id, true
    from (select edge_id, source_ids, unnest(end_source_ids) as source_id from edge)
    where edge_id in (select unnest(edge_ids) from finding) and not list_contains(source_ids, source_id)
    union all
    select distinct null, unnest(source_ids), false from response
    union all
    select distinct null, unnest(source_ids), false from verdict
    union all
    select distinct null, unnest(source_ids), false from contact
)
select
    edge_id, ends, source_id, publisher, publisher_kind, title, url, archived_url, copy_of, published_on,
    published_written,
    retrieved_on,
    grade, independent_publisher, language
from wanted
join known_source using (source_id)
order by edge_id, ends, grade, published_on desc, source_id
