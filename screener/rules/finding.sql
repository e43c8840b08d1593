-- Turns paths into findings: their status, the day they ended or were last seen, and the inputs of their weights.
-- in:  path (rule_id, topic, severity, involvement, company_id, anchor_id, actor_id, tier, edge_ids, scored_prefix,
--      fact_key, statement_key, did, proximity,
--      share, amount_usd, live, ownership_tests), edge, entity, effective_ownership, financial, known_source,
--      parameter, clock
-- out: finding (columns of screener.schema.frames.Finding): every path on which a company is exposed; of those that
--      state the same, the weights decide which is shown (score/findings.py)
--      path_edge (finding_no, place, columns of edge): the edges that carry a finding
--      claim (finding_no, finding_id, claim, kind, live, ended_on, until, end_planned, disputed, announced,
--      confirmed_on, confirmed_written, source_ids): what a finding rests on. Edges that state the same are one
--      claim: several listings of one entity, or several acts of one kind; a stake or a delivery is one claim per
--      counterparty. It holds while any of its edges does, and is disputed if all of them are.

create or replace temp table identified_path as
with in_group as (
    -- An affiliate controlled by an acting company is shown as `group`: it did not act.
    select
        p.* replace (
            o.owned_id as company_id, list_concat(list_reverse(o.edge_ids), p.edge_ids) as edge_ids,
            len(o.edge_ids)::integer + p.scored_prefix as scored_prefix, p.proximity * g.group_weight as proximity,
            0.0::double as share, null::double as amount_usd
        ), 'group' as relation
    from path as p
    cross join parameter as g
    join effective_ownership as o on o.owner_id = p.company_id and o.controls
    join subject as s on s.entity_id = o.owned_id
    where p.actor_id = p.company_id
),
identified as materialized (
    -- The identity of a path, edge by edge; the finding is named after its strongest path (score/findings.py).
    select
        *,
        'f-' || left(md5(concat_ws('|', rule_id, company_id, anchor_id, relation, array_to_string(edge_ids, ','))), 12)
            as finding_id,
        row_number() over () as finding_no
    from (
        select
            *,
            case when tier > 0 then 'supply' when actor_id <> company_id then 'owned' else 'direct' end as relation
        from path
        union all by name
        from in_group
    )
),
-- Few paths occur twice: only those are sorted.
again as (
    select finding_no
    from identified
    where finding_id in (select finding_id from identified group by finding_id having count(*) > 1)
    qualify row_number() over (partition by finding_id order by live desc, proximity desc, fact_key) > 1
)
from identified
anti join again using (finding_no);

create or replace temp table path_edge as
select
    finding_no, p.place, edge_id, kind, relation, from_id, to_id, live, ended_on, until, end_planned, status, disputed,
    confirmed_on, confirmed_written, source_ids,
    case when begun_known and kind <> 'listing' and relation not in ('pays', 'project_pays') then valid_from end
        as begun_on
from (
    select
        finding_no, unnest(edge_ids[:scored_prefix]) as edge_id,
        generate_subscripts(edge_ids[:scored_prefix], 1) as place
    from identified_path
) as p
join edge using (edge_id);

-- Nothing links whoever had sold a stake, left a venture or ceased to buy to what began only afterwards.
delete from identified_path where finding_no in (
    select e.finding_no
    from path_edge as e
    join (
        select finding_no, max(place) as place, min(begun_on) as begun_on
        from path_edge
        group by finding_no, from_id, relation
        having count(begun_on) = count(*)
    ) as next using (finding_no)
    where e.relation in ('owns', 'buys_from', 'joint_venture_with')
        and e.place < next.place and e.ended_on < next.begun_on
);

