-- Who is screened, and what is an anchor of which rule, itself; what such anchors own follows in tail.sql.
-- in:  rule_anchor, rule_mark (see plan.py), edge, node
-- out: subject (entity_id, node): the Korean companies
--      anchor_part (rule_id, anchor_no, node_id, anchor_id, live, relation, edge_ids)

create or replace temp table subject as
select entity_id, node from node where kind = 'company' and country = 'KR' order by entity_id;

create or replace temp table anchor_part as
with marked as (
    select a.rule_id, a.anchor_no, e.from_id as node_id, e.from_id as anchor_id, e.live, e.relation,
    list(e.edge_id order by e.to_id, e.edge_id) as edge_ids
    from rule_mark as m
    join edge as e on e.relation = m.relation and (m.to_id is null or m.to_id = e.to_id)
    join rule_anchor as a on a.rule_id = m.rule_id and a.anchor_no = m.anchor_no
    group by a.rule_id, a.anchor_no, e.from_id, e.live, e.relation
),
fitting as (
    select m.*
    from marked as m
    join rule_anchor as a using (rule_id, anchor_no)
    join node as t on t.entity_id = m.anchor_id
    where fits(a.entity, t.entity_id) and (a.not_entity is null or not list_contains(a.not_entity, t.entity_id))
        and fits(a.kind, t.kind) and fits(a.country, t.country) and fits(a.region, t.region)
    union all by name
    select a.rule_id, a.anchor_no, t.entity_id as node_id, t.entity_id as anchor_id, true as live, null as relation,
    []::varchar[] as edge_ids
    from node as t
    join rule_anchor as a
        on not a.marked and fits(a.entity, t.entity_id)
            and (a.not_entity is null or not list_contains(a.not_entity, t.entity_id))
        and fits(a.kind, t.kind) and fits(a.country, t.country) and fits(a.region, t.region)
)
from fitting;
