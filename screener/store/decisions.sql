-- Remembered match decisions.
-- in:  -
-- out: decision (decision_id, query_key: the query in normal form, query: as a person reads it, entity_id: null for
--      "no company",
--      decided_by, decided_at, undone_at, undone_by: null while the decision stands)
create table if not exists decision (
    decision_id bigint not null,
    query_key varchar not null,
    query varchar not null,
    entity_id varchar,
    decided_by varchar not null,
    decided_at timestamp not null,
    undone_at timestamp,
    undone_by varchar
)
