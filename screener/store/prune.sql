-- What a pruning forgets.
-- in:  fetched.snapshot, fetched.snapshot_file; pruning (origin, moment): what had been replaced before the moment goes
-- out: forgotten (snapshot_id, origin), forgotten_file (sha256): raw files that no remaining snapshot names

create or replace temp table forgotten as
select s.snapshot_id, s.origin
from fetched.snapshot as s
join pruning using (origin)
left join (
    select origin, max(retrieved_at) as retrieved_at
    from fetched.snapshot
    join pruning using (origin)
    where accepted and retrieved_at < moment
    group by origin
) as last using (origin)
where s.retrieved_at < moment and s.retrieved_at is distinct from last.retrieved_at;

create or replace temp table forgotten_file as
select distinct sha256 from fetched.snapshot_file where snapshot_id in (select snapshot_id from forgotten)
except
select sha256 from fetched.snapshot_file where snapshot_id not in (select snapshot_id from forgotten);
