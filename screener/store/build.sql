-- The macros, and the tables that are not typed rows of the datasets (typed.sql has those).
-- in:  raw_source (all text), own_file (file): the dataset files of the user's own folders
-- out: decision (query_key: the query in normal form, query: as a person reads it, entity_id: null for "no company",
--      decided_by, decided_at; undone_at and undone_by are null while the decision holds), empty; own_source
--      (source_id, own: true): the user's own sources

create or replace macro first_day(written) as
    cast(rpad(written, 10, '-01-01'[length(written) - 3:]) as date);

create or replace macro last_day_of(written) as
    case length(written)
        when 4 then cast(written || '-12-31' as date)
        when 7 then last_day(cast(written || '-01' as date))
        else cast(written as date)
    end;

-- A day, no more precise than as written: the first of the texts whose last day it is, else the full date.
create or replace macro as_written(day, texts) as
    coalesce(list_filter(texts, lambda written: last_day_of(written) = day)[1], day::varchar);

-- The id of a fact: a hash of its content, not its wording, and of the fetched source that states it. Each part is
-- preceded by its length, so that no two lists of parts give the same text.
create or replace macro fact_id(kind, source_ids, parts) as
    kind || '-' || left(md5(array_to_string(list_transform(
        case when starts_with(source_ids, 'fetched-') then list_prepend(source_ids, parts) else parts end,
        lambda part: coalesce(length(part) || ':' || part, '-')), '|')), 16);

create or replace macro ids(written) as
    case
        when contains(written, ';') then list_filter(list_sort(list_distinct(list_transform(
            string_split(written, ';'), lambda part: trim(part)))), lambda part: part <> '')
        when written <> '' then [written]
        else []::varchar[]
    end;

-- The distinct texts of several rows of one fact.
create or replace macro joined(written) as
    nullif(array_to_string(list_sort(list_distinct(list(written))), ' '), '');

create or replace macro all_ids(lists) as
    list_sort(list_distinct(flatten(lists)));

-- The sources of several rows of one fact.
create or replace macro sources_of(written) as
    coalesce(all_ids(list_transform(list(distinct written), lambda part: ids(part))), []);

create or replace macro both_ids(own, other) as
    all_ids([own, coalesce(other, [])]);

-- The columns that all relations have, of the rows that state one relation; since/until are dates as written.
create or replace macro relation(
    valid_from, valid_to, status, confirmed_on, source_ids, end_source_ids, summary, summary_ko
) as {
    valid_from: first_day(valid_from), valid_to: last_day_of(valid_to), since: valid_from, until: valid_to,
    status: status,
    confirmed_on: max(last_day_of(confirmed_on)), first_confirmed_on: min(last_day_of(confirmed_on)),
    confirmed_written: arg_max(confirmed_on, (last_day_of(confirmed_on), -length(confirmed_on))),
    source_ids: sources_of(source_ids), end_source_ids: sources_of(end_source_ids),
    summary: joined(summary), summary_ko: joined(summary_ko)
};

-- The formulas of docs/method.md that more than one statement needs; p is the row of parameters (`parameter`).
-- The confidence in a claim, over its independent publishers (an aggregate), each with the quality of its best grade.
create or replace macro joint_confidence(quality, publisher) as
    1 - product(1 - quality order by publisher);

-- The decay of a claim with time: after its end, or since it was last confirmed.
create or replace macro recency(live, ended_on, confirmed_on, as_of, p) as
    case
        when not live then 0.5::double ** (greatest(datediff('day', ended_on, as_of), 0) / p.ended_half_life)
        when confirmed_on is null then 1
        else greatest(
            0.5::double
                ** (greatest(datediff('day', confirmed_on, as_of) - p.unconfirmed_grace, 0) / p.unconfirmed_half_life),
            p.unconfirmed_floor
        )
    end;

-- The first possible day of an end that is known only to the month or year; null for others.
create or replace macro vague_end(status, written) as
    case when status = 'ended' and length(written) < 10 then first_day(written) end;

-- The day of a known end: it counts once a source for it is published. For an end known only to the month or year
-- (vague_from is its first possible day), the last possible day is the one on which a source reports it as past. A
-- source of an earlier day only announced it.
create or replace macro known_end(valid_from, valid_to, vague_from, end_known, end_known_on, end_newest) as
    case
        when not end_known then null
        when end_known_on >= vague_from then least(valid_to, greatest(end_known_on, valid_from))
        when end_newest >= vague_from then least(valid_to, greatest(end_newest, valid_from))
        else valid_to
    end;

-- Whether what happened on a day (its first possible one) is known: with the first source that is as late as it (newest
-- is the newest known source), or with any source if none is (latest is the newest of all).
create or replace macro is_known(happened, newest, latest) as
    newest >= happened or latest < happened;

-- US dollars a year, from an amount and its period: `yearly`, 2022, 2019/2022 (both years in full) or 2017-04/2018-03;
-- null where no period is known.
create or replace macro per_year(amount, period) as
    case
        when period = 'yearly' or regexp_full_match(period, '\d{4}') then amount
        when regexp_full_match(period, '\d{4}/\d{4}') then
            amount / greatest(1, cast(period[6:9] as integer) - cast(period[1:4] as integer) + 1)
        when regexp_full_match(period, '\d{4}-\d{2}/\d{4}-\d{2}') then
            amount * 12 / greatest(12,
                date_diff('month', cast(period[1:7] || '-01' as date), cast(period[9:15] || '-01' as date)) + 1)
    end;

-- Whether a cell is one of the allowed values; null allows any.
create or replace macro fits(allowed, cell) as
    allowed is null or list_contains(allowed, cell);

-- All names, including the main names of entities; of two equal ones the Korean or local one.
create or replace macro raw_name() as table (
    select entity_id, name, lang, kind, valid_from, valid_to, source_ids from raw_entity_name
    union all
    select
        entity_id, name,
        case when name = name_ko then 'ko' when name = name_local then lower(country) when country = 'KR' then 'en' end,
        'primary', null, null, source_ids
    from raw_entity
    union all
    select entity_id, name_ko, 'ko', 'primary', null, null, source_ids from raw_entity where name_ko <> name
    union all
    select entity_id, name_local, lower(country), 'primary', null, null, source_ids from raw_entity
    where name_local <> name
);

-- Rows that state the same identifier, or the same name, become one. Dates merge as days: the earliest beginning and
-- the latest end; one unknown end leaves the row open.
create or replace macro merged_identifier(stated) as table
    select
        entity_id, scheme, value, max(security) as security,
        case when count(*) = count(valid_from) then min(valid_from) end as valid_from,
        case when count(*) = count(valid_to) then max(valid_to) end as valid_to,
        all_ids(list(source_ids)) as source_ids
    from query_table(stated)
    group by entity_id, scheme, value;

create or replace macro merged_entity_name(stated) as table
    select
        entity_id, name, max(lang) as lang, min(case when kind = 'primary' then '0' else '1' end || kind)[2:] as kind,
        case when count(*) = count(valid_from) then min(valid_from) end as valid_from,
        case when count(*) = count(valid_to) then max(valid_to) end as valid_to,
        all_ids(list(source_ids)) as source_ids
    from query_table(stated)
    group by entity_id, name;

create or replace table own_source as
select source_id, true as own from raw_source where _file in (from own_file) order by source_id;

create or replace table decision (
    decision_id bigint not null,
    query_key varchar not null,
    query varchar not null,
    entity_id varchar,
    decided_by varchar not null,
    decided_at timestamp not null,
    undone_at timestamp,
    undone_by varchar
);
