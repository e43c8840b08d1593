-- Types the rows of the datasets and of fetched sources. One statement per table, each after its line `-- table:`.
-- in:  raw_<table> for each table of datasets/README.md (all text); source_ids of fetched rows is the id of their
--      source, `fetched-…`
-- out: the columns of main.<table>: since/until are dates as written, valid_from/valid_to are days. A fact has a
--      fact_id (see build.sql); the same fact stated twice becomes one row with the sources of both.
-- Entities, names and identifiers remain as often as they are stated: they are merged when the store is built or, for
-- fetched sources, when they are read (asof.sql). Grouping millions of texts takes most of the time of a large source,
-- and most sources repeat nothing.

-- table: topic
select topic, cast(position as integer) as position, name, name_ko
from raw_topic

-- table: source
select
    source_id, publisher, publisher_kind, title, url, archived_url,
    -- A source dated to the year or month was published by the day on which it was read.
    case when length(published_on) < 10 then least(last_day_of(published_on), last_day_of(retrieved_on))
        else published_on::date end as published_on,
    published_on as published_written,
    last_day_of(retrieved_on) as retrieved_on, language, grade, copy_of, repeats, note
from raw_source

-- table: list
select
    list_id, title, short_name, short_name_ko, publisher, jurisdiction, effect, url,
    last_day_of(complete_as_of) as complete_as_of, ids(source_ids) as source_ids
from raw_list

-- table: response
select
    entity_id, topic, kind, last_day_of(stated_on) as stated_on, stated_on as stated_written, summary, summary_ko,
    sources_of(source_ids) as source_ids
from raw_response
group by all

-- table: region_share
select distinct
    region, replace(hs_code, '.', '') as hs_code, product, share_of, cast(share_min as double) as share_min,
    cast(coalesce(share_max, share_min) as double) as share_max, cast(year as integer) as year,
    ids(source_ids) as source_ids, summary
from raw_region_share

-- table: contact
select distinct
    entity_id, topic, asked_by, asked_on, deadline, answered_on, ids(source_ids) as source_ids, note, note_ko
from raw_contact

-- table: search
select distinct topic, subject, searched_on, languages, queries, result, result_ko
from raw_search

-- table: entity
select
    entity_id, kind, name, name_ko, name_local, country, region, sector, market, business_group,
    coalesce(status, 'active') as status, successor_id, ids(source_ids) as source_ids, note
from raw_entity

-- table: identifier
select
    entity_id, scheme, value, security, first_day(valid_from) as valid_from, last_day_of(valid_to) as valid_to,
    ids(source_ids) as source_ids
from raw_identifier

-- table: entity_name
select
    entity_id, name, lang, kind, first_day(valid_from) as valid_from, last_day_of(valid_to) as valid_to,
    ids(source_ids) as source_ids
from raw_name()

-- table: ownership
select
    fact_id('own', min(raw.source_ids), [owner_id, owned_id, share_min, share_max, valid_from, valid_to, status])
        as fact_id,
    owner_id, owned_id, share_min::double as share_min, coalesce(share_max, share_min)::double as share_max,
    bool_or(coalesce(operates, 'false') = 'true') as operates,
    unnest(relation(valid_from, valid_to, status, confirmed_on, source_ids, end_source_ids, summary, summary_ko))
from raw_ownership as raw
where owner_id <> owned_id
group by owner_id, owned_id, share_min, share_max, valid_from, valid_to, status

-- table: supply
select
    fact_id('sup', min(raw.source_ids), [
        supplier_id, buyer_id, hs_code, product, origin_region, value_usd, input_share, valid_from, valid_to, status
    ]) as fact_id,
    supplier_id, buyer_id, replace(hs_code, '.', '') as hs_code, product, min(product_ko) as product_ko, origin_region,
    value_usd::double as value_usd, input_share::double as input_share,
    unnest(relation(valid_from, valid_to, status, confirmed_on, source_ids, end_source_ids, summary, summary_ko))
from raw_supply as raw
where supplier_id <> buyer_id
group by supplier_id, buyer_id, raw.hs_code, product, origin_region, raw.value_usd,
    raw.input_share, valid_from, valid_to, status

-- table: activity
select
    fact_id('act', min(raw.source_ids), [
        entity_id, activity, counterparty_id, place, share, amount_usd, period, valid_from, valid_to, status
    ]) as fact_id,
    entity_id, activity, counterparty_id, place, share::double as share, amount_usd::double as amount_usd, period,
    unnest(relation(valid_from, valid_to, status, confirmed_on, source_ids, end_source_ids, summary, summary_ko))
from raw_activity as raw
group by entity_id, activity, counterparty_id, place, raw.share, raw.amount_usd, period, valid_from, valid_to, status

-- table: listing
select
    fact_id('lst', min(raw.source_ids), [entity_id, list_id, programme, section, valid_from]) as fact_id,
    entity_id, list_id, programme, section, first_day(valid_from) as valid_from,
    case when count(*) = count(valid_to) then max(last_day_of(valid_to)) end as valid_to,
    valid_from as since,
    case when count(*) = count(valid_to) then arg_max(valid_to, (last_day_of(valid_to), valid_to)) end as until,
    sources_of(source_ids) as source_ids, joined(note) as note
from raw_listing as raw
group by entity_id, list_id, programme, section, since

-- table: verdict
select
    entity_id, institution, decision, last_day_of(decided_on) as decided_on, last_day_of(ended_on) as ended_on,
    decided_on as decided_written, ended_on as ended_written, topic, subject, subject_ko, summary, summary_ko,
    sources_of(source_ids) as source_ids
from raw_verdict
group by all

-- table: financial
select distinct
    entity_id, item, year::integer as year, amount::double as amount, currency, amount_usd::double as amount_usd,
    ids(source_ids) as source_ids
from raw_financial
