-- What was fetched into a store, one row a source.
-- in:  fetched.snapshot, fetched.unexpected_field
-- out: origin, retrieved_at, published_on, rows, bytes, snapshots, refused, reason, sha256, unexpected

with latest as (
    select origin, max(retrieved_at) filter (accepted) as retrieved_at, max(retrieved_at) as tried_at,
        count(*) filter (accepted) as snapshots, count(*) filter (not accepted) as refused
    from fetched.snapshot
    group by origin
)
select
    l.origin, l.retrieved_at, good.published_on, good.rows, good.bytes, l.snapshots, l.refused,
    case when not tried.accepted then tried.reason end as reason, good.sha256,
    (select count(*) from fetched.unexpected_field as u where u.snapshot_id = good.snapshot_id) as unexpected
from latest as l
left join fetched.snapshot as good on good.origin = l.origin and good.retrieved_at = l.retrieved_at
left join fetched.snapshot as tried on tried.origin = l.origin and tried.retrieved_at = l.tried_at
order by l.origin
