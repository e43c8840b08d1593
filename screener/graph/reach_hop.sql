-- The links that can lie on a path short enough, parallel ones collapsed, as hops with a cost that adds up.
-- in:  near_link, reached; variables reach_tiers, reach_decay
-- out: hop (supplier, buyer, live, anyhow): the strongest live link and the strongest of all, each as its cost times 2^40 and its link_no
--      (one number compares three times as fast as a structure)
-- Cost: the negative logarithm of weight times sureness times decay in millionths, plus one for the tier, so that a way round in a circle always costs;
-- below it 30 bits in which the `tie` of the links adds up, so that of two paths of one value the same one wins whatever the order
-- of the rows. Sums of up to 12 links stay below 2^61. A weight of nothing is taken for 1e-12.

create or replace temp table hop as
with short_enough as (
    select
        l.supplier, l.buyer, l.live,
        (
            ((round(-1e6 * ln(greatest(least(l.weight, 1) * least(l.sure, 1), 1e-12) * greatest(getvariable('reach_decay'), 1e-12)))::bigint + 1) << 30) + l.tie
        )::hugeint * 1099511627776 + l.link_no as link
    from near_link as l
    join reached as a on a.side = 'anchor' and a.node = l.supplier
    join reached as b on b.side = 'buyer' and b.node = l.buyer
    where a.round + b.round < getvariable('reach_tiers') and l.supplier <> l.buyer
)
select
    supplier, buyer, min(link) filter (where live) as live, min(link) as anyhow
from short_enough
group by supplier, buyer;
