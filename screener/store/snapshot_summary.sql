-- What was fetched into a store, one row a source.
-- in:  fetched.snapshot, fetched.unexpected_field, fetched.rejected_row
-- out: origin, retrieved_at (UTC, of the latest accepted snapshot), published_on, rows, bytes, snapshots (accepted),
--      refused, reason (of a snapshot refused after the latest accepted one), sha256, unexpected (fields that the
--      parser did not know), rejected (records that it could not read), first_at (UTC, of the earliest accepted
--      snapshot that was not pruned)

with latest as (
    select origin, arg_max(s, retrieved_at) filter (accepted) as good, arg_max(s, retrieved_at) as tried,
        min(retrieved_at) filter (accepted) as first_at,
        count(*) filter (accepted) as snapshots, count(*) filter (not accepted) as refused
    from fetched.snapshot as s
    group by origin
)
select
    origin, good.retrieved_at as retrieved_at, good.published_on as published_on, good.rows as rows,
    good.bytes as bytes, snapshots, refused, case when not tried.accepted then tried.reason end as reason,
    good.sha256 as sha256,
    -- A snapshot that changed nothing was not parsed again: the notes on its file belong to the one that brought it.
    (
        select list(distinct field order by field)
        from fetched.unexpected_field join fetched.snapshot as s using (snapshot_id)
        where s.origin = latest.origin and s.sha256 = latest.good.sha256
    ) as unexpected,
    (
        select count(*) from fetched.rejected_row join fetched.snapshot as s using (snapshot_id)
        where s.origin = latest.origin and s.sha256 = latest.good.sha256
    ) as rejected,
    first_at
from latest
order by origin
