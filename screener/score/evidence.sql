-- The sources of the edges that findings stand on, and of the answers of the companies.
-- in:  finding, edge_source, known_source, response
-- out: edge_id, source_id, publisher, publisher_kind, title, url, archived_url, published_on, published_written, retrieved_on, grade, voice, language, copy_of
with wanted as (
    select edge_id, source_id from edge_source where edge_id in (select unnest(edge_ids) from finding)
    union all
    select distinct null, unnest(source_ids) from response
)
select
    edge_id, source_id, publisher, publisher_kind, title, url, archived_url, published_on, published_written, retrieved_on, grade, voice, language, copy_of
from wanted
join known_source using (source_id)
order by edge_id, grade, published_on desc, source_id
