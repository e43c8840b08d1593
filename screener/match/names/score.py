"""What each pair of names costs, in one currency for all scripts, and what that cost is worth as a probability.

Costs are minus log probabilities (see `sound`). Names in two scripts are compared by sound and lexicon, names in one
script letter by letter (see `one_script`).
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import polars as pl

from screener.match.names import forms, sound, words
from screener.match.names.costs import load_costs
from screener.match.names.sound import Floats, Ints

WHOLLY: Final = 0.2
APART: Final = 3.0
WHOLLY_MET: Final = 1.5
"""Log odds beyond the fitted curve of names in two scripts that meet in everything (cost per letter up to `WHOLLY`),
where the next company lacks a word or more (`APART`): the curve, fitted on all pairs, takes a rival that lacks a common
word (CJ Entertainment, CJ) for too near.
"""
BATCH: Final = 512
CHUNK: Final = 65_536
"""Pairs that are aligned together, and pairs whose shortcuts are looked up together."""


def across_scripts(korean: words.KoreanSide, latin: words.LatinSide, ko_ids: Ints, la_ids: Ints) -> Floats:
    """Cost of each pair (Korean text ko_ids[i], Latin text la_ids[i]); names of like length are aligned together."""
    costs = load_costs()
    out = np.zeros(len(ko_ids), dtype=np.float32)
    # The batch is small enough that its rows stay in the processor's cache.
    every = np.lexsort((latin.rows.length[la_ids], korean.rows.length[ko_ids]))
    for start in range(0, len(every), CHUNK):
        order = every[start : start + CHUNK]
        ko, la = ko_ids[order], la_ids[order]
        arcs = words.shortcuts(korean, latin, ko, la)
        cuts = np.searchsorted(arcs.pair, np.arange(0, len(order) + BATCH, BATCH))
        for number, begin in enumerate(range(0, len(order), BATCH)):
            part, own = slice(begin, begin + BATCH), arcs.of(slice(cuts[number], cuts[number + 1]), begin)
            out[order[part]] = sound.align(korean.rows.cut(ko[part]), latin.rows.cut(la[part]), own, costs)
    return out


@cache
def calibration() -> dict[str, dict[str, float]]:
    """Coefficients of the logistic curves by kind of pair (`across`, `within`), from `calibration.csv`."""
    found: dict[str, dict[str, float]] = {}
    for row in forms.read_lexicon("calibration"):
        found.setdefault(row["kind"], {})[row["term"]] = float(row["value"])
    return found


def terms() -> dict[str, pl.Expr]:
    """What the curves weigh, of columns cost, letters (of the shorter side), margin (to the next company's cost)."""
    letters, margin = pl.col("letters").clip(1, 40), pl.col("margin")
    return {
        "one": pl.lit(1.0),
        "cost": pl.col("cost"),
        "cost_per_letter": pl.col("cost") / letters,
        "log_letters": letters.log(),
        "margin": margin.clip(0, 12),
        "log_margin": (margin.clip(0, 30) + 0.25).log(),
    }


def probability() -> pl.Expr:
    """P(the pair is one company), of the columns of `terms` and kind."""
    pieces: dict[str, pl.Expr] = {}
    for kind, curve in calibration().items():
        total = pl.sum_horizontal(curve[name] * term for name, term in terms().items())
        if kind == "across":
            wholly = (pl.col("cost") <= WHOLLY * pl.col("letters").clip(1, 40)) & (pl.col("margin") >= APART)
            total = total + pl.when(wholly).then(WHOLLY_MET).otherwise(0.0)
        pieces[kind] = 1.0 / (1.0 + (-total.clip(-30, 30)).exp())
    return pl.when(pl.col("kind") == "across").then(pieces["across"]).otherwise(pieces["within"])
