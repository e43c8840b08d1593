-- One step back along the paths of all rules, from their anchors towards the companies.
-- in:  tail, its rows of the previous stage; rule_step, rule (see plan.py), edge, node, effective_ownership,
--      supply_reach, parameter;
--      $stage: how many steps from the anchor the step is
-- out: tail grows by the rows of this stage: node_id (where the path is now), end_id (where it ends), anchor_id,
--      anchor_edges (what makes it an anchor), more (edges that only describe it), tests (of ownership),
--      anchor_live, needed (whether anchor_edges carry the finding), live (of the steps), actor_id (who
--      acts, if the company answers for it), supplier_id (the last supplier), tier, edge_ids, seen_on (when the
--      last act was last confirmed), acts (the edges that are the company's own acts, not who owns the other side),
--      did (the direct ones among acts), paid (payer and paid body), proximity 0-1, share 0-1, amount_usd (a year),
--      period

insert into tail by name
with stepped as materialized (
    select p.*, s.* exclude (rule_id), t.kind as its_kind
    from tail as p
    join rule_step as s on s.rule_id = p.rule_id and s.back_no = $stage
    left join node as t on t.entity_id = p.node_id
    where p.stage = $stage - 1
        and fits(s.target_country, t.country) and fits(s.target_region, t.region) and fits(s.target_kind, t.kind)
),
held as (
    select from_id, to_id, max(share) as share from edge where relation = 'owns' and live group by from_id, to_id
),
direct as (
    select
        p.*, e.from_id as payer, e.edge_id, e.relation, e.share as part, e.operates, e.yearly_usd,
        e.period as fact_period, e.confirmed_on,
        e.live as fact_live, h.share as held_part
    from stepped as p
    join edge as e on e.to_id = p.node_id and list_contains(p.relations, e.relation)
    left join held as h on h.from_id = e.from_id and h.to_id = e.to_id and e.relation = 'operates_project'
    where p.follows = 'direct' and coalesce(e.share, 0) >= coalesce(p.min_share, 0)
        and coalesce(e.share, 1) <= coalesce(p.max_share, 1)
),
moved as (
    select direct.* replace (
        payer as node_id, list_prepend(edge_id, edge_ids) as edge_ids, list_prepend(edge_id, acts) as acts,
        list_prepend(edge_id, did) as did, live and fact_live as live, coalesce(amount_usd, yearly_usd) as amount_usd,
        coalesce(period, fact_period) as period, case when paying then payer || ' ' || node_id else paid end as paid,
        coalesce(seen_on, confirmed_on) as seen_on,
        proximity * case
            when relation <> 'owns' or operates or part > g.control_share then 1
            when its_kind = 'project' then greatest(coalesce(part, 0), g.partner_floor)
            else coalesce(part, g.unknown_stake)
        end as proximity,
        -- A project's operator answers for all of it, but its part of the money follows its stake, if known.
        share * case when relation = 'owns' then coalesce(part, 1)
            when relation = 'operates_project' then coalesce(part, held_part) else 1 end as share
    )
    from direct
    cross join parameter as g
    union all by name
    select p.* replace (
        o.owner_id as node_id, coalesce(p.actor_id, p.node_id) as actor_id,
        list_concat(o.edge_ids, p.edge_ids) as edge_ids,
        list_concat(o.edge_ids, p.acts) as acts, p.proximity * o.proximity as proximity, p.share * o.share_max as share
    )
    from stepped as p
    cross join parameter as g
    join effective_ownership as o on o.owned_id = p.node_id
    where p.follows in ('owned', 'controlled') and p.its_kind is not null and o.share_min >= coalesce(p.min_share, 0)
        and (o.controls or p.follows = 'owned' and o.share_max >= g.influence_share)
    union all by name
    select p.* replace (o.owned_id as node_id, list_concat(list_reverse(o.edge_ids), p.edge_ids) as edge_ids)
    from stepped as p
    join effective_ownership as o on o.owner_id = p.node_id and o.share_min >= coalesce(p.min_share, 0)
    where p.follows = 'owner'
    union all by name
    select p.* replace (
        r.buyer_id as node_id, p.node_id as supplier_id, r.tier as tier,
        list_concat(r.edge_ids, p.edge_ids) as edge_ids,
        list_concat(r.edge_ids, p.acts) as acts, p.proximity * r.proximity as proximity, p.live and r.live as live
    )
    from stepped as p
    join supply_reach as r
        on r.anchor_id = p.node_id and r.max_tiers = p.max_tiers and r.products is not distinct from p.products
    where p.follows = 'supply'
    union all by name
    select p.* from tail as p join rule_step as s on s.rule_id = p.rule_id and s.back_no = $stage and s.optional
        where p.stage = $stage - 1
)
select
    $stage as stage, rule_id, node_id, end_id, anchor_id, anchor_edges, more, tests, anchor_live, needed, live,
    actor_id, supplier_id, tier,
    edge_ids, seen_on, acts, did, paid, proximity, share, amount_usd, period
from moved;
