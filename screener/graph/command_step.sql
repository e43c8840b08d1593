-- One round of command: what the newest members hold is counted to their group, and whoever is held by enough joins it.
-- in:  stake, member (group_no, node, round, origin, sure), vote; group_rule (group_no, threshold, inclusive, operators);
--      variable command_round
-- out: vote (group_no, owned, owner, low, operated, sure, round) grows; joining (group_no, node, origin, sure, again): who joins, and whether
--      it had joined before (then command_again.sql comes first)
-- A node is as surely commanded as the least sure of the holders that are needed for it, the surest taken first; origin is the greatest
-- holder that is as sure as that (of equal ones the lowest node). Who is found to be more surely commanded joins again, and
-- votes anew: so no holding that is added can make the command over anybody less sure.

insert into vote
select
    m.group_no, s.owned, s.owner, case when r.operators then s.low else s.known_low end, s.operated and r.operators,
    m.sure * s.sure, m.round + 1
from member as m
join group_rule as r using (group_no)
join stake as s on s.owner = m.node
where m.round = getvariable('command_round') - 1;

create or replace temp table joining as
with held as (
    select
        group_no, owned, owner, low, sure,
        sum(low) over surest as together, bool_or(operated) over surest as operated
    from vote
    -- Only where something was added in this round can anything change.
    where (group_no, owned) in (select (group_no, owned) from vote where round = getvariable('command_round'))
    window surest as (partition by group_no, owned order by sure desc)
),
enough as (
    select group_no, owned as node, min({unsure: -sure, held: -low, owner: owner}) as first
    from held
    join group_rule as r using (group_no)
    where operated or together > r.threshold or (r.inclusive and together = r.threshold)
    group by group_no, owned
)
select group_no, node, first.owner as origin, -first.unsure as sure, m.node is not null as again
from enough
left join member as m using (group_no, node)
where m.node is null or -first.unsure > m.sure;
