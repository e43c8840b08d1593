-- The strongest paths from each anchor to each company, tier by tier, each with its last link; those that reach a
-- company are then followed back to their anchors.
-- in:  near_link (link_no, buyer, supplier, rest: links that the buyer is away from a company; weight, confidence
--      (0-1), live, tie: below 2^26), start (node, tiers: the most links in a path; an anchor may have several rows),
--      reach_buyer (node: where paths end), parameter (tier_decay: the factor for each tier after the first)
-- out: reach (anchor, tiers, buyer, tier, live, proximity (0-1), links: from the buyer up to the anchor): for each row
--      of start and each buyer the strongest live path (all links live), and the strongest of all if that has ended
-- The strength of a path is the product of its links' weights, confidence and decays; proximity is the product of
-- weights and decays alone. Costs, which add up, are negative logarithms in millionths, plus one a tier, so that no
-- cycle pays. The low 30 bits hold the sum of the ties, so that the choice between equally strong paths does not depend
-- on the order of the rows.

create or replace temp table reach as
with recursive hop as materialized (
    select
        link_no, supplier, buyer, rest, greatest(least(weight, 1), 0) as weight,
        ((round(-1e6 * ln(greatest(least(weight, 1) * least(confidence, 1), 1e-12) * greatest(tier_decay, 1e-12)))
            ::bigint + 1) << 30) + tie as any_cost,
        case when live then any_cost end as live_cost
    from near_link
    cross join parameter
    where supplier <> buyer
),
state as materialized (
    select
        node as start, max(tiers) as most, node, 0 as tier, 0::bigint as live_cost, null::integer as live_supplier,
        null::bigint as live_link, 0::bigint as any_cost, null::integer as any_supplier, null::bigint as any_link
    from start
    group by node
    union all
    select
        start, most, buyer, tier, (live >> 31)::bigint, (live & 2147483647)::integer, live_link,
        (anyhow >> 31)::bigint, (anyhow & 2147483647)::integer, any_link
    from (
        select
            start, most, buyer, tier, min(live) as live, arg_min(link_no, live) as live_link,
            min(anyhow) as anyhow, arg_min(link_no, anyhow) as any_link
        from (
            select
                s.start, s.most, h.buyer, s.tier + 1 as tier, h.link_no,
                (s.live_cost + h.live_cost)::hugeint * 2147483648 + h.supplier as live,
                (s.any_cost + h.any_cost)::hugeint * 2147483648 + h.supplier as anyhow
            from state as s
            join hop as h on h.supplier = s.node
            where h.buyer <> s.start and h.rest < s.most - s.tier
        )
        group by start, most, buyer, tier
    )
),
best as materialized (
    select
        s.start, a.tiers, s.node, min(s.live_cost) as live_cost, arg_min(s.tier, s.live_cost) as live_tier,
        min(s.any_cost) as any_cost, arg_min(s.tier, s.any_cost) as any_tier
    from state as s
    join start as a on a.node = s.start and s.tier <= a.tiers
    semi join reach_buyer as c on c.node = s.node
    where s.tier > 0
    group by s.start, a.tiers, s.node
),
back as (
    select *, node as company, tier as length, []::bigint[] as links, 1.0::double as weight
    from (
        select start, tiers, node, true as live, live_tier as tier from best where live_cost is not null
        union all
        select start, tiers, node, false, any_tier from best where coalesce(any_cost >> 30 < live_cost >> 30, true)
    )
    union all
    select
        c.start, c.tiers, h.supplier, c.live, c.tier - 1, c.company, c.length, list_append(c.links, h.link_no),
        c.weight * h.weight
    from back as c
    join state as s on s.start = c.start and s.node = c.node and s.tier = c.tier
    join hop as h on h.buyer = c.node and h.link_no = case when c.live then s.live_link else s.any_link end
        and h.supplier = case when c.live then s.live_supplier else s.any_supplier end
)
select
    start as anchor, tiers, company as buyer, length as tier, live,
    weight * greatest(tier_decay, 1e-12) ** (length - 1) as proximity, links
from back
cross join parameter
where tier = 0;
