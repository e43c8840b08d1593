-- What companies answered, and what was observed of them, as known on the known-at day and stated by the as-of day.
-- in:  response, known_set, clock
-- out: entity_id, topic, kind, stated_on, stated_written, summary, summary_ko, source_ids (those published by then);
--      summary is empty where a source was published later: it may tell what was not known then
select
    entity_id, topic, kind, stated_on, stated_written, if(all_known, summary, left(summary, 0)) as summary, summary_ko,
    known_ids as source_ids
from response as r
join known_set as k on k.source_ids = r.source_ids and k.end_source_ids = []
join clock on stated_on <= as_of and is_known(first_day(stated_written), newest, latest)
order by entity_id, topic, stated_on, kind, summary
