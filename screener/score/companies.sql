-- The Korean companies with their common identifiers.
-- in:  subject, entity, identifier, financial, known_source, clock
-- out: entity_id, name, name_ko, stock_code, isin, dart, market, sector, business_group, status, successor_id (whose
--      shares its holders have now), value_usd and value_krw (EVIC where known, else market capitalisation)
with numbers as (
    select
        entity_id,
        min(value) filter (where scheme = 'krx' and coalesce(security, 'common') = 'common') as stock_code,
        min(value) filter (where scheme = 'isin' and coalesce(security, 'common') = 'common') as isin,
        min(value) filter (where scheme = 'dart') as dart
    from identifier
    group by entity_id
),
worth as (
    select
        entity_id,
        arg_max(amount_usd, (item = 'evic', year, amount)) filter (where amount_usd > 0) as value_usd,
        arg_max(amount, (item = 'evic', year, amount)) filter (where currency = 'KRW' and amount > 0) as value_krw
    from (select *, unnest(source_ids) as source_id from financial where item in ('evic', 'market_cap'))
    semi join known_source using (source_id)
    join clock on year <= year(as_of)
    group by entity_id
)
select
    entity_id, name, name_ko, stock_code, isin, dart, market, sector, business_group, entity.status, successor_id,
    value_usd, value_krw
from subject
join entity using (entity_id)
left join numbers using (entity_id)
left join worth using (entity_id)
order by entity_id
