"""Effective ownership, and who counts as listed through its owners, from the stakes at the set clocks."""

from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from screener.files import sql
from screener.store.clock import create_tables

UNITS: Final = 10**15
_STEPS: Final = 2000
_DENSE: Final = 3000
Nodes = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]


def select_stakes(con: duckdb.DuckDBPyConnection, tops: str) -> None:
    """Creates `stake`, below the tops of chains of stakes, and `owned_by_listed`, with the listed entities among them.

    `con` has its clocks and the tables of `Method.graph_tables`; `tops` is a query that returns entity_id. The tables
    are those of the files of these names; confidence.sql and members.sql go before them.
    """
    chosen = f"create or replace temp table top as select node from node where entity_id in ({tops});"
    names = ("confidence.sql", "members.sql", "stake.sql", "owned_by_listed.sql")
    con.execute(chosen + "".join(sql(__file__, name) for name in names))


def solve_holdings(con: duckdb.DuckDBPyConnection, holders: str) -> None:
    """Creates the temporary table `holding` (see holding.sql).

    Args:
        con: has `stake` (see stake.sql), `parameter` (control_share: above it, or at it with operation, a holder
            controls) and the macro of members.sql.
        holders: a query that returns the nodes of the holders.

    The share e of a holder in firm v solves e(v) = min(1, a(holder, v) + sum over u other than the holder of e(u) *
    a(u, v)), where a are the stakes: every route counts, cycles are summed to their limit, and what returns to the
    holder counts for nothing.
    """
    seeds = (
        "create or replace temp table holder as select distinct node as group_no, node,"
        " round(1e15 * control_share)::bigint as threshold, false as inclusive, true as operators"
        f" from ({holders}) cross join parameter;"
    )
    _solve_unsettled(con, pl.DataFrame(con.sql(seeds + sql(__file__, "holding_spread.sql"))))
    con.execute(sql(__file__, "holding.sql"))


def _solve_unsettled(con: duckdb.DuckDBPyConnection, stakes: pl.DataFrame) -> None:
    """Solves exactly for the holders whose shares still moved in the last round or sum to more than the whole.

    Both need cycles that return nearly everything, or wide ranges. Both are rare, so holders are solved one by one.
    """
    if stakes.is_empty():
        return
    solved = []
    for (holder,), below in stakes.group_by("holder", maintain_order=True):
        firms = np.union1d(below["owned"].to_numpy(), [holder])
        tail, head, top = (np.searchsorted(firms, nodes) for nodes in (below["owner"], below["owned"], holder))
        shares = {
            name: _fixed_point(tail, head, below[name].to_numpy() / UNITS, int(top), len(firms))
            for name in ("low", "high", "likely")
        }
        found = pl.DataFrame({"holder": np.full(len(firms), holder), "node": firms} | shares)
        solved.append(found.filter(pl.col("node") != holder))
    exact = (
        "update summed set low = round(s.low * 1e15), high = round(s.high * 1e15), likely = round(s.likely * 1e15)"
        " from solved as s where s.holder = summed.holder and s.node = summed.node"
    )
    create_tables(con, exact, solved=pl.concat(solved).with_columns(pl.col("holder", "node").cast(pl.Int32)))


def _fixed_point(tail: Nodes, head: Nodes, share: Shares, top: int, many: int) -> Shares:
    """The least x with x = min(1, a + A x), the holder's own x being 1: by iteration or, failing that, elimination."""
    x = np.zeros(many)
    x[top] = 1.0
    for _ in range(_STEPS):
        after = np.minimum(np.bincount(head, weights=x[tail] * share, minlength=many), 1.0)
        after[top] = 1.0
        moved = float(np.max(after - x))
        x = after
        if moved < 1e-13:
            return x
    if many <= _DENSE:
        system = np.eye(many)
        np.subtract.at(system, (head, tail), share)
        system[top] = 0.0
        system[top, top] = 1.0
        try:
            exact = np.linalg.solve(system, np.eye(many)[top])
        except np.linalg.LinAlgError:
            exact = np.full(many, np.nan)
        if np.all(np.isfinite(exact)) and exact.min() >= -1e-9 and exact.max() <= 1 + 1e-9:
            return np.clip(exact, 0.0, 1.0)
    # What still moves after so many steps tends to the whole.
    return x
