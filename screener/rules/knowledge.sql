-- What is known about each screened company, by kind of fact.
-- in:  subject, edge, identifier, node, supply_link (see store/numbered.sql), told_set (see graph/told_set.sql), clock
-- out: company_id, kind (registry, ownership, supply, activity), facts, newest
-- Deliveries are counted as links: where there are very many, only those on paths are edges.
with touched as (
    select from_id as company_id, kind, edge_id, confirmed_on from edge where kind in ('ownership', 'activity')
    union
    select to_id, kind, edge_id, confirmed_on from edge where kind in ('ownership', 'activity')
),
screened as (
    select node, entity_id as company_id from subject join node using (entity_id)
),
delivered as (
    select company_id, source_set, confirmed_on
    from supply_link
    join screened on node = buyer
    where valid_from <= (select as_of from clock)
    union all
    select company_id, source_set, confirmed_on
    from supply_link
    join screened on node = supplier
    where valid_from <= (select as_of from clock) and supplier <> buyer
)
select company_id, kind, count(*) as facts, max(confirmed_on) as newest
from touched
join subject on subject.entity_id = touched.company_id
group by company_id, kind
union all
select company_id, 'supply', count(*), max(least(coalesce(confirmed_on, newest), last_told_on))
from delivered
join told_set using (source_set)
group by company_id
union all
select entity_id, 'registry', count(*), null
from subject
join identifier using (entity_id)
group by entity_id
order by all
