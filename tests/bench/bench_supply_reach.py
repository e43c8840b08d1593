"""Best supply paths over four tiers from 5,000 anchors to 3,000 screened firms, compared with one bare scan of the links."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from tests.bench.graph_generator import chosen, write_supply
from tests.bench.graph_run import AS_OF
from tests.bench.graph_sizes import figures

SAMPLED = 20


def run() -> Iterator[dict[str, Any]]:
    """Figures at 10^5, 10^6 and 5 * 10^6 firms; the peers at the smallest."""
    yield from figures("supply-reach", "supply", write_supply, _peers)


def _peers(path: Path, firms: int) -> Iterator[dict[str, Any]]:
    import networkx as nx
    from scipy.sparse import csr_array

    con = duckdb.connect()
    ours = _ours(con, path, firms)
    links = con.execute(
        "select supplier, buyer, max(coalesce(input_share, 0.5)) as weight from read_parquet(?)"
        f" where valid_from is null or valid_from <= date '{AS_OF}' group by supplier, buyer",
        [str(path)],
    ).fetchnumpy()
    anchors, screened = chosen(firms)

    # Four products of a sparse matrix: which pairs are reached, without paths or weights.
    began = time.perf_counter()
    ones = np.ones(len(links["supplier"]), dtype=np.bool_)
    graph = csr_array((ones, (links["supplier"], links["buyer"])), shape=(firms, firms))
    front = graph[anchors]
    reached = front[:, screened]
    for _ in range(3):
        front = front @ graph
        reached = reached + front[:, screened]
    took = time.perf_counter() - began
    yield _peer("scipy.sparse, all pairs, reached or not, no paths", firms, took, ours)

    # Dijkstra of each of a few anchors in pure Python, scaled to all of them.
    began = time.perf_counter()
    net = nx.DiGraph()
    costs = -np.log(links["weight"] * 0.6)
    net.add_weighted_edges_from(zip(links["supplier"].tolist(), links["buyer"].tolist(), costs.tolist(), strict=True))
    built = time.perf_counter() - began
    began = time.perf_counter()
    sample = [anchor for anchor in anchors.tolist() if anchor in net][:SAMPLED]
    for anchor in sample:
        nx.single_source_dijkstra(net, anchor)
    scaled = built + (time.perf_counter() - began) / len(sample) * len(anchors)
    yield _peer(f"networkx, Dijkstra without a limit of tiers, scaled from {len(sample)} anchors", firms, scaled, ours)


def _ours(con: duckdb.DuckDBPyConnection, path: Path, firms: int) -> float:
    from tests.bench.graph_run import supply_work, timed

    anchors, screened = chosen(firms)
    con.register("anchor_frame", {"node": anchors})
    con.register("screened_frame", {"node": screened})
    work, _ = supply_work(con, path.parent, firms)
    return min(timed(work) for _ in range(2))


def _peer(what: str, firms: int, took: float, ours: float) -> dict[str, Any]:
    return {
        "bench": "supply-reach",
        "size": firms,
        "what": what,
        "ratio": round(took / ours, 1),
        "against": "supply reach of the screener",
        "seconds": round(took, 2),
    }
