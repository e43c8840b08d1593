-- The moment up to which the policy deletes each source's history, and what is deleted with it.
-- in:  fetched.snapshot, fetched.snapshot_file; policy (before: moment or null, keep: number or null, origins: list,
--      empty for all)
-- out: pruning (origin, moment): rows replaced before the moment are deleted
--      forgotten (snapshot_id, origin), forgotten_file (sha256): raw files that no remaining snapshot names
-- Where both are given, a version is deleted only if both allow it. The first of the newest `keep` snapshots stays
-- too.

create or replace temp table pruning as
with nth as (
    select origin, retrieved_at + interval 1 microsecond as moment
    from fetched.snapshot
    cross join policy
    where accepted
    qualify row_number() over (partition by origin order by retrieved_at desc) = policy.keep
)
select s.origin, least(policy.before, nth.moment) as moment
from (select distinct origin from fetched.snapshot) as s
cross join policy
left join nth using (origin)
where (len(policy.origins) = 0 or list_contains(policy.origins, s.origin))
    and (policy.keep is null or nth.moment is not null);

create or replace temp table forgotten as
select snapshot_id, origin
from fetched.snapshot
join pruning using (origin)
where retrieved_at < moment
-- The newest accepted one stays: its rows were known at the moment.
qualify retrieved_at is distinct from max(retrieved_at) filter (accepted) over (partition by origin);

create or replace temp table forgotten_file as
select distinct sha256 from fetched.snapshot_file where snapshot_id in (select snapshot_id from forgotten)
except
select sha256 from fetched.snapshot_file where snapshot_id not in (select snapshot_id from forgotten);
