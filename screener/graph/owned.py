"""Firms that count as listed because of who owns them, each list by the test of its regime on the day.

The tests are data: `rules/regimes.toml`, read by `screener.rules.regimes`. In every regime an indirect holding counts only through firms
that are themselves owned to that share, as FAQ 401 of OFAC explains with examples.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import polars as pl

from screener.graph.command import UNITS, command
from screener.graph.holding import gather_stakes, keep

_HERE = Path(__file__).parent
_TEST: Final = {
    **dict.fromkeys(("list_id", "test_id"), pl.String()),
    "threshold": pl.Int64(),
    **dict.fromkeys(("inclusive", "aggregate", "operators"), pl.Boolean()),
    **dict.fromkeys(("since", "until"), pl.Date()),
}


@dataclass(frozen=True)
class OwnershipTest:
    """By what share a firm counts as listed (columns of `rules/regimes.toml`).

    lists: ids, or `*` for those that no other test names. since, until: first and last day. share: 0-1; without it ownership counts for
    nothing. inclusive: the share itself is enough. aggregate: holdings of several listed owners are added up. control: control suffices.
    basis: `statute`, `guidance` or `own` (a measure of this program). text, text_ko: the test in words.
    """

    id: str
    regime: str
    lists: tuple[str, ...]
    since: dt.date | None
    until: dt.date | None
    share: float | None
    inclusive: bool
    aggregate: bool
    control: bool
    basis: str
    text: str
    text_ko: str
    source_title: str
    source_url: str


def build_owned_by_listed(con: duckdb.DuckDBPyConnection, tests: Sequence[OwnershipTest]) -> None:
    """Creates the temporary table `owned_by_listed`: the firms that listed entities own by the tests of the day.

    Args:
        con: a store with its clocks set, after `number_stakes` (which leaves `owning`).
        tests: the tests of all regimes; those of the as-of day count.

    Columns out: list_id, live (of the listings), test_id, entity_id, anchor_id (one row for each listed entity that holds a counted part,
    itself or through what it owns that way), share (0-1, held in total by the listed; the least that is known), sure (0-1, of the route),
    edge_ids (the strongest route, from the listed entity down), stake_ids (every stake that was counted, in order of size).
    """
    rows = [
        {"list_id": name, "test_id": test.id, "threshold": None if test.share is None else round(test.share * UNITS)}
        | {"inclusive": test.inclusive, "aggregate": test.aggregate, "operators": test.control}
        | {"since": test.since, "until": test.until}
        for test in tests
        for name in test.lists
    ]
    keep(con, "ownership_test", pl.DataFrame(rows, schema=_TEST))
    con.execute(_sql("listed_group.sql"))
    tops = con.execute("select distinct node from seed").fetchnumpy()["node"]
    nodes = int(con.execute("select count(*) from node").fetchall()[0][0])
    gather_stakes(con, np.asarray(tops), nodes)
    command(con)
    con.execute(_sql("owned_by_listed.sql"))


def _sql(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
