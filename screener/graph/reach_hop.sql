-- Links as hops with a cost that adds up; of parallel ones each.
-- in:  near_link: the links that can; variable reach_decay
-- out: hop (supplier, buyer, live, cost, link_no, weight)
-- Cost: the negative logarithm of weight times sureness times decay in millionths, plus one for the tier, so that a way round in a circle always costs;
-- below it 30 bits in which the `tie` of the links adds up, so that of two paths of one value the same one wins whatever the order
-- of the rows. Sums of up to 12 links stay below 2^61. A weight of nothing is taken for 1e-12.

create or replace temp table hop as
select
    supplier, buyer, live,
    ((round(-1e6 * ln(greatest(least(weight, 1) * least(sure, 1), 1e-12) * greatest(getvariable('reach_decay'), 1e-12)))::bigint + 1) << 30) + tie as cost,
    link_no, greatest(least(weight, 1), 0) as weight
from near_link
where supplier <> buyer;
