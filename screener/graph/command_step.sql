-- One round of command: what the newest members hold is counted to their group, and whoever is held by enough joins it.
-- in:  stake, member (group_no, node, round, origin, share), vote; variables command_round, command_threshold (units of 1e-15),
--      command_inclusive, command_operators
-- out: vote (group_no, owned, owner, low, operated, round) and member grow; share is what the group holds when the node joins, origin its
--      greatest holder in the group (of equal ones the lowest node)

insert into vote
select
    m.group_no, s.owned, s.owner, case when getvariable('command_operators') then s.low else s.known_low end, s.operated and getvariable('command_operators'),
    m.round + 1
from member as m
join stake as s on s.owner = m.node
where m.round = getvariable('command_round') - 1;

insert into member
with held as (
    select group_no, owned, sum(low)::bigint as share, bool_or(operated) as operated, min({held: -low, owner: owner}) as most
    from vote
    -- Only where something was added in this round can anything change.
    where (group_no, owned) in (select (group_no, owned) from vote where round = getvariable('command_round'))
    group by group_no, owned
)
select group_no, owned, getvariable('command_round'), most.owner, share
from held
where (operated or share > getvariable('command_threshold') or (getvariable('command_inclusive') and share = getvariable('command_threshold')))
    and not exists (from member as m where m.group_no = held.group_no and m.node = held.owned);
