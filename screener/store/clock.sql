-- What was known by a day, for each source and for each combination of sources that facts rest on.
-- in:  clock (as_of, known_at), source, source_set, node and stake_link (see numbered.sql), activity, listing
-- out: known_source (source_id, …, independent_publisher, read_on): sources published by known_at;
--          independent_publisher counts for independence (a source that repeats another has that one's publisher),
--          read_on is the newest day that the source covers
--      known_set (source_set, source_ids, end_source_ids, latest, oldest, newest, newest_written, read_on,
--          last_known_on, end_known_on, end_newest, end_known, known_ids, all_known): days of its known sources, latest
--          that of all; an end without a source of its own is known with the fact; all_known: none was published later
--      asked_fact (fact_id): acts, listings, and the stakes that involve a Korean company

create or replace temp table known_source as
select
    s.*, coalesce(repeated.publisher, s.publisher) as independent_publisher,
    case when starts_with(s.source_id, 'fetched-') then s.retrieved_on else s.published_on end as read_on
from source as s
cross join clock
left join source as repeated on repeated.source_id = s.repeats
where s.published_on <= clock.known_at;

create or replace temp table known_set as
with begun as (
    select
        source_set, min(published_on) as oldest, max(published_on) as newest, max(read_on) as read_on,
        list(source_id order by source_id) as known_ids,
        arg_max(published_written, (published_on, -length(published_written))) as newest_written
    from (select source_set, unnest(source_ids) as source_id from source_set)
    join known_source using (source_id)
    group by source_set
),
ended as (
    select source_set, min(published_on) as end_known_on, max(published_on) as end_newest, count(*) as known
    from (select source_set, unnest(end_source_ids) as source_id from source_set)
    join known_source using (source_id)
    group by source_set
)
select
    source_set, source_ids, end_source_ids, latest, begun.oldest, newest, newest_written, read_on, known_ids,
    greatest(newest, end_newest) as last_known_on,
    coalesce(end_known_on, newest) as end_known_on, coalesce(end_newest, newest) as end_newest,
    len(end_source_ids) = 0 or end_known_on is not null as end_known,
    len(known_ids) + coalesce(ended.known, 0) = len(source_ids) + len(end_source_ids) as all_known
from source_set
join begun using (source_set)
left join ended using (source_set);

create or replace temp table asked_fact as
with korean as (
    select node from node where kind = 'company' and country = 'KR'
)
select fact_id from activity
union
select fact_id from listing
union
select fact_id from stake_link where owner in (from korean) or owned in (from korean);
