-- What a pruning forgets.
-- in:  fetched.snapshot, fetched.snapshot_file; pruning (moment)
-- out: forgotten (snapshot_id), forgotten_file (sha256): raw files that no remaining snapshot names

create or replace temp table forgotten as
select s.snapshot_id
from fetched.snapshot as s
cross join pruning
left join (
    select origin, max(retrieved_at) as retrieved_at
    from fetched.snapshot
    cross join pruning
    where accepted and retrieved_at < moment
    group by origin
) as last using (origin)
where s.retrieved_at < moment and s.retrieved_at is distinct from last.retrieved_at;

create or replace temp table forgotten_file as
select distinct sha256 from fetched.snapshot_file where snapshot_id in (from forgotten)
except
select sha256 from fetched.snapshot_file where snapshot_id not in (from forgotten);
