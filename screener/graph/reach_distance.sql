-- One more round of distances, within the links that were fetched.
-- in:  near_link, reached (node, side, round); variable reach_round
-- out: reached grows by the nodes that are reach_round links away from an anchor (downstream) or a buyer (upstream).

insert into reached
select distinct l.buyer, 'anchor', getvariable('reach_round')
from near_link as l
where exists (from reached as r where r.side = 'anchor' and r.round = getvariable('reach_round') - 1 and r.node = l.supplier)
    and not exists (from reached as r where r.side = 'anchor' and r.node = l.buyer and r.round < getvariable('reach_round'))
union all
select distinct l.supplier, 'buyer', getvariable('reach_round')
from near_link as l
where exists (from reached as r where r.side = 'buyer' and r.round = getvariable('reach_round') - 1 and r.node = l.buyer)
    and not exists (from reached as r where r.side = 'buyer' and r.node = l.supplier);
