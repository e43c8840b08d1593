"""Who is commanded by whom: holdings of a group counted together, and only through those that the group itself commands."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

_HERE = Path(__file__).parent
UNITS: Final = 10**15


def command(con: duckdb.DuckDBPyConnection) -> None:
    """Lets groups grow over everything that they hold enough of, until nobody joins any more.

    Args:
        con: has `stake` (see stake.sql), `seed` (group_no int, node int), the first members of each group, and `group_rule` (group_no,
            threshold: the share of a firm, in units of 1e-15, that its holders in the group must pass together; inclusive: the threshold
            itself is enough; operators: running the firm with at least the control share is enough too, the column `operated`).

    Creates the temporary tables `member` (group_no, node, round, origin, sure 0-1; seeds have round 0) and `vote` (group_no, owned, owner,
    low, operated, sure, round), every holding that was counted. Circles end because nobody joins again without being surer.
    """
    con.execute(
        "create or replace temp table vote (group_no integer, owned integer, owner integer, low bigint, operated boolean, sure double, round integer)"
    )
    con.execute(
        "create or replace temp table member as"
        " select distinct group_no, node, 0 as round, null::integer as origin, 1.0::double as sure from seed"
    )
    step, again = ((_HERE / name).read_text(encoding="utf-8") for name in ("command_step.sql", "command_again.sql"))
    number, joined = 0, 1
    while joined:
        number += 1
        con.execute("set variable command_round = ?::integer", [number])
        con.execute(step)
        # Most rounds are nearly all planning, and hardly anybody joins twice: what only that needs is not run for nothing.
        joined, returned = con.execute("select count(*), count(*) filter (where again) from joining").fetchall()[0]
        if returned:
            con.execute(again)
        if joined:
            con.execute(
                "insert into member select group_no, node, getvariable('command_round'), origin, sure from joining"
            )
