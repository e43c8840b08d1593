-- Who is screened, and what is an anchor of which rule, itself; what such anchors own follows in tail.sql.
-- in:  rule_anchor, rule_mark (see plan.py), edge, node
-- out: subject (entity_id, node): the Korean companies
--      anchor_part (rule_id, anchor_no, node_id, anchor_id, live, relation, edge_ids)

create or replace temp table subject as
select entity_id, node from node where kind = 'company' and country = 'KR' order by entity_id;

create or replace temp table anchor_part as
with able as (
    select a.rule_id, a.anchor_no, a.marked, t.entity_id
    from rule_anchor as a
    join node as t on fits(a.entity, t.entity_id) and fits(a.kind, t.kind) and fits(a.country, t.country)
        and fits(a.region, t.region)
        and (a.not_entity is null or not list_contains(a.not_entity, t.entity_id))
)
select
    a.rule_id, a.anchor_no, entity_id as node_id, entity_id as anchor_id, e.live, e.relation,
    list(e.edge_id order by e.to_id, e.edge_id) as edge_ids
from able as a
join edge as e on e.from_id = entity_id
join rule_mark as m
    on m.rule_id = a.rule_id and m.anchor_no = a.anchor_no and m.relation = e.relation
        and (m.to_id is null or m.to_id = e.to_id)
group by all
union all by name
select rule_id, anchor_no, entity_id as node_id, entity_id as anchor_id, true as live, null as relation,
    []::varchar[] as edge_ids
from able
where not marked;
