-- One hop back on every path that has not come to its start.
-- in:  trail, the states (%state%, see reach_step.sql), variable reach_tier: the tier of the hops that are followed
-- out: trail grows by the hops before these

insert into trail
select t.path_no, t.start, s.tier, case when t.live then s.live_from else s.any_from end, t.tail, t.live
from trail as t
join %state% as s on s.start = t.start and s.node = t.tail
where t.tier = getvariable('reach_tier') and s.tier = getvariable('reach_tier') - 1 and t.tail <> t.start;
