"""Firms that count as listed because of who owns them: the 50 Percent Rule of OFAC, and the tests of the EU and the UK.

- OFAC (FAQ 398-402, e.g. 31 CFR 587.406): owned 50 percent or more in the aggregate, directly or indirectly, by blocked persons; indirectly
  means through entities that are themselves 50 percent or more owned. Control alone blocks nobody.
- EU (Council best practices on restrictive measures, on ownership and control): owned by more than 50 percent, or controlled; the
  holdings of several listed persons count together.
- UK (Sanctions and Anti-Money Laundering Act regulations, on "owned or controlled directly or indirectly"): more than 50 percent, or
  controlled, by one designated person; holdings of several are not simply added up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import numpy as np

from screener.errors import ScreenerError
from screener.graph.command import command
from screener.graph.holding import gather_stakes

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class OwnershipTest:
    """What makes a firm count as listed.

    share: the part of it that must be passed, or reached if `inclusive`. or_control: running it with the control share is enough.
    together: the holdings of all persons on the list are added up.
    """

    share: float
    inclusive: bool
    or_control: bool
    together: bool


OWNERSHIP_TESTS: Final = {
    "ofac": OwnershipTest(0.5, inclusive=True, or_control=False, together=True),
    "eu": OwnershipTest(0.5, inclusive=False, or_control=True, together=True),
    "uk": OwnershipTest(0.5, inclusive=False, or_control=True, together=False),
}

_LISTED: Final = """create or replace temp table owner_group as
select distinct case when $together then 'all' else from_id end as group_id, from_id as entity_id
from edge
where relation = 'listed_on' and live and to_id = $list"""


def build_blocked_ownership(con: duckdb.DuckDBPyConnection, lists: Mapping[str, str]) -> None:
    """Creates the temporary table `blocked_ownership`: what counts as listed because of its owners, and is not on the list itself.

    Args:
        con: a store with its clocks set, after `number_stakes` (which leaves `owning` and `graph_parameter`).
        lists: list id -> `ofac`, `eu` or `uk`: by whose test its ownership is judged.

    Columns out: entity_id, list_id, test, anchor_id (the listed person at the head of the strongest route), share (0-1, held in total by
    the listed persons and what they own that way; the least that is known), edge_ids (the strongest route, from the listed person
    down), stake_ids (every stake that was counted, in order of size).

    Raises:
        ScreenerError: a test that does not exist.
    """
    for list_id, test in lists.items():
        if test not in OWNERSHIP_TESTS:
            raise ScreenerError(
                "no such test of ownership", where=list_id, found=test, do=f"use one of {', '.join(OWNERSHIP_TESTS)}"
            )
    con.execute(
        "create or replace temp table blocked_ownership (entity_id varchar, list_id varchar, test varchar, anchor_id varchar,"
        " share double, edge_ids varchar[], stake_ids varchar[])"
    )
    for list_id, test in sorted(lists.items()):
        con.execute(_LISTED, {"list": f"list:{list_id}", "together": OWNERSHIP_TESTS[test].together})
        grow_groups(con, OWNERSHIP_TESTS[test])
        con.execute(
            "insert into blocked_ownership select entity_id, ?, ?, anchor_id, share, edge_ids, stake_ids from group_owned"
            " where entity_id not in (select entity_id from owner_group)",
            [list_id, test],
        )
    con.execute("create or replace temp table blocked_ownership as select * from blocked_ownership order by all")


def grow_groups(con: duckdb.DuckDBPyConnection, test: OwnershipTest) -> None:
    """Creates the temporary table `group_owned`: what each group of owners owns by this test.

    Args:
        con: after `number_stakes`, with the temporary table `owner_group` (group_id varchar, entity_id varchar).
        test: the test of ownership; all members of a group are added up.

    Columns out: group_id, entity_id, anchor_id, share, edge_ids, stake_ids, as in `build_blocked_ownership`; members of a group are no
    property of it.
    """
    con.execute(_sql("owner_group.sql"))
    tops = con.execute("select distinct node from seed").fetchnumpy()["node"]
    nodes = int(con.execute("select count(*) from node").fetchall()[0][0])
    gather_stakes(con, np.asarray(tops), nodes)
    command(con, threshold=test.share, inclusive=test.inclusive, operators=test.or_control)
    con.execute(_sql("group_owned.sql"))


def _sql(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
