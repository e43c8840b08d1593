-- The part of the store that fetched sources fill, empty. Rows have the embedded columns and the time when they were
-- known.
-- in:  main.source, main.entity, … (their columns only)
-- out: fetched.<table> for every table that sources fill: the columns of the embedded one, and
--        origin (id of the source), snapshot_id (that brought the row), system_from, system_to (UTC; 9999-12-31 while
--        the row is current)
--      fetched.snapshot       one row per fetch that was read, accepted or not
--      fetched.snapshot_file  the raw files of a snapshot, by hash
--      fetched.unexpected_field, fetched.rejected_row: what the parser did not expect or could not read
--      fetched.name_match     certain matches of fetched entities by name
--      fetched.same_as        fetched_id -> entity_id (embedded, or the first of several fetched ones), with
--        system_from, system_to
--      fetched.forgotten_history  the period that `data prune` deleted: a known-at moment after the first snapshot
--        and before kept_from would miss rows

create schema fetched;

create table fetched.snapshot (
    snapshot_id varchar primary key, origin varchar not null, retrieved_at timestamp not null, published_on date,
    sha256 varchar not null, bytes bigint not null, rows bigint not null, accepted boolean not null, reason varchar,
    priority integer
);
create table fetched.snapshot_file (
    snapshot_id varchar not null, part varchar not null, url varchar not null, retrieved_at timestamp not null,
    sha256 varchar not null, bytes bigint not null, headers varchar not null
);
create table fetched.unexpected_field (
    snapshot_id varchar not null, field varchar not null, rows bigint not null, example varchar
);
create table fetched.rejected_row (
    snapshot_id varchar not null, target varchar, row bigint, field varchar, key varchar, problem varchar, found varchar
);
create table fetched.name_match (
    origin varchar not null, fetched_id varchar not null, entity_id varchar not null, score double not null
);
create table fetched.same_as (
    fetched_id varchar not null, entity_id varchar not null, matched_by varchar not null,
    system_from timestamp not null, system_to timestamp not null
);
create table fetched.forgotten_history (
    origin varchar not null, first_at timestamp not null, kept_from timestamp not null
);
