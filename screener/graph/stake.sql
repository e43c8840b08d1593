-- One stake for each owner and owned, in integers, of the stakes that are current on the day and below a top.
-- in:  top (node), stake_link (see store/numbered.sql), known_set (see store/clock.sql), set_confidence, set_publisher
--      (see confidence.sql), clock, parameter (control_share, disputed)
-- out: stake (owner, owned, low, high, likely, known_low, confidence, operated, edge_no, edge_ids, cost): low and high
--      are the share in units of 1e-15, so that sums are exact and do not depend on the order of the rows; likely is
--      high times confidence (0-1), known_low is 0 where no source gives a share; edge_ids has the statement that
--      counts first, then the others; cost as in best_path.sql
-- All statements of one stake are one claim, with the joint confidence of all their sources. The newest statement with
-- a share holds, and different shares on one day form a range. Where no source gives a share, an operator counts as
-- holding the control share, any other owner as nothing. Where known shares sum to more than the whole, no owner is
-- known to hold more than its part of that sum: low is scaled, high stays. Half a percent is allowed for rounding.

create or replace temp table stake as
with recursive dated as not materialized (
    select
        l.*, as_of, least(coalesce(l.confirmed_on, k.newest), k.last_known_on) as stated,
        known_end(l.valid_from, l.valid_to, l.vague_from, k.end_known, k.end_known_on, k.end_newest) as ended_on
    from stake_link as l
    join known_set as k using (source_set)
    cross join clock
),
current as not materialized (
    from dated where valid_from <= as_of and coalesce(ended_on >= as_of, true)
),
ends as materialized (
    select owner, owned from current
),
reached(node, is_owned) as (
    select node, false from top
    union
    select s.owned, true from reached join ends as s on s.owner = reached.node
),
below as materialized (
    -- As a list, because the planner expects a recursion to return more rows than there are stakes.
    select unnest(nodes) as node from (select list(distinct node) as nodes from reached where is_owned)
),
statement as materialized (
    select
        owner, owned, edge_no, fact_id, source_set, repeated, disputed, operates, tie, share_min, share_max, stated
    from current
    where owned in (from below)
),
together as (
    select owner, owned, joint_confidence(quality, independent_publisher) as confidence
    from (
        select owner, owned, independent_publisher, max(quality) as quality
        from (select distinct owner, owned, source_set from statement where repeated)
        join set_publisher using (source_set)
        group by owner, owned, independent_publisher
    )
    group by owner, owned
),
grouped as (
    -- A claim is disputed where all its statements are.
    select
        owner, owned, count(*) as statements, max(source_set) as source_set, bool_and(disputed) as disputed,
        bool_or(operates) as operates, min(share_min) as share_min, min(share_max) as share_max,
        min(edge_no) as edge_no, min(tie) as tie, [min(fact_id)] as edge_ids
    from statement
    group by owner, owned
),
-- Nearly every stake is stated once; comparing whole rows is slow, so only those of the others are compared.
chosen as (
    select
        owner, owned, min(share_min) filter (place = 1) as share_min, max(share_max) filter (place = 1) as share_max,
        min({high: -share_max, edge_no: edge_no, tie: tie, fact_id: fact_id}) filter (place = 1) as first,
        list(fact_id order by fact_id) as all_ids
    from (
        select *, rank() over (partition by owner, owned order by share_max is null, stated desc) as place
        from statement
        semi join (select owner, owned from grouped where statements > 1) using (owner, owned)
    )
    group by owner, owned
),
whole as materialized (
    select
        g.owner, g.owned, case when g.operates then p.control_share else 0 end as unnamed_share,
        round(1e15 * coalesce(c.share_min, g.share_min, unnamed_share))::bigint as low,
        round(1e15 * coalesce(c.share_max, g.share_max, unnamed_share))::bigint as high,
        coalesce(c.share_max, g.share_max) is null as unknown,
        g.operates and (unknown or coalesce(c.share_min, g.share_min) >= p.control_share) as operated,
        coalesce(t.confidence, s.confidence) * case when g.disputed then p.disputed else 1 end as confidence,
        coalesce(c.first.edge_no, g.edge_no) as edge_no, coalesce(c.first.tie, g.tie) as tie,
        case when c.owner is null then g.edge_ids
            else list_prepend(c.first.fact_id, list_filter(all_ids, lambda id: id <> c.first.fact_id))
        end as edge_ids
    from grouped as g
    join set_confidence as s using (source_set)
    left join chosen as c using (owner, owned)
    left join together as t using (owner, owned)
    cross join parameter as p
),
overfull as (
    select owned, sum(low) / 1e15 as total from whole group by owned having sum(low) > 1.005e15
),
scaled as (
    select whole.* replace (round(low / coalesce(total, 1))::bigint as low) from whole left join overfull using (owned)
)
select
    owner, owned, low, greatest(low, high) as high, round(greatest(low, high) * confidence)::bigint as likely,
    case when unknown then 0 else low end as known_low,
    confidence, operated, edge_no, edge_ids,
    ((round(-1e6 * ln(greatest(high / 1e15 * confidence, 1e-12)))::bigint + 1) << 30) + tie as cost
from scaled;
