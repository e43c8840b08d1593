-- The screened companies, and each rule's own anchors; tail.sql adds what such anchors own.
-- in:  rule_anchor, rule_mark (see plan.py), edge, node
-- out: subject (entity_id, node): the Korean companies
--      suits, a macro; anchor_part (rule_id, anchor_no, node_id, anchor_id, live, relation, edge_ids)

create or replace temp table subject as
select entity_id, node from node where kind = 'company' and country = 'KR' order by entity_id;

-- Whether a node fits an anchor of a rule; a null list allows anything.
create or replace temp macro suits(anchor, node) as
    fits(anchor.entity, node.entity_id) and fits(anchor.kind, node.kind) and fits(anchor.country, node.country)
    and fits(anchor.region, node.region)
    and (anchor.not_entity is null or not list_contains(anchor.not_entity, node.entity_id));

create or replace temp table anchor_part as
select
    m.rule_id, m.anchor_no, e.from_id as node_id, e.from_id as anchor_id, e.live, e.relation,
    list(e.edge_id order by e.to_id, e.edge_id) as edge_ids
from rule_mark as m
join edge as e on m.mark = case when e.relation = 'listed_on' then e.to_id else e.relation end
join node as t on t.entity_id = e.from_id
join rule_anchor as a on a.rule_id = m.rule_id and a.anchor_no = m.anchor_no and suits(a, t)
group by all
union all by name
select
    a.rule_id, a.anchor_no, t.entity_id as node_id, t.entity_id as anchor_id, true as live, null as relation,
    []::varchar[] as edge_ids
from rule_anchor as a
join (select *, entity_id in (select to_id from edge where kind = 'activity') as has_acts from node) as t
    on (t.has_acts or not a.acted_on) and suits(a, t)
where not a.marked;
