-- What is an anchor of which rule, itself; what such anchors own follows in tail.sql.
-- in:  rule_anchor, rule_mark (see plan.py), edge, entity, met (the entities at the ends of acts, stakes and listings)
-- out: anchor_part (rule_id, anchor_no, node_id, anchor_id, live, relation, edge_ids)

create or replace temp table anchor_part as
with marked as (
    select a.rule_id, a.anchor_no, e.from_id as node_id, e.from_id as anchor_id, e.live, e.relation, list(e.edge_id order by e.to_id, e.edge_id) as edge_ids
    from rule_mark as m
    join edge as e on e.relation = m.relation and (m.to_id is null or m.to_id = e.to_id)
    join rule_anchor as a on a.rule_id = m.rule_id and a.anchor_no = m.anchor_no
    group by a.rule_id, a.anchor_no, e.from_id, e.live, e.relation
),
part as (
    select p.*, a.* exclude (rule_id, anchor_no, lists, owned, marked), t.* exclude (entity_id)
    from marked as p
    join rule_anchor as a using (rule_id, anchor_no)
    join (select entity_id, kind as its_kind, country as its_country, region as its_region from met) as t on t.entity_id = p.anchor_id
    union all by name
    select
        a.* exclude (lists, owned, marked), e.entity_id as node_id, e.entity_id as anchor_id, e.kind as its_kind, e.country as its_country,
        e.region as its_region, true as live, null as relation, []::varchar[] as edge_ids
    from entity as e
    join rule_anchor as a on not a.marked
),
fitting as (
    select rule_id, anchor_no, node_id, anchor_id, live, relation, edge_ids
    from part
    where (entity is null or list_contains(entity, anchor_id)) and (not_entity is null or not list_contains(not_entity, anchor_id))
        and (kind is null or list_contains(kind, its_kind)) and (country is null or list_contains(country, its_country))
        and (region is null or list_contains(region, its_region))
)
select * from fitting;
