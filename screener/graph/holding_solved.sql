-- Corrects the sums of some holders to their exact solutions.
-- in:  solved (holder, node, low, high, likely: 0-1)
-- out: summed (see holding_spread.sql), with their values; routes stay as they are

update summed
set low = round(s.low * 1e15), high = round(s.high * 1e15), likely = round(s.likely * 1e15)
from solved as s
where s.holder = summed.holder and s.node = summed.node;
