-- Of all stakes those that stand on the day, on a chain down from one of the tops, with what they are worth.
-- in:  top (node), stake_link (see store/numbered.sql), told_set, set_voice, clock, graph_parameter
-- out: owning (edge_no, fact_id, owner, owned, share_min, share_max, sure, operates, stated, tie)
-- All statements of one stake are one claim, as sure (`sureness`) as all their sources together make it.

create or replace temp table owning as
with recursive ends as materialized (
    select owner, owned from stake_link
),
reached(node) as (
    select node from top
    union
    select s.owned from reached join ends as s on s.owner = reached.node
),
below as materialized (
    select distinct owned as node from ends semi join reached on reached.node = owner
),
known as (
    select
        l.*, t.sure as told_sure, least(coalesce(l.confirmed_on, t.newest), t.last_told_on) as stated, as_of,
        known_end(l.valid_from, l.valid_to, l.vague_end, t.end_known, t.end_known_on) as ended_on
    from (from stake_link where owned in (from below)) as l
    join told_set as t using (source_set)
    cross join clock
),
standing as (
    from known where valid_from <= as_of and coalesce(ended_on >= as_of, true)
),
voiced as (
    select owner, owned, voice, max(quality) as quality
    from (select distinct owner, owned, source_set from standing where repeated)
    join set_voice using (source_set)
    group by owner, owned, voice
),
together as (
    select owner, owned, sureness(quality, voice) as sure from voiced group by owner, owned
),
-- A claim is disputed where all that say so are.
denied as (
    select owner, owned, bool_and(disputed) as disputed from standing group by owner, owned
)
select
    edge_no, fact_id, owner, owned, share_min, share_max,
    coalesce(v.sure, told_sure) * case when d.disputed then p.disputed else 1 end as sure,
    operates, stated, tie
from standing as s
left join together as v using (owner, owned)
join denied as d using (owner, owned)
cross join graph_parameter as p;
