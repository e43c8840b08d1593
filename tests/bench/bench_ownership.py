"""Effective ownership of 8,000 holders over chains and circles, compared with one bare scan of the stakes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from tests.bench.graph_generator import chosen, write_owning
from tests.bench.graph_sizes import figures

SAMPLED = 200


def run() -> Iterator[dict[str, Any]]:
    """Figures at 10^5, 10^6 and 5 * 10^6 firms; the peers at the smallest."""
    yield from figures("ownership", "owning", write_owning, _peers)


def _peers(path: Path, firms: int) -> Iterator[dict[str, Any]]:
    import networkx as nx
    from scipy.sparse import csc_array, eye_array
    from scipy.sparse.linalg import splu

    con = duckdb.connect()
    ours = _ours(con, path, firms)
    stakes = con.execute(
        "select owner, owned, max(share_min) as share from read_parquet(?) group by owner, owned", [str(path)]
    ).fetchnumpy()
    holders = np.concatenate(chosen(firms))

    # One factorisation, then one system a holder; what comes back to the holder is not taken out, and there are no routes.
    began = time.perf_counter()
    matrix = csc_array((stakes["share"], (stakes["owner"], stakes["owned"])), shape=(firms, firms))
    factors = splu((eye_array(firms, format="csc") - matrix.T).tocsc())
    for holder in holders[:SAMPLED]:
        direct = np.zeros(firms)
        direct[holder] = 1.0
        factors.solve(direct)
    took = time.perf_counter() - began
    yield _peer(
        f"scipy.sparse, one LU and a solve a holder, shares only, scaled from {SAMPLED}",
        firms,
        took / SAMPLED * len(holders),
        ours,
    )

    # Walks in pure Python, cut off below a ten-millionth.
    began = time.perf_counter()
    net = nx.DiGraph()
    net.add_weighted_edges_from(
        zip(stakes["owner"].tolist(), stakes["owned"].tolist(), stakes["share"].tolist(), strict=True)
    )
    for holder in holders.tolist():
        _walked(net, holder)
    yield _peer("networkx, walks cut off below 1e-7, shares only", firms, time.perf_counter() - began, ours)


def _walked(net: Any, holder: int) -> dict[int, float]:
    held: dict[int, float] = {}
    moved = {holder: 1.0}
    while moved:
        after: dict[int, float] = {}
        for firm, share in moved.items():
            if firm in net:
                for owned, stake in net[firm].items():
                    if owned != holder and share * stake["weight"] > 1e-7:
                        after[owned] = after.get(owned, 0.0) + share * stake["weight"]
        for firm, share in after.items():
            held[firm] = held.get(firm, 0.0) + share
        moved = after
    return held


def _ours(con: duckdb.DuckDBPyConnection, path: Path, firms: int) -> float:
    from tests.bench.graph_run import owning_work, timed

    anchors, screened = chosen(firms)
    con.register("anchor_frame", {"node": anchors})
    con.register("screened_frame", {"node": screened})
    work, _ = owning_work(con, path.parent, firms)
    return min(timed(work) for _ in range(2))


def _peer(what: str, firms: int, took: float, ours: float) -> dict[str, Any]:
    return {
        "bench": "ownership",
        "size": firms,
        "what": what,
        "ratio": round(took / ours, 1),
        "against": "effective ownership of the screener",
        "seconds": round(took, 2),
    }
