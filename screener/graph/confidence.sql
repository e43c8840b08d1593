-- How far each combination of sources can be relied on.
-- in:  known_set, known_source (see store/clock.sql), grade_quality (grade, quality)
-- out: set_publisher (source_set, voice, quality): independent publishers, each with the quality of its best grade
--      set_confidence (source_set, sure)

create or replace temp table set_publisher as
select source_set, voice, max(quality) as quality
from (select source_set, unnest(source_ids) as source_id from known_set)
join known_source using (source_id)
join grade_quality using (grade)
group by source_set, voice;

create or replace temp table set_confidence as
select source_set, sureness(quality, voice) as sure from set_publisher group by source_set;
