"""The path behind a cost: which sounds became which letters, and which words match. For learning and explanations."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from screener.match.names.sound import LETTERS, SOUNDS, Arcs, Costs, Floats, Ints, Rows, fill

STEPS: Final = dict.fromkeys(("pair", "h0", "h1", "e0", "e1", "arc"), pl.Int64) | {"cost": pl.Float32}
_ROUNDED: Final = 1e-4


def trace(korean: Rows, latin: Rows, arcs: Arcs, costs: Costs) -> pl.DataFrame:
    """Steps of every pair's cheapest path: pair, sounds [h0, h1), letters [e0, e1), arc (number, -1 for sounds), cost.

    All pairs are traced back together, one step of each at a time.
    """
    table = fill(korean, latin, arcs, costs)
    keys = _step_keys(korean, latin, costs)
    i, j = korean.length, latin.length
    place = np.ravel_multi_index((arcs.h1, arcs.e1, arcs.pair), table.shape)
    reached = table[arcs.h0, arcs.e0, arcs.pair] + arcs.cost
    tight = np.flatnonzero(reached <= table.ravel()[place] + _ROUNDED)
    tight = tight[np.argsort(place[tight], kind="stable")]
    # One more that fits nowhere, for places after the last.
    ends, tight = np.append(place[tight], -1), np.append(tight, -1)

    pair = np.arange(len(i))
    parts = []
    while (active := (i > 0) | (j > 0)).any():
        pair, i, j = pair[active], i[active], j[active]
        here, at = table[i, j, pair], np.ravel_multi_index((i, j, pair), table.shape)
        slot = np.searchsorted(ends[:-1], at)
        arc = np.where(ends[slot] == at, tight[slot], -1)
        # If nothing fits, which only rounding can cause, a path ends where it is.
        h0, e0 = np.zeros_like(i), np.zeros_like(j)
        h0[arc >= 0], e0[arc >= 0] = arcs.h0[arc[arc >= 0]], arcs.e0[arc[arc >= 0]]
        open_ = np.flatnonzero(arc < 0)
        for sounds, letters, cost, key_h, key_e in keys:
            fits = (i[open_] >= sounds) & (j[open_] >= letters)
            some = open_[fits]
            p, a, b = pair[some], i[some], j[some]
            before = table[a - sounds, b - letters, p] + cost[key_h[p, a], key_e[p, b]]
            fits[fits] = before <= here[some] + _ROUNDED
            h0[open_[fits]], e0[open_[fits]] = i[open_[fits]] - sounds, j[open_[fits]] - letters
            open_ = open_[~fits]
        parts.append((pair, h0, i, e0, j, arc, here - table[h0, e0, pair]))
        i, j = h0, e0
    steps = pl.DataFrame([np.concatenate(column) for column in zip(*parts, strict=True)], schema=STEPS)
    return steps.sort("pair", "h0", "e0", "h1", "e1")


def _step_keys(korean: Rows, latin: Rows, costs: Costs) -> list[tuple[int, int, Floats, Ints, Ints]]:
    """The kinds of steps: sounds and letters consumed, cost table, its row by sound place, its column by letter place.

    Places count from 1: entry i of a row stands for the sound that step i consumes last.
    """
    h = np.pad(korean.codes, ((0, 0), (1, 0)))
    e = np.pad(latin.codes, ((0, 0), (1, 0)))
    e2, e3, hh = e.copy(), np.zeros_like(e), np.zeros_like(h)
    e2[:, 1:] += LETTERS * e[:, :-1]
    e3[:, 2:] = costs.triple[e2[:, 2:] + LETTERS * LETTERS * e[:, :-2]]
    hh[:, 1:] = costs.pair[h[:, 1:] + len(SOUNDS) * h[:, :-1]]
    nothing_h, nothing_e = np.zeros_like(h), np.zeros_like(e)
    return [
        (0, 1, costs.add, nothing_h, e),
        (1, 0, costs.drop, h, nothing_e),
        (1, 1, costs.one, h, e),
        (1, 2, costs.two, h, e2),
        (1, 3, costs.three, h, e3),
        (2, 1, costs.one, hh, e),
        (2, 2, costs.two, hh, e2),
    ]
