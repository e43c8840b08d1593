-- Who lists whom since when: bodies on lists of states and the United Nations on the as-of day. Lists of
-- non-governmental publishers do not count: they bind nobody.
-- in:  edge, list, source
-- out: body_id, jurisdiction, since (as written, the earliest; null where no list says)
select from_id as body_id, jurisdiction, min(since) as since
from edge
join list on to_id = 'list:' || list_id
where
    relation = 'listed_on' and live and jurisdiction is not null
    and not exists (
        select 1 from source
        where list_contains(list.source_ids, source_id) and publisher_kind = 'ngo'
    )
group by all
order by all
