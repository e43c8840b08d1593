-- Corrects the sums of some holders to their exact solutions.
-- in:  solved (holder, node, low, high, likely: 0-1), spread
-- out: spread grows by one row a pair, with the difference from the sums; routes stay as they are

insert into spread
select
    holder, node, max(round) + 1,
    round(any_value(s.low) * 1e15)::bigint - sum(w.low)::bigint,
    round(any_value(s.high) * 1e15)::bigint - sum(w.high)::bigint,
    round(any_value(s.likely) * 1e15)::bigint - sum(w.likely)::bigint,
    9000000000000000000::hugeint * 2147483648
from spread as w
join solved as s using (holder, node)
group by holder, node;
