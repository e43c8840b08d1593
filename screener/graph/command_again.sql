-- Forgets how those had joined and voted who join again, being more surely commanded than was known.
-- in:  joining (group_no, node, again), member, vote
-- out: member and vote without them

delete from vote
where exists (from joining as a where a.again and a.group_no = vote.group_no and a.node = vote.owner);

delete from member
where exists (from joining as a where a.again and a.group_no = member.group_no and a.node = member.node);