create or replace temp table claim as
select
    finding_no, finding_id, kind,
    concat_ws(' ', from_id, relation, case when kind in ('ownership', 'supply') then to_id end) as claim,
    bool_or(live) as live, case when not bool_or(live) then max(ended_on) end as ended_on,
    case when not bool_or(live) then arg_max(until, (ended_on, -length(until))) end as until,
    case when not bool_or(live) then arg_max(end_planned, (ended_on, not end_planned)) end as end_planned,
    bool_and(disputed) as disputed, bool_or(status = 'announced_exit') as announced,
    -- Of several texts for one day the least precise one: never more precise than any source.
    max(confirmed_on) as confirmed_on,
    arg_max(confirmed_written, (confirmed_on, -length(confirmed_written))) as confirmed_written,
    all_ids(list(source_ids)) as source_ids
from path_edge
join (select finding_no, finding_id from identified_path) using (finding_no)
group by all;

create or replace temp table finding as
with nearest as (
    -- An anchor's owners and suppliers further along the path may be anchors, too: that is the same exposure again.
    select finding_no, arg_min(w.entity_id, (w.place, w.entity_id = p.anchor_id, w.entity_id)) as dedup_anchor_id
    from (select finding_no, place, unnest([from_id, to_id]) as entity_id from path_edge) as w
    join identified_path as p using (finding_no)
    semi join identified_path as a on a.company_id = p.company_id and a.topic = p.topic and a.anchor_id = w.entity_id
    where w.entity_id not in (p.company_id, p.actor_id)
    group by finding_no
),
timed as (
    select
        finding_no,
        min(ended_on) as ended_on,
        arg_min(until, (ended_on, length(until))) as until,
        arg_min(end_planned, (ended_on, end_planned)) as end_planned,
        bool_or(disputed) as disputed,
        bool_or(announced) as announced,
        -- Registers keep renewing stakes and listings; what counts is when the act was last seen.
        arg_min({day: confirmed_on, written: confirmed_written}, (
            kind = 'ownership', confirmed_on, length(confirmed_written)
        )) filter (where kind <> 'listing' and confirmed_on is not null) as seen
    from claim
    group by finding_no
),
acted as (
    -- Identifies the direct acts by what they are: with another source, amount or status an act is still the same.
    select
        d.finding_no, min(e.since) as act_since,
        string_agg(concat_ws(' ', e.from_id, e.relation, e.to_id, e.place, e.product), '|' order by d.place) as act
    from (select finding_no, unnest(did) as edge_id, generate_subscripts(did, 1) as place from identified_path) as d
    join edge as e using (edge_id)
    group by d.finding_no
),
revenue as (
    select entity_id, arg_max(amount_usd, (year, amount_usd)) as revenue_usd
    from (select *, unnest(source_ids) as source_id from financial where item = 'revenue' and amount_usd is not null)
    semi join known_source using (source_id)
    join clock on year <= year(as_of)
    group by entity_id
)
select
    n.finding_id, n.rule_id, n.topic, n.company_id, n.anchor_id,
    coalesce(a.dedup_anchor_id, n.anchor_id) as dedup_anchor_id, n.actor_id, n.relation, n.tier, n.edge_ids,
    n.scored_prefix, left(md5(n.fact_key), 12) as fact_key, left(md5(n.statement_key), 12) as statement_key,
    least(greatest(n.proximity, 0), 1) as proximity, n.share, n.amount_usd, r.revenue_usd,
    case
        when not n.live then 'ended'
        when t.disputed then 'disputed'
        when t.announced then 'announced_exit'
        else 'active'
    end as status,
    coalesce(t.disputed, false) as disputed, not n.live and coalesce(t.end_planned, false) as end_planned,
    case when not n.live then t.ended_on end as ended_on,
    case when not n.live then t.until end as until,
    t.seen.day as confirmed_on, t.seen.written as confirmed_written, n.severity, n.involvement,
    list_sort(n.ownership_tests) as ownership_tests,
    left(md5(concat_ws('|', n.rule_id, n.company_id, n.actor_id, n.anchor_id, coalesce(c.act, ''))), 12) as identity,
    c.act_since
from identified_path as n
left join acted as c using (finding_no)
left join timed as t using (finding_no)
left join nearest as a using (finding_no)
left join revenue as r on r.entity_id = n.company_id
order by n.finding_id;
