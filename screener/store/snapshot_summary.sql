-- What was fetched into a store, one row a source.
-- in:  fetched.snapshot, fetched.unexpected_field, fetched.rejected_row
-- out: origin, retrieved_at (UTC, of the latest accepted snapshot), published_on, rows, bytes, snapshots (accepted),
--      refused, reason (of a snapshot refused after the latest accepted one), sha256, unexpected (fields that the
--      parser did not know), rejected (records that it could not read), first_at (UTC, of the earliest accepted
--      snapshot that was not pruned)

with latest as (
    select origin, max(retrieved_at) filter (accepted) as retrieved_at, max(retrieved_at) as tried_at,
        min(retrieved_at) filter (accepted) as first_at,
        count(*) filter (accepted) as snapshots, count(*) filter (not accepted) as refused
    from fetched.snapshot
    group by origin
)
select
    l.origin, l.retrieved_at, good.published_on, good.rows, good.bytes, l.snapshots, l.refused,
    case when not tried.accepted then tried.reason end as reason, good.sha256,
    -- A snapshot that changed nothing was not parsed again: the notes on its file belong to the snapshot that brought
    -- it.
    (
        select list(distinct u.field order by u.field)
        from fetched.unexpected_field as u
        join fetched.snapshot as s using (snapshot_id)
        where s.origin = l.origin and s.sha256 = good.sha256
    ) as unexpected,
    (
        select count(*) from fetched.rejected_row as r join fetched.snapshot as s using (snapshot_id)
        where s.origin = l.origin and s.sha256 = good.sha256
    ) as rejected,
    l.first_at
from latest as l
left join fetched.snapshot as good on good.origin = l.origin and good.retrieved_at = l.retrieved_at
left join fetched.snapshot as tried on tried.origin = l.origin and tried.retrieved_at = l.tried_at
order by l.origin
