-- The stakes and supply facts that become edges at once where there are very many: those that touch a Korean company.
-- in:  ownership, stake_link, supply, supply_link, node, entity
-- out: stake_told (the columns of ownership), supply_told (the columns of supply)

set variable told_last_node = (select max(node)::bigint from node);

set variable told_nodes = (
    select bitstring_agg(node, 0, getvariable('told_last_node'))
    from node
    join entity using (entity_id)
    where kind = 'company' and country = 'KR'
);

create or replace temp table stake_told as
select *
from ownership
where fact_id in (
    select fact_id
    from stake_link
    where get_bit(getvariable('told_nodes'), owner) = 1 or get_bit(getvariable('told_nodes'), owned) = 1
);

create or replace temp table supply_told as
select *
from supply
where fact_id in (
    select fact_id
    from supply_link
    where get_bit(getvariable('told_nodes'), buyer) = 1 or get_bit(getvariable('told_nodes'), supplier) = 1
);
