-- The links on paths that have begun, with their strength at the set clocks.
-- in:  near (link_no, buyer, supplier, rest), supply_link, extra_link, known_set, set_confidence, clock, parameter
-- out: near_link (link_no, buyer, supplier, rest, weight, confidence, live, tie), see best_paths in supply.py

create or replace temp table near_link as
with known as (
    select
        l.link_no, l.input_share, l.tie, as_of,
        known_end(valid_from, valid_to, vague_end, end_known, end_known_on) as known_end,
        coalesce(known_end >= as_of, true) as live,
        least(coalesce(confirmed_on, newest), last_known_on) as seen_on,
        confidence * case when l.disputed then p.disputed else 1 end as confidence
    from (from supply_link semi join near using (link_no)) as l
    join known_set using (source_set)
    join set_confidence using (source_set)
    cross join clock
    cross join parameter as p
    where l.valid_from <= as_of
)
select
    n.link_no, n.buyer, n.supplier, n.rest,
    coalesce(l.input_share, p.unknown_input_share) * coalesce(x.factor, 1) as weight,
    confidence * recency(live, known_end, seen_on, as_of, p) as confidence, live, tie
from near as n
join known as l using (link_no)
left join extra_link as x on x.link_no = n.link_no and x.supplier = n.supplier
cross join parameter as p;
