"""The path behind a cost: which sounds became which letters, and which words met. For learning and for explanations."""

from __future__ import annotations

import numpy as np
import polars as pl

from screener.match.names.sound import Arcs, Costs, Rows, fill, step_keys

STEPS = {
    "pair": pl.Int64,
    "h0": pl.Int64,
    "h1": pl.Int64,
    "e0": pl.Int64,
    "e1": pl.Int64,
    "arc": pl.Int64,
    "cost": pl.Float32,
}


def trace(korean: Rows, latin: Rows, arcs: Arcs, costs: Costs) -> pl.DataFrame:
    """Steps of every pair's cheapest path: pair, sounds [h0, h1), letters [e0, e1), arc (number, -1 for sounds), cost.

    All pairs are walked back together, one step of each at a time.
    """
    table = fill(korean, latin, arcs, costs)
    keys = step_keys(korean, latin, costs)
    n, m = korean.codes.shape[1], latin.codes.shape[1]
    place = (arcs.pair * (n + 1) + arcs.h1) * (m + 1) + arcs.e1
    start = table[arcs.h0, arcs.e0, arcs.pair] + arcs.cost
    tight = np.flatnonzero(start <= table[arcs.h1, arcs.e1, arcs.pair] + 1e-4)
    tight = tight[np.argsort(place[tight], kind="stable")]
    tight_place = place[tight]

    pair = np.arange(len(korean.length))
    i, j = korean.length.copy(), latin.length.copy()
    parts: list[pl.DataFrame] = []
    for _ in range(n + m + 1):
        active = (i > 0) | (j > 0)
        pair, i, j = pair[active], i[active], j[active]
        if len(pair) == 0:
            break
        here = table[i, j, pair]
        h0, e0 = np.full(len(pair), -1), np.full(len(pair), -1)
        arc = np.full(len(pair), -1)
        if len(tight):
            key = (pair * (n + 1) + i) * (m + 1) + j
            slot = np.minimum(np.searchsorted(tight_place, key), len(tight) - 1)
            by_arc = tight_place[slot] == key
            arc[by_arc] = tight[slot[by_arc]]
            h0[by_arc], e0[by_arc] = arcs.h0[arc[by_arc]], arcs.e0[arc[by_arc]]
        for sounds, letters, cost, key_h, key_e in keys:
            open_ = np.flatnonzero((h0 < 0) & (i >= sounds) & (j >= letters))
            p, a, b = pair[open_], i[open_], j[open_]
            reached = table[a - sounds, b - letters, p] + cost[key_h[p, a], key_e[p, b]]
            taken = open_[reached <= here[open_] + 1e-4]
            h0[taken], e0[taken] = i[taken] - sounds, j[taken] - letters
        lost = h0 < 0  # cannot happen but for rounding: end such a path where it stands
        h0[lost], e0[lost] = 0, 0
        parts.append(
            pl.DataFrame(
                {"pair": pair, "h0": h0, "h1": i, "e0": e0, "e1": j, "arc": arc, "cost": here - table[h0, e0, pair]},
                schema=STEPS,
            )
        )
        i, j = h0, e0
    steps = pl.concat(parts) if parts else pl.DataFrame(schema=STEPS)
    return steps.sort("pair", "h0", "e0", "h1", "e1")
