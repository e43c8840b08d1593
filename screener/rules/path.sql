-- The paths that reach a screened company.
-- in:  tail (see path_step.sql), rule (see plan.py), subject, effective_ownership, parameter
-- out: path (rule_id, topic, severity, involvement, company_id, anchor_id, actor_id, tier, edge_ids, scored_prefix,
--      fact_key, statement_key, did, proximity, share,
--      amount_usd, live, ownership_tests): scored_prefix is how many of the edges carry the finding; the others only
--      describe an anchor that counts without them. One finding is shown for each company, anchor and statement_key;
--      one fact counts once for each fact_key.

create or replace temp table path as
with come as (
    select t.*, r.topic, r.severity, r.involvement, list_aggregate(t.acts, 'string_agg', ' ') as fact
    from tail as t
    join rule as r on r.rule_id = t.rule_id and r.steps = t.stage
    join subject as s on s.entity_id = t.node_id
    -- A firm that the company answers for is not its supplier: what that firm does is the company's own act.
    anti join (
        select owner_id, owned_id
        from effective_ownership
        cross join parameter as g
        where controls or share_max >= g.influence_share
    ) as own on own.owner_id = t.node_id and own.owned_id = t.supplier_id
    where (t.node_id <> t.anchor_id or len(t.edge_ids) = 0) and not list_has_any(t.edge_ids, t.anchor_edges)
),
carried as (
    select *, edge_ids as carried from come where paid is null
    union all
    -- Yearly payments from one payer to one body are one path, with the newest year that has an amount and the
    -- newest report that payments continue, which may give no amount. Ended payments are a separate path.
    select *, list_concat(edge_ids, list_filter(
        [first(edge_ids[-1]) over (same_tie order by seen_on desc nulls last, edge_ids)],
        lambda newest: newest <> edge_ids[-1]
    ))
    from come
    where paid is not null
    window same_tie as (
        partition by rule_id, node_id, edge_ids[:-2], paid, live, anchor_id, anchor_edges, anchor_live
    )
    qualify row_number() over (
        same_tie order by amount_usd is null, period desc nulls last, amount_usd desc nulls last, edge_ids
    ) = 1
)
select
    rule_id, topic, severity, involvement, node_id as company_id, anchor_id, coalesce(actor_id, node_id) as actor_id,
    tier,
    list_concat(list_concat(carried, anchor_edges), list_filter(
        list_distinct(more), lambda other: not list_contains(list_concat(carried, anchor_edges), other)
    )) as edge_ids,
    (len(carried) + case when needed then len(anchor_edges) else 0 end)::integer as scored_prefix,
    coalesce(fact, end_id) as fact_key,
    coalesce(paid, fact, end_id) as statement_key, did, proximity, share, amount_usd, live and anchor_live as live,
    tests as ownership_tests
from carried;
