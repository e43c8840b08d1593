-- Up to which moment each source's history goes, by policy, and what goes with it.
-- in:  fetched.snapshot, fetched.snapshot_file; policy (before: moment or null, keep: number or null, origins: list,
--      empty for all)
-- out: pruning (origin, moment): what had been replaced before the moment goes
--      forgotten (snapshot_id, origin), forgotten_file (sha256): raw files that no remaining snapshot names
-- Where both are given, a version goes only if both let it go. The newest `keep` snapshots begin at one that stays
-- itself.

create or replace temp table pruning as
with nth as (
    select origin, retrieved_at + interval 1 microsecond as moment
    from fetched.snapshot
    cross join policy
    where accepted
    qualify row_number() over (partition by origin order by retrieved_at desc) = policy.keep
)
select origin, moment
from (
    select
        s.origin,
        case
            when any_value(policy.keep) is null then any_value(policy.before)
            when any_value(policy.before) is null then any_value(nth.moment)
            when any_value(nth.moment) is not null then least(any_value(policy.before), any_value(nth.moment))
        end as moment
    from fetched.snapshot as s
    cross join policy
    left join nth using (origin)
    where len(policy.origins) = 0 or list_contains(policy.origins, s.origin)
    group by s.origin
)
where moment is not null;

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
