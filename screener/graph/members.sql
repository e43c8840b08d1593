-- Who is controlled by whom: groups grow by every firm of which their members hold enough, until none is left.
-- in:  stake; seeds: the name of a relation (group_no, node: the first members of each group; threshold: the share of
--      a firm, in units of 1e-15, that its holders in the group must together exceed; inclusive: the threshold itself
--      is enough; operators: operating the firm with at least the control share suffices too, the column `operated`)
-- out: members(seeds), a table macro (group_no, node, is_seed, origin, confidence)
-- The confidence that a node is controlled is the least among the holders needed for it, taken from the strongest
-- down; origin is the greatest holder with that confidence (of equal ones the lowest node). A node joins again when it
-- is found to be controlled with more confidence, so an added holding never lowers the confidence in any control.
-- Cycles end because no node joins again without more confidence.

create or replace temp macro members(seeds) as table
with recursive joined(group_no, node, is_seed, origin, confidence) using key (group_no, node) as (
    select group_no, node, true, null::integer, 1.0::double from query_table(seeds)
    union
    (
        with touched as (
            select distinct n.group_no, s.owned from joined as n join stake as s on s.owner = n.node
        ),
        held as (
            select
                m.group_no, s.owned, s.owner, case when r.operators then s.low else s.known_low end as low,
                m.confidence * s.confidence as confidence,
                s.operated and r.operators as operated, r.threshold, r.inclusive
            from touched as t
            join stake as s on s.owned = t.owned
            join recurring.joined as m on m.group_no = t.group_no and m.node = s.owner
            join (
                select distinct group_no, threshold, inclusive, operators from query_table(seeds)
            ) as r on r.group_no = m.group_no
        ),
        counted as (
            select *, sum(low) over strongest as together, bool_or(operated) over strongest as run
            from held
            window strongest as (partition by group_no, owned order by confidence desc)
        ),
        enough as (
            select group_no, owned as node, min({negative: -confidence, held: -low, owner: owner}) as first
            from counted
            where run or together > threshold or (inclusive and together = threshold)
            group by group_no, owned
        )
        select e.group_no, e.node, false, e.first.owner, -e.first.negative
        from enough as e
        left join recurring.joined as k on k.group_no = e.group_no and k.node = e.node
        where k.node is null or -e.first.negative > k.confidence
    )
)
from joined;
