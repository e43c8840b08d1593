-- One stake for each owner and owned, in whole numbers, and what is wrong with the stakes as they are told.
-- in:  owning (edge_no, fact_id, owner, owned, share_min, share_max, sure, operates, stated, tie), top (node),
--      graph_parameter (control_share)
-- out: stake (owner, owned, low, high, likely, known_low, sure, operated, edge_no, edge_ids, cost): low and high are
--      the share in units of 1e-15, so that sums are exact and do not hang on the order of the rows; likely is high
--      times sure (0-1), known_low is nothing where nobody names a share; edge_ids has the statement that counts
--      first, then the others; cost as in supply.py. Of firms below the tops.
--      stake_problem (owned, total_min, problem)
-- A stake told several times is one stake: the newest statement that names a share holds, and what differs within one
-- day is a range. Where nobody names a share, an operator counts as holding the control share, another owner nothing.
-- What a firm holds in itself carries no vote and no claim: the others share the rest. Where known shares sum to more
-- than the whole, nobody can be sure of more than his part of that sum: low is scaled, high stays. Half a percent is
-- left for rounding.

create or replace temp table raw_stake as
with recursive ends as materialized (
    select owner, owned from owning
),
reached(node) as (
    select node from top
    union
    select s.owned from reached join ends as s on s.owner = reached.node
),
below as materialized (
    select distinct owned as node from ends semi join reached on reached.node = owner
),
told as (
    select
        owner, owned, edge_no, fact_id, sure, coalesce(operates, false) as operates, tie,
        coalesce(case when not isnan(share_min) then share_min end, 0) as share_min,
        coalesce(case when not isnan(share_max) then share_max end,
            case when not isnan(share_min) then share_min end) as share_max,
        coalesce(datediff('day', date '1970-01-01', stated), -1000000) as day
    from (from owning where owned in (from below) and owner is not null)
),
grouped as (
    select
        owner, owned, count(*) as statements, max(sure) as sure, bool_or(operates) as operates,
        min(share_min) as share_min,
        min(share_max) as share_max, min(edge_no) as edge_no, min(tie) as tie, [min(fact_id)] as edge_ids
    from told
    group by owner, owned
),
-- Nearly every stake is told once; rows are slow to compare whole, so only those of the others are.
ranked as (
    select *, rank() over (partition by owner, owned order by share_max is null, day desc) as place
    from told
    semi join (select owner, owned from grouped where statements > 1) using (owner, owned)
),
chosen as (
    select
        owner, owned, min(share_min) filter (place = 1) as share_min, max(share_max) filter (place = 1) as share_max,
        min({high: -share_max, edge_no: edge_no, tie: tie, fact_id: fact_id}) filter (place = 1) as first,
        list(fact_id order by fact_id) as all_ids
    from ranked
    group by owner, owned
),
named as (
    select
        g.owner, g.owned, g.sure, g.operates, coalesce(c.share_max, g.share_max) as share_max,
        case when c.owner is null then g.share_min else c.share_min end as least,
        coalesce(c.first.edge_no, g.edge_no) as edge_no, coalesce(c.first.tie, g.tie) as tie,
        case when c.owner is null then g.edge_ids
            else list_prepend(c.first.fact_id, list_filter(all_ids, lambda id: id <> c.first.fact_id))
        end as edge_ids
    from grouped as g
    left join chosen as c using (owner, owned)
),
unnamed as (
    -- Where nobody names a share the least is not known either.
    select * exclude (least), case when share_max is not null then least end as share_min from named
)
select
    owner, owned,
    round(1e15 * least(greatest(coalesce(share_min, case when operates then p.control_share else 0 end), 0), 1))::bigint
        as low,
    round(1e15 * least(greatest(coalesce(share_max, case when operates then p.control_share else 0 end), 0), 1))::bigint
        as high,
    share_max is null as unknown, operates and (share_max is null or share_min >= p.control_share) as operated,
    sure, edge_no, edge_ids, tie
from unnamed
cross join graph_parameter as p;

create or replace temp view stake_problem as
select owned, sum(low) / 1e15 as total_min, 'it is told to own a part of itself' as problem
from raw_stake
where owner = owned
group by owned
union all
select owned, sum(low) / 1e15, 'the known shares sum to more than the whole'
from raw_stake
where owner <> owned
group by owned
having sum(low) > 1.005e15;

create or replace temp table stake as
with own as (
    select owned, low, high from raw_stake where owner = owned
),
scaled as (
    select
        s.* replace (
            least(round(s.low / (1 - coalesce(own.low, 0) / 1e15)
                / greatest(coalesce(p.total_min, 1), 1)), 1e15)::bigint as low,
            least(round(s.high / (1 - coalesce(own.high, 0) / 1e15)), 1e15)::bigint as high
        )
    from raw_stake as s
    left join own on own.owned = s.owned
    left join stake_problem as p on p.owned = s.owned and p.problem = 'the known shares sum to more than the whole'
    where s.owner <> s.owned and coalesce(own.high, 0) < 1e15
)
select
    owner, owned, low, greatest(low, high) as high, round(greatest(low, high) * sure)::bigint as likely,
    case when unknown then 0 else low end as known_low,
    sure, operated, edge_no, edge_ids,
    ((round(-1e6 * ln(greatest(high / 1e15 * sure, 1e-12)))::bigint + 1) << 30) + tie as cost
from scaled;
