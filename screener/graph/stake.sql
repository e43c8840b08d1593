-- One stake for each owner and owned, in whole numbers, and what is wrong with the stakes as they are told.
-- in:  owning (edge_no, owner, owned, share_min, share_max, sure, operates, stated, tie), stake_owned (node: whose owners matter),
--      graph_parameter (control_share); variable stake_last_node
-- out: stake (owner, owned, low, high, likely, known_low, sure, operated, edge_no, cost): low and high are the share in units of 1e-15, so that sums are
--      exact and do not hang on the order of the rows; likely is high times sure (0-1), known_low is nothing where
--      nobody names a share; cost as in reach_hop.sql
--      stake_problem (owned, total_min, problem)
-- A stake told several times is one stake: the newest statement that names a share holds, and what differs within one day is a range.
-- Where nobody names a share, an operator counts as holding the control share, another owner nothing. What a firm holds in itself
-- carries no vote and no claim: the others share the rest. Where known shares sum to more than the whole, nobody can be sure of more
-- than his part of that sum: low is scaled, high stays. Half a percent is left for rounding.

set variable stake_owned_bits = (select bitstring_agg(node, 0, getvariable('stake_last_node')) from stake_owned);

create or replace temp table stake as
with numbered as (
    select
        owner, owned, edge_no, sure, operates, stated, tie,
        case when not isnan(share_min) then share_min end as share_min,
        coalesce(case when not isnan(share_max) then share_max end, case when not isnan(share_min) then share_min end) as share_max
    from owning
    where get_bit(getvariable('stake_owned_bits'), owned) = 1 and owner is not null
),
told as (
    select
        owner, owned, edge_no, coalesce(share_min, 0) as share_min, share_max, sure, coalesce(operates, false) as operates, tie,
        -- A statement that names a share is newer than any that names none.
        coalesce(datediff('day', date '1970-01-01', stated) + 1000000, 0) + case when share_max is null then 0 else 10000000 end as newness
    from numbered
),
grouped as (
    select
        owner, owned, count(*) as statements, max(sure) as sure, bool_or(operates) as operates,
        min(share_min) as share_min, min(share_max) as share_max, min(edge_no) as edge_no, min(tie) as tie
    from told
    group by owner, owned
),
-- Nearly every stake is told once; rows are slow to compare whole, so only those of the others are.
chosen as (
    select
        owner, owned, min({age: -newness, share: share_min}) as least, min({age: -newness, share: -share_max, edge_no: edge_no, tie: tie}) as most
    from told
    semi join (select owner, owned from grouped where statements > 1) using (owner, owned)
    group by owner, owned
),
named as (
    select
        owner, owned, g.sure, g.operates,
        case when c.owner is null then case when g.share_max is not null then g.share_min end when c.most.share is not null then c.least.share end as share_min,
        case when c.owner is null then g.share_max else -c.most.share end as share_max,
        case when c.owner is null then g.edge_no else c.most.edge_no end as edge_no, case when c.owner is null then g.tie else c.most.tie end as tie
    from grouped as g
    left join chosen as c using (owner, owned)
)
select
    owner, owned,
    round(1e15 * least(greatest(coalesce(share_min, case when operates then p.control_share else 0 end), 0), 1))::bigint as low,
    round(1e15 * least(greatest(coalesce(share_max, case when operates then p.control_share else 0 end), 0), 1))::bigint as high,
    share_max is null as unknown, operates and (share_max is null or share_min >= p.control_share) as operated,
    sure, edge_no, tie
from named
cross join graph_parameter as p;

create or replace temp table stake_problem as
select owned, sum(low) / 1e15 as total_min, 'it is told to own a part of itself' as problem
from stake
where owner = owned
group by owned
union all
select owned, sum(low) / 1e15, 'the known shares sum to more than the whole'
from stake
where owner <> owned
group by owned
having sum(low) > 1.005e15;

create or replace temp table stake as
with own as (
    select owned, low, high from stake where owner = owned
),
scaled as (
    select
        s.* replace (
            least(round(s.low / (1 - coalesce(own.low, 0) / 1e15) / greatest(coalesce(p.total_min, 1), 1)), 1e15)::bigint as low,
            least(round(s.high / (1 - coalesce(own.high, 0) / 1e15)), 1e15)::bigint as high
        )
    from stake as s
    left join own on own.owned = s.owned
    left join stake_problem as p on p.owned = s.owned and p.problem = 'the known shares sum to more than the whole'
    where s.owner <> s.owned and coalesce(own.high, 0) < 1e15
)
select
    owner, owned, low, greatest(low, high) as high, round(greatest(low, high) * sure)::bigint as likely, case when unknown then 0 else low end as known_low,
    sure, operated, edge_no, ((round(-1e6 * ln(greatest(high / 1e15 * sure, 1e-12)))::bigint + 1) << 30) + tie as cost
from scaled
