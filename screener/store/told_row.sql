-- Deliveries found by their rows, far apart in a large table.
-- in:  supply, supply_link, node (see numbered.sql), asked_link (link_no)
-- out: told_row (link_no, the columns of supply but for the ids of the ends), told_end (link_no, buyer_id, supplier_id)
-- The ids of the ends take longer to read there than all other columns together; they are those of the numbered nodes.

create or replace temp table told_row as
select rowid + 1 as link_no, * exclude (buyer_id, supplier_id)
from supply
where rowid in (select link_no - 1 from asked_link);

-- Kept before it is joined: a plan of all at once reads the ids of every node for every link.
create or replace temp table told_end as
select link_no, buyer, supplier
from supply_link
where link_no in (select link_no from asked_link);

create or replace temp table told_end as
select l.link_no, b.entity_id as buyer_id, s.entity_id as supplier_id
from told_end as l
join node as b on b.node = l.buyer
join node as s on s.node = l.supplier;
