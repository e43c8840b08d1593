-- What is known about each screened company, by kind of fact.
-- in:  subject, edge, identifier, supply_link (see store/numbered.sql), known_set and clock (see store/clock.sql)
-- out: company_id, kind (registry, ownership, supply, activity), facts, newest
-- Deliveries are counted as links: with very many of them, only those on paths are edges.
with touched as (
    select from_id as company_id, kind, edge_id, confirmed_on from edge where kind in ('ownership', 'activity')
    union
    select to_id, kind, edge_id, confirmed_on from edge where kind in ('ownership', 'activity')
),
delivered as (
    select entity_id as company_id, source_set, confirmed_on
    from supply_link
    join subject on node = buyer
    where valid_from <= (select as_of from clock)
    union all
    select entity_id, source_set, confirmed_on
    from supply_link
    join subject on node = supplier
    where valid_from <= (select as_of from clock) and supplier <> buyer
)
select company_id, kind, count(*) as facts, max(confirmed_on) as newest
from touched
join subject on subject.entity_id = touched.company_id
group by company_id, kind
union all
select company_id, 'supply', count(*), max(least(coalesce(confirmed_on, newest), last_known_on))
from delivered
join known_set using (source_set)
group by company_id
union all
select entity_id, 'registry', count(*), null
from subject
join identifier using (entity_id)
group by entity_id
order by all
