-- The links on paths that have begun, with their strength at the set clocks.
-- in:  near (columns of supply_end, see supply_start.sql, and rest), known_set, set_confidence, clock, parameter
-- out: near_link (link_no, buyer, supplier, rest, weight, known_end, live, seen_on, confidence, tie), see best_path.sql

create or replace temp table near_link as
select
    link_no, buyer, supplier, rest, coalesce(input_share, p.unknown_input_share) * factor as weight,
    known_end(valid_from, valid_to, vague_from, end_known, end_known_on, end_newest) as known_end,
    coalesce(known_end >= as_of, true) as live,
    least(coalesce(confirmed_on, newest), last_known_on) as seen_on,
    c.confidence * case when n.disputed then p.disputed else 1 end
        * recency(live, known_end, seen_on, as_of, p) as confidence,
    tie
from near as n
join known_set using (source_set)
join set_confidence as c using (source_set)
cross join clock
cross join parameter as p
where valid_from <= as_of;
