-- Where the paths of all rules end: at anchors, and at what listed ones own by the tests of their lists' regimes.
-- in:  anchor_part and suits (see anchor.sql), rule_anchor, edge, node, owned_by_listed
-- out: tail, its rows of stage 0 (columns in path_step.sql); supply_reach (see graph/supply_reach.sql), empty
-- Edges of one relation state the same thing and form one list, live ones apart from ended ones. An anchor by kind or
-- place needs none of them: they are shown in addition.

create or replace temp table tail as
with owned as (
    -- The route leads to one of the owners; the other counted stakes follow it.
    select
        a.rule_id, o.entity_id as node_id, o.anchor_id, o.live, 'owned' as relation,
        list_concat(
            list_reverse(arg_min(o.edge_ids, (-o.confidence, o.edge_ids))), list(e.edge_id order by e.to_id, e.edge_id)
        ) as edge_ids,
        flatten(list(o.stake_ids)) as more, list(distinct o.test_id) as tests
    from rule_anchor as a
    join owned_by_listed as o on list_contains(a.lists, o.list_id)
    join edge as e on e.relation = 'listed_on' and e.from_id = o.anchor_id and e.to_id = 'list:' || o.list_id
        and e.live = o.live
    join node as t on t.entity_id = o.anchor_id
    where a.owned <> '' and suits(a, t)
    group by a.rule_id, a.anchor_no, o.entity_id, o.anchor_id, o.live
),
fitting as (
    select
        *, relation is not null and (rule_id, node_id, anchor_id) not in (
            select (rule_id, node_id, anchor_id) from anchor_part where relation is null
        ) as needed
    from (
        select distinct * exclude (anchor_no), []::varchar[] as more, []::varchar[] as tests from anchor_part
        union by name
        from owned
    )
)
select
    0 as stage, rule_id, node_id, node_id as end_id, anchor_id,
    flatten(list(edge_ids order by edge_ids)) as anchor_edges,
    flatten(list(more order by more)) as more, list_sort(list_distinct(flatten(list(tests)))) as tests,
    bool_or(live) as anchor_live, needed,
    true as live, null::varchar as actor_id, null::varchar as supplier_id, 0 as tier, []::varchar[] as edge_ids,
    null::date as seen_on,
    []::varchar[] as acts, []::varchar[] as did, null::varchar as paid, 1.0::double as proximity, 1.0::double as share,
    null::double as amount_usd, null::varchar as period
from fitting
where live or needed
group by rule_id, node_id, anchor_id, needed, case when needed then relation end, needed and live;

create or replace temp table supply_reach (
    buyer_id varchar, anchor_id varchar, products varchar, max_tiers integer, tier integer, proximity double,
    live boolean, edge_ids varchar[]
);
