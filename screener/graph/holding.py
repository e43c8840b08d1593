"""Effective ownership: the linear system of stakes, solved for the holders that matter."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from screener.graph.command import UNITS, command
from screener.graph.descend import Descent, Nodes, everything_below

_HERE = Path(__file__).parent
_ROUNDS: Final = 200
_STEPS: Final = 2000
_DENSE: Final = 3000
# Stakes up to which two statements are not worth a second connection.
FEW_STAKES: Final = 20_000
Shares = npt.NDArray[np.float64]


def solve_holdings(con: duckdb.DuckDBPyConnection, *, nodes: int, control_share: float) -> None:
    """Creates the temporary tables `holding`, `stake` and `stake_problem` (see holding.sql and stake.sql).

    Args:
        con: has `owning` (edge_no bigint, owner int, owned int, share_min, share_max double 0-1 or null, sure double 0-1, operates boolean, stated date,
            tie int below 2^26; a table or a view, read twice), `holder` (node int) and `graph_parameter`.
        nodes: nodes are numbered from 0 to below this.
        control_share: above it, or at it with operation, a holder controls.

    The share e of a holder in firm v solves e(v) = min(1, a(holder, v) + sum over u other than the holder of e(u) * a(u, v)), where
    a are the stakes: every route counts, circles are summed to their end, and what comes back to the holder counts for nothing.
    """
    (tops,) = _columns(con, "select distinct node from holder")
    gather_stakes(con, tops, nodes)
    seed = "select distinct node as group_no, node from holder"
    rule = f"select group_no, {round(control_share * UNITS)}::bigint as threshold, false as inclusive, true as operators from seed"
    if con.execute("select count(*) from stake").fetchall()[0][0] <= FEW_STAKES:
        con.execute(f"create or replace temp table seed as {seed}")
        con.execute(f"create or replace temp table group_rule as {rule}")
        command(con)
        _spread(con)
    else:
        # Who commands whom and who holds what do not need each other, and neither keeps a second processor busy.
        given = {name: pl.DataFrame(con.sql(query)) for name, query in (("stake", "from stake"), ("seed", seed))}
        with ThreadPoolExecutor(1) as beside:
            commanded = beside.submit(_members, con.cursor(), given, rule)
            _spread(con)
            keep(con, "member", commanded.result())
    con.execute(_sql("holding.sql"))


def _spread(con: duckdb.DuckDBPyConnection) -> None:
    """Creates `spread` (see holding_spread.sql), whole."""
    con.execute("set variable holding_rounds = ?::integer", [_ROUNDS])
    con.execute(_sql("holding_spread.sql"))
    _finish(con)


def _members(con: duckdb.DuckDBPyConnection, given: Mapping[str, pl.DataFrame], rule: str) -> pl.DataFrame:
    """The table `member` of `command`, made in another connection, which knows of the stakes and seeds what it is given."""
    for name, frame in given.items():
        keep(con, name, frame)
    con.execute(f"create or replace temp table group_rule as {rule}")
    command(con)
    return pl.DataFrame(con.sql("from member"))


def gather_stakes(con: duckdb.DuckDBPyConnection, tops: Nodes, nodes: int) -> None:
    """Creates `stake` and `stake_problem` (see stake.sql) for every firm below `tops`, out of `owning` (see solve_holdings)."""
    con.execute("set variable stake_last_node = ?::bigint", [max(nodes - 1, 0)])
    owner, owned = _columns(con, "select owner, owned from owning where owner is not null and owned is not null")
    keep(con, "stake_owned", pl.DataFrame({"node": everything_below(owner, owned, tops, nodes)}))
    con.execute(_sql("stake.sql"))


def _finish(con: duckdb.DuckDBPyConnection) -> None:
    """Solves anew, and exactly, for the holders whose shares were still moving in the last round or overlap to more than the whole.

    Both need circles that hand back nearly everything, or wide ranges; neither is common, so holders are taken one by one.
    """
    (holders,) = _columns(
        con, f"select holder from spread group by holder, node having max(round) >= {_ROUNDS} or sum(high) > {UNITS}"
    )
    if not len(holders):
        return
    owner, owned, *stakes = _columns(
        con, "select owner, owned, low, high, likely from stake order by edge_no, owner, owned"
    )
    # Numbered anew, so that the work on each holder is by the firms that have stakes, not by all of a large store.
    firms, places = np.unique(np.concatenate([owner, owned, holders]), return_inverse=True)
    tails, heads, tops = (part.astype(np.int32) for part in np.split(places, [len(owner), 2 * len(owner)]))
    descent = Descent(tails, heads, len(firms))
    solved: list[tuple[npt.NDArray[np.generic], ...]] = []
    for top in np.unique(tops):
        members = np.union1d(descent.below(np.array([top], dtype=np.int32)), [top]).astype(np.int32)
        edges = descent.edges_of(members)
        edges = edges[heads[edges] != top]
        tail, head = np.searchsorted(members, tails[edges]), np.searchsorted(members, heads[edges])
        place = int(np.searchsorted(members, top))
        shares = [_fixed_point(tail, head, stake[edges] / UNITS, place, len(members)) for stake in stakes]
        others = members != top
        solved.append((np.full(others.sum(), firms[top]), firms[members[others]], *(share[others] for share in shares)))
    columns = ("holder", "node", "low", "high", "likely")
    found = pl.DataFrame(dict(zip(columns, map(np.concatenate, zip(*solved, strict=True)), strict=True)))
    keep(con, "solved", found.with_columns(pl.col("holder", "node").cast(pl.Int32)))
    con.execute(_sql("holding_solved.sql"))


def _fixed_point(
    tail: npt.NDArray[np.int64], head: npt.NDArray[np.int64], share: Shares, top: int, many: int
) -> Shares:
    """The least x with x = min(1, a + A x), x of the holder itself 1: by steps from below, by elimination where they go on too long."""
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
    # What still moves after so many steps heads for the whole.
    return x


def _columns(con: duckdb.DuckDBPyConnection, query: str) -> list[Nodes]:
    return [column.to_numpy() for column in pl.DataFrame(con.sql(query))]


class _Stream:
    """A frame as nothing but its Arrow stream: DuckDB would load PyArrow, a thirtieth of a second, to read a Polars frame."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.frame.__arrow_c_stream__(requested_schema)


def keep(con: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    """Creates a temporary table of the rows of a frame."""
    con.register(f"{name}_frame", _Stream(frame))
    con.execute(f"create or replace temp table {name} as from {name}_frame")
    con.unregister(f"{name}_frame")


def _sql(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
