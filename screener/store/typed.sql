-- Rows of a source, typed as build.sql types the datasets. One statement a table, told apart by the line `-- table:`.
-- in:  staged_<table> (all text, the columns of the dataset tables without source_ids), setting (source_id)
-- out: the columns of main.<table>. Repeated rows become one.

-- table: entity
select
    entity_id, any_value(kind) as kind, any_value(name) as name, any_value(name_ko) as name_ko, any_value(name_local) as name_local,
    any_value(country) as country, any_value(region) as region, any_value(sector) as sector, any_value(market) as market,
    any_value(business_group) as business_group, coalesce(any_value(status), 'active') as status,
    any_value(successor_id) as successor_id, [any_value(setting.source_id)] as source_ids, any_value(note) as note
from staged_entity
cross join setting
group by entity_id

-- table: identifier
select
    entity_id, scheme, value, max(security) as security, min(valid_from)::date as valid_from, max(valid_to)::date as valid_to,
    [any_value(setting.source_id)] as source_ids
from staged_identifier
cross join setting
group by entity_id, scheme, value

-- table: entity_name
-- The main names are names too, as in the embedded table; a name told twice is kept as the better of its kinds.
with written as (
    select entity_id, name, lang, kind, valid_from, valid_to from staged_entity_name
    union all
    select entity_id, name, case when country = 'KR' then 'en' end, 'primary', null, null from staged_entity
    union all
    select entity_id, name_ko, 'ko', 'primary', null, null from staged_entity where name_ko is not null
    union all
    select entity_id, name_local, lower(country), 'primary', null, null from staged_entity where name_local is not null
)
select
    entity_id, name, max(lang) as lang, min(case when kind = 'primary' then '0' else '1' end || kind)[2:] as kind,
    min(valid_from)::date as valid_from, max(valid_to)::date as valid_to, [any_value(setting.source_id)] as source_ids
from written
cross join setting
group by entity_id, name

-- table: ownership
select
    'own-' || left(md5(concat_ws('|', setting.source_id, owner_id, owned_id, share_min, share_max, coalesce(valid_from, ''), coalesce(valid_to, ''), status)), 16)
        as fact_id,
    owner_id, owned_id, share_min::double as share_min, coalesce(share_max, share_min)::double as share_max,
    bool_or(coalesce(operates, 'false') = 'true') as operates,
    first_day(valid_from) as valid_from, last_day_of(valid_to) as valid_to, valid_from as since, valid_to as until, status,
    last_day_of(max(confirmed_on)) as confirmed_on, [setting.source_id] as source_ids, []::varchar[] as end_source_ids,
    nullif(array_to_string(list_sort(list_distinct(list(summary))), ' '), '') as summary
from staged_ownership
cross join setting
where owner_id <> owned_id
group by setting.source_id, owner_id, owned_id, share_min, share_max, since, until, status

-- table: supply
select
    'sup-' || left(md5(concat_ws('|', setting.source_id, supplier_id, buyer_id, coalesce(hs_code, ''), coalesce(product, ''), coalesce(origin_region, ''),
        coalesce(value_usd, ''), coalesce(input_share, ''), coalesce(valid_from, ''), coalesce(valid_to, ''), status)), 16) as fact_id,
    supplier_id, buyer_id, replace(hs_code, '.', '') as hs_code, product, origin_region,
    value_usd::double as value_usd, input_share::double as input_share,
    first_day(valid_from) as valid_from, last_day_of(valid_to) as valid_to, valid_from as since, valid_to as until, status,
    last_day_of(max(confirmed_on)) as confirmed_on, [setting.source_id] as source_ids, []::varchar[] as end_source_ids,
    nullif(array_to_string(list_sort(list_distinct(list(summary))), ' '), '') as summary
from staged_supply
cross join setting
where supplier_id <> buyer_id
group by setting.source_id, supplier_id, buyer_id, staged_supply.hs_code, product, origin_region, staged_supply.value_usd,
    staged_supply.input_share, since, until, status

-- table: activity
select
    'act-' || left(md5(concat_ws('|', setting.source_id, entity_id, activity, coalesce(counterparty_id, ''), coalesce(place, ''), coalesce(share, ''),
        coalesce(amount_usd, ''), coalesce(period, ''), coalesce(valid_from, ''), coalesce(valid_to, ''), status)), 16) as fact_id,
    entity_id, activity, counterparty_id, place, share::double as share, amount_usd::double as amount_usd, period,
    first_day(valid_from) as valid_from, last_day_of(valid_to) as valid_to, valid_from as since, valid_to as until, status,
    last_day_of(max(confirmed_on)) as confirmed_on, [setting.source_id] as source_ids, []::varchar[] as end_source_ids,
    nullif(array_to_string(list_sort(list_distinct(list(summary))), ' '), '') as summary
from staged_activity
cross join setting
group by setting.source_id, entity_id, activity, counterparty_id, place, staged_activity.share, staged_activity.amount_usd, period, since, until, status

-- table: listing
select
    'lst-' || left(md5(concat_ws('|', setting.source_id, entity_id, list_id, coalesce(programme, ''), coalesce(section, ''), coalesce(valid_from, ''))), 16) as fact_id,
    entity_id, list_id, programme, section, first_day(valid_from) as valid_from, last_day_of(max(valid_to)) as valid_to,
    valid_from as since, max(valid_to) as until, [setting.source_id] as source_ids, nullif(array_to_string(list_sort(list_distinct(list(note))), ' '), '') as note
from staged_listing
cross join setting
group by setting.source_id, entity_id, list_id, programme, section, since

-- table: verdict
select distinct
    entity_id, institution, decision, last_day_of(decided_on) as decided_on, last_day_of(ended_on) as ended_on, topic, summary,
    [setting.source_id] as source_ids
from staged_verdict
cross join setting

-- table: financial
select distinct
    entity_id, item, year::integer as year, amount::double as amount, currency, amount_usd::double as amount_usd,
    [setting.source_id] as source_ids
from staged_financial
cross join setting
