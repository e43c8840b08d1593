-- One round of the search from both ends: the links that leave the newest frontier of anchors or enter that of buyers.
-- in:  link (link_no, buyer, supplier, weight, sure, live, tie), reached (node, side, round); variables reach_round, reach_last_node, reach_everywhere
-- out: near_link grows by the links of this round (a link may come twice), reached by the nodes of the next round.
-- A frontier is a bit string, so that a round costs one scan of two integer columns, and nothing more for links that are far away.

set variable reach_from_anchor = (
    select bitstring_agg(node, 0, getvariable('reach_last_node'))
    from reached
    where side = 'anchor' and round = getvariable('reach_round')
);

set variable reach_to_buyer = (
    select bitstring_agg(node, 0, getvariable('reach_last_node'))
    from reached
    where side = 'buyer' and round = getvariable('reach_round') and not getvariable('reach_everywhere')
);

insert into near_link
select
    link_no, buyer, supplier, weight, sure, live, tie, getvariable('reach_round') as round,
    coalesce(get_bit(getvariable('reach_from_anchor'), supplier) = 1, false) as from_anchor,
    coalesce(get_bit(getvariable('reach_to_buyer'), buyer) = 1, false) as to_buyer
from link
where get_bit(getvariable('reach_from_anchor'), supplier) = 1 or get_bit(getvariable('reach_to_buyer'), buyer) = 1;

insert into reached
select distinct buyer, 'anchor', getvariable('reach_round') + 1
from near_link as l
where l.round = getvariable('reach_round') and l.from_anchor
    and not exists (from reached as r where r.side = 'anchor' and r.node = l.buyer and r.round <= getvariable('reach_round'))
union all
select distinct supplier, 'buyer', getvariable('reach_round') + 1
from near_link as l
where l.round = getvariable('reach_round') and l.to_buyer
    and not exists (from reached as r where r.side = 'buyer' and r.node = l.supplier);
