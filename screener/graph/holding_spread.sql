-- Shares spread from the holders down, one stake a round, until what is left is nothing.
-- in:  stake, holder (node); $rounds: how many at most
-- out: spread (holder, node, round, low, high, likely, best): what reaches the node by walks of so many stakes, in
--      units of 1e-15, and the cheapest such walk, as its cost times 2^31 and its last node before this one. A walk
--      does not come back to the holder: what it holds in itself through others gives it nothing.

create or replace temp table spread as
with recursive walk as (
    select s.owner as holder, s.owned as node, 1 as round, s.low, s.high, s.likely,
    s.cost::hugeint * 2147483648 + s.owner as best
    from stake as s
    where s.owner in (from holder)
    union all
    select
        w.holder, s.owned, w.round + 1,
        sum(round(w.low * (s.low / 1e15))::bigint)::bigint,
        -- Ranges may overlap to more than the whole; holding.py puts that right, here it must only not run over.
        least(sum(round(w.high * (s.high / 1e15))::bigint), 1000000000000000)::bigint,
        least(sum(round(w.likely * (s.likely / 1e15))::bigint), 1000000000000000)::bigint,
        min(((w.best >> 31) + s.cost) * 2147483648 + w.node)
    from walk as w
    join stake as s on s.owner = w.node
    where s.owned <> w.holder and w.round < $rounds
    group by w.holder, s.owned, w.round
    having sum(round(w.high * (s.high / 1e15))::bigint) >= 100000
)
from walk;
