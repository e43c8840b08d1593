-- Where the paths of all rules must end.
-- in:  rule_anchor, rule_mark (see plan.py), edge, entity, met (the entities at the ends of acts, stakes and listings), owned_by_listed
-- out: tail, its rows of stage 0 (columns in path_step.sql); anchor_part (rule_id, anchor_no, node_id, …), which anchor of its rule each is
-- Edges of one relation say the same thing and stand in one list, live ones apart from ended ones. What counts by its kind or place
-- needs none of them: they are told beside.

create or replace temp table anchor_part as
with marked as (
    select a.rule_id, a.anchor_no, e.from_id as node_id, e.from_id as anchor_id, e.live, e.relation, list(e.edge_id order by e.to_id, e.edge_id) as edge_ids
    from rule_mark as m
    join edge as e on e.relation = m.relation and (m.to_id is null or m.to_id = e.to_id)
    join rule_anchor as a on a.rule_id = m.rule_id and a.anchor_no = m.anchor_no
    group by a.rule_id, a.anchor_no, e.from_id, e.live, e.relation
),
owned as (
    -- What listed ones own by the tests of their lists' regimes: the route leads to one of them, the other stakes follow behind.
    select
        a.rule_id, a.anchor_no, o.entity_id as node_id, o.anchor_id, o.live, 'owned' as relation,
        list_concat(
            list_reverse(arg_min(o.edge_ids, (-o.sure, o.edge_ids))), list(e.edge_id order by e.to_id, e.edge_id)
        ) as edge_ids,
        flatten(list(o.stake_ids)) as more, list(distinct o.test_id) as tests
    from rule_anchor as a
    join owned_by_listed as o on list_contains(a.lists, o.list_id)
    join edge as e on e.relation = 'listed_on' and e.from_id = o.anchor_id and e.to_id = 'list:' || o.list_id and e.live = o.live
    where a.owned <> ''
    group by a.rule_id, a.anchor_no, o.entity_id, o.anchor_id, o.live
),
part as (
    select p.*, a.* exclude (rule_id, anchor_no, lists, owned, marked), t.* exclude (entity_id)
    from (
        select *, []::varchar[] as more, []::varchar[] as tests from marked
        union all by name
        from owned
    ) as p
    join rule_anchor as a using (rule_id, anchor_no)
    join (select entity_id, kind as its_kind, country as its_country, region as its_region from met) as t on t.entity_id = p.anchor_id
    union all by name
    select
        a.* exclude (lists, owned, marked), e.entity_id as node_id, e.entity_id as anchor_id, e.kind as its_kind, e.country as its_country,
        e.region as its_region, true as live, null as relation, []::varchar[] as edge_ids, []::varchar[] as more, []::varchar[] as tests
    from entity as e
    join rule_anchor as a on not a.marked
),
fitting as (
    select rule_id, anchor_no, node_id, anchor_id, live, relation, edge_ids, more, tests
    from part
    where (entity is null or list_contains(entity, anchor_id)) and (not_entity is null or not list_contains(not_entity, anchor_id))
        and (kind is null or list_contains(kind, its_kind)) and (country is null or list_contains(country, its_country))
        and (region is null or list_contains(region, its_region))
)
select * from fitting;

create or replace temp table tail as
with fitting as (
    select distinct
        * exclude (anchor_no), bool_and(relation is not null) over (partition by rule_id, node_id, anchor_id) as needed
    from anchor_part
)
select
    0 as stage, rule_id, node_id, node_id as end_id, anchor_id, flatten(list(edge_ids order by edge_ids)) as anchor_edges,
    flatten(list(more order by more)) as more, list_sort(list_distinct(flatten(list(tests)))) as tests, bool_or(live) as anchor_live, needed,
    true as live, null::varchar as actor_id, null::varchar as supplier_id, 0 as tier, []::varchar[] as edge_ids, null::date as seen_on,
    []::varchar[] as acts, []::varchar[] as did, null::varchar as paid, 1.0::double as proximity, 1.0::double as share,
    null::double as amount_usd, null::varchar as period
from fitting
where live or needed
group by rule_id, node_id, anchor_id, needed, case when needed then relation end, needed and live;
