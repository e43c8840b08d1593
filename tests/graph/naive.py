"""The same answers by the plainest means: every simple path walked, every linear system solved by elimination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Link:
    """A delivery: the buyer buys from the supplier."""

    link_no: int
    buyer: int
    supplier: int
    weight: float
    live: bool
    confidence: float = 1.0


def best_paths(
    links: Sequence[Link], anchors: set[int], buyers: set[int], tiers: int, decay: float
) -> dict[tuple[int, int, bool], float]:
    """(anchor, buyer, live) -> how strong the best path is (weights, confidence and decays multiplied), by walking every simple path.

    An ended path is given as well as a live one only where it is stronger.
    """
    best: dict[tuple[int, int, bool], float] = {}

    def walk(anchor: int, node: int, strength: float, live: bool, tier: int, visited: frozenset[int]) -> None:
        for link in links:
            if link.supplier != node or link.buyer in visited:
                continue
            reached = strength * max(link.weight * link.confidence, 1e-12) * (decay if tier else 1.0)
            lives = live and link.live
            if link.buyer in buyers:
                key = (anchor, link.buyer, lives)
                best[key] = max(best.get(key, 0.0), reached)
            if tier + 1 < tiers:
                walk(anchor, link.buyer, reached, lives, tier + 1, visited | {link.buyer})

    for anchor in anchors:
        walk(anchor, anchor, 1.0, True, 0, frozenset({anchor}))
    return {
        (anchor, buyer, live): strength
        for (anchor, buyer, live), strength in best.items()
        if live or strength > best.get((anchor, buyer, True), 0.0) * (1 + 1e-9)
    }


def effective_shares(stakes: dict[tuple[int, int], float], holder: int, nodes: int) -> list[float]:
    """What the holder holds of each node in the end: x = a + x A without the holder's own column, solved by elimination."""
    matrix = np.zeros((nodes, nodes))
    for (owner, owned), share in stakes.items():
        if owned != holder and owner != owned:
            matrix[owner, owned] = share
    direct = matrix[holder].copy()
    matrix[holder] = 0.0
    return [float(x) for x in np.linalg.solve(np.eye(nodes) - matrix.T, direct)]
