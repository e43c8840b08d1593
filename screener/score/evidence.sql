-- The sources of the edges that findings rest on, and of answers, verdicts and contacts.
-- in:  finding, edge_source, known_source, response, verdict, contact
-- out: edge_id (null for those of answers, verdicts and contacts), source_id, publisher, publisher_kind, title, url,
--      archived_url, copy_of,
--      published_on, published_written, retrieved_on, grade, independent_publisher, language
with wanted as (
    select edge_id, source_id from edge_source where edge_id in (select unnest(edge_ids) from finding)
    union all
    select distinct null, unnest(source_ids) from response
    union all
    select distinct null, unnest(source_ids) from verdict
    union all
    select distinct null, unnest(source_ids) from contact
)
select
    edge_id, source_id, publisher, publisher_kind, title, url, archived_url, copy_of, published_on, published_written,
    retrieved_on,
    grade, independent_publisher, language
from wanted
join known_source using (source_id)
order by edge_id, grade, published_on desc, source_id
