-- The stakes below each holder whose shares still moved in the last round, or overlap to more than the whole.
-- in:  spread, stake; $rounds: the last round
-- out: holder, owner, owned, low, high, likely (in units of 1e-15), in order
with recursive unsettled as (
    select distinct holder from spread group by holder,
    node having max(round) >= $rounds or sum(high) > 1000000000000000
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
order by b.holder, s.edge_no, s.owner, s.owned
