-- What is known about each screened company, by kind of fact.
-- in:  subject, edge, identifier
-- out: company_id, kind (registry, ownership, supply, activity), facts, newest
with touched as (
    select from_id as company_id, kind, edge_id, confirmed_on from edge where kind <> 'listing'
    union
    select to_id, kind, edge_id, confirmed_on from edge where kind <> 'listing'
)
select company_id, kind, count(*) as facts, max(confirmed_on) as newest
from touched
join subject on subject.entity_id = touched.company_id
group by company_id, kind
union all
select entity_id, 'registry', count(*), null
from subject
join identifier using (entity_id)
group by entity_id
order by all
