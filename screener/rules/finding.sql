-- Paths to findings: their status, the day on which they broke or were last seen, and what is needed to weigh them.
-- in:  path (rule_id, topic, severity, involvement, company_id, anchor_id, actor_id, tier, edge_ids, fact_key, proximity, share,
--      amount_usd, live), edge, entity, effective_ownership, financial, known_source, rule_parameter, clock
-- out: finding (columns of screener.schema.frames.Finding)

create or replace temp table finding as
with repeated as (
    -- The same facts may be reached through several chains of ownership: the nearest one is told.
    select *
    from path
    qualify row_number() over (
        partition by rule_id, company_id, anchor_id, fact_key order by live desc, proximity desc, len(edge_ids), edge_ids
    ) = 1
),
in_group as (
    -- An affiliate that an acting company controls is told as `group`: it did not act.
    select
        r.rule_id, r.topic, r.severity, r.involvement, o.owned_id as company_id, r.anchor_id, r.actor_id, r.tier,
        list_concat(list_reverse(o.edge_ids), r.edge_ids) as edge_ids, r.fact_key, r.proximity * g.group_weight as proximity,
        0.0::double as share, null::double as amount_usd, r.live, 'group' as relation
    from repeated as r
    cross join rule_parameter as g
    join effective_ownership as o on o.owner_id = r.company_id and o.controls
    join subject as s on s.entity_id = o.owned_id
    where r.actor_id = r.company_id
),
related as (
    select
        rule_id, topic, severity, involvement, company_id, anchor_id, actor_id, tier, edge_ids, fact_key, proximity, share, amount_usd, live,
        case when tier > 0 then 'supply' when actor_id <> company_id then 'owned' else 'direct' end as relation
    from repeated
    union all by name
    -- What a company does itself, or through what it owns, is not told again as its group's.
    select in_group.*
    from in_group
    anti join repeated using (company_id, topic, anchor_id)
),
numbered as (
    select *, 'f-' || left(md5(concat_ws('|', rule_id, company_id, anchor_id, relation, array_to_string(edge_ids, ','))), 12) as finding_id
    from related
    qualify row_number() over (partition by rule_id, company_id, anchor_id, fact_key, relation order by proximity desc, edge_ids) = 1
),
walked as (
    select finding_id, unnest(edge_ids) as edge_id from numbered
),
claimed as (
    -- Edges that say the same of the same entity are one claim, seen when any of them was.
    select
        finding_id, kind, min(ended_on) as ended_on, arg_min(until, ended_on) as until,
        bool_or(edge.status = 'disputed') as disputed, bool_or(edge.status = 'announced_exit') as announced, max(confirmed_on) as confirmed_on
    from walked
    join edge using (edge_id)
    group by finding_id, kind, from_id, relation
),
timed as (
    select
        finding_id,
        min(ended_on) as ended_on,
        arg_min(until, ended_on) as until,
        bool_or(disputed) as disputed,
        bool_or(announced) as announced,
        -- Stakes and listings are renewed by registers; it is the act whose last sighting counts.
        coalesce(min(confirmed_on) filter (where kind in ('activity', 'supply')), min(confirmed_on) filter (where kind = 'ownership')) as confirmed_on
    from claimed
    group by finding_id
),
revenue as (
    select entity_id, arg_max(amount_usd, (year, amount_usd)) as revenue_usd
    from financial
    cross join clock
    where item = 'revenue' and amount_usd is not null and year <= year(clock.as_of)
        and exists (select 1 from known_source as s where list_contains(financial.source_ids, s.source_id))
    group by entity_id
)
select
    n.finding_id, n.rule_id, n.topic, n.company_id, n.anchor_id, n.actor_id, n.relation, n.tier, n.edge_ids,
    left(md5(coalesce(n.fact_key, n.finding_id)), 12) as fact_key, least(greatest(n.proximity, 0), 1) as proximity, n.share, n.amount_usd, r.revenue_usd,
    case
        when not n.live then 'ended'
        when t.disputed then 'disputed'
        when t.announced then 'announced_exit'
        else 'active'
    end as status,
    case when not n.live then t.ended_on end as ended_on,
    case when not n.live then t.until end as until,
    t.confirmed_on, n.severity, n.involvement
from numbered as n
left join timed as t using (finding_id)
left join revenue as r on r.entity_id = n.company_id
order by n.finding_id;
