-- What a combination of sources is worth: how sure it makes a claim (`sureness`), and when it and the end were told.
-- in:  source_set, known_source, graph_parameter
-- out: set_voice (source_set, voice, quality, newest); told_set (source_set, sure, newest, last_told_on,
--      end_known_on, end_known)

create or replace temp table set_voice as
select source_set, voice, max(p.quality[grade]) as quality, max(published_on) as newest
from (select source_set, unnest(source_ids) as source_id from source_set)
join known_source using (source_id)
cross join graph_parameter as p
group by source_set, voice;

create or replace temp table told_set as
with summed as (
    select source_set, sureness(quality, voice) as sure, max(newest) as newest from set_voice group by source_set
),
end_told as (
    select source_set, min(published_on) as end_known_on, max(published_on) as end_newest
    from (select source_set, unnest(end_source_ids) as source_id from source_set)
    join known_source using (source_id)
    group by source_set
)
select
    source_set, sure, newest, greatest(newest, end_newest) as last_told_on,
    coalesce(end_known_on, newest) as end_known_on,
    len(end_source_ids) = 0 or end_known_on is not null as end_known
from source_set
join summed using (source_set)
left join end_told using (source_set);
