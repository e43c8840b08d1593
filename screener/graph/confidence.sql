-- The confidence in each combination of sources.
-- in:  known_set, known_source (see store/clock.sql), grade_quality (grade, quality)
-- out: set_publisher (source_set, independent_publisher, quality): publishers that count for independence, each with
--      the quality of its best grade
--      set_confidence (source_set, confidence)

create or replace temp table set_publisher as
select source_set, independent_publisher, max(quality) as quality
from (select source_set, unnest(source_ids) as source_id from known_set)
join known_source using (source_id)
join grade_quality using (grade)
group by source_set, independent_publisher;

create or replace temp table set_confidence as
select source_set, joint_confidence(quality, independent_publisher) as confidence
from set_publisher
group by source_set;
