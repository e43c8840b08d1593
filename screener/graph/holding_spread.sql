-- Spreads shares from the holders down, one stake a round, until nothing is left, in at most 200 rounds.
-- in:  stake, holder (group_no, node: its own group; threshold, inclusive, operators: see members.sql)
-- out: holder_member (see members.sql)
--      spread (holder, node, round, low, high, likely, best): the share that reaches the node by walks of `round`
--          stakes, in units of 1e-15, and the cheapest such walk, as its cost times 2^31 and its last node before this
--          one. A walk never returns to the holder: a holder gains nothing from what it holds in itself.
--      summed (holder, node, low, high, likely, best, rounds): the same of all walks together
--      the last statement returns holder, owner, owned, low, high, likely (in units of 1e-15), in order: the stakes
--          below each holder whose shares still moved in the last round, or sum to more than the whole

create or replace temp table holder_member as
from members('holder');

create or replace temp table spread as
with recursive walk as (
    select s.owner as holder, s.owned as node, 1 as round, s.low, s.high, s.likely,
    s.cost::hugeint * 2147483648 + s.owner as best
    from stake as s
    where s.owner in (select node from holder)
    union all
    select
        w.holder, s.owned, w.round + 1,
        sum(round(w.low * (s.low / 1e15))::bigint)::bigint,
        -- Ranges may sum to more than the whole; ownership.py corrects that, here it must only not overflow.
        least(sum(round(w.high * (s.high / 1e15))::bigint), 1000000000000000)::bigint,
        least(sum(round(w.likely * (s.likely / 1e15))::bigint), 1000000000000000)::bigint,
        min(((w.best >> 31) + s.cost) * 2147483648 + w.node)
    from walk as w
    join stake as s on s.owner = w.node
    where s.owned <> w.holder and w.round < 200
    group by w.holder, s.owned, w.round
    having sum(round(w.high * (s.high / 1e15))::bigint) >= 100000
)
from walk;

create or replace temp table summed as
select
    holder, node, sum(low) as low, sum(high) as high, sum(likely) as likely, min((best >> 31) * 1024 + round) as best,
    max(round) as rounds
from spread
group by holder, node;

with recursive unsettled as (
    select distinct holder from summed where rounds >= 200 or high > 1000000000000000
),
below(holder, node) as (
    select holder, holder from unsettled
    union
    select b.holder, s.owned from below as b join stake as s on s.owner = b.node where s.owned <> b.holder
)
select b.holder, s.owner, s.owned, s.low, s.high, s.likely
from below as b
join stake as s on s.owner = b.node
where s.owned <> b.holder
order by b.holder, s.edge_no, s.owner, s.owned;
