-- The stakes that become edges at once where there are very many: those that touch a Korean company. Deliveries follow where they are on paths.
-- in:  ownership, stake_link, supply, node, entity; %found%: how a stake is found, by its row, or by its id where rows are those of a view
-- out: stake_told (the columns of ownership), supply_told (the columns of supply, and no rows)

set variable told_last_node = (select max(node)::bigint from node);

set variable told_nodes = (
    select bitstring_agg(node, 0, getvariable('told_last_node'))
    from node
    join entity using (entity_id)
    where kind = 'company' and country = 'KR'
);

create or replace temp view stake_told as
select *
from ownership
where %found%
    from stake_link
    where get_bit(getvariable('told_nodes'), owner) = 1 or get_bit(getvariable('told_nodes'), owned) = 1
);

create or replace temp view supply_told as
from supply
limit 0;
