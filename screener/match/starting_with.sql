-- The eight largest Korean companies whose names start like this, by market value, else revenue, of the last known
-- year.
-- in:  entity, entity_name, financial (entity_id, item, year, amount_usd); $written: lower-case letters and digits
-- out: entity_id, label (main name)
with named_so as (
    select distinct entity_id
    from entity_name
    where kind is distinct from 'former'
        and starts_with(regexp_replace(lower(name), '[^\p{L}\p{N}]', '', 'g'), $written)
),
size as (
    select
        entity_id,
        arg_max(amount_usd, year) filter (item = 'market_cap') as value,
        arg_max(amount_usd, year) filter (item = 'revenue') as revenue
    from financial
    group by entity_id
)
select entity_id, coalesce(name, name_ko, entity_id) as label
from named_so
join entity using (entity_id)
left join size using (entity_id)
where country = 'KR' and kind = 'company'
order by value desc nulls last, revenue desc nulls last, entity_id
limit 8
