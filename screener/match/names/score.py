"""Computes the cost of each pair of names, on one scale for all scripts, and turns costs into probabilities.

Costs are minus log probabilities (see `sound`). Names in two scripts are compared by sound and lexicon, names in one
script letter by letter (see `one_script`).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from screener.match.names import forms, sound, words
from screener.match.names.costs import load_costs
from screener.match.names.sound import Floats, Ints

WHOLLY: Final = 0.2
APART: Final = 3.0
WHOLLY_MATCHED: Final = 1.5
"""Log odds added to the fitted curve for names in two scripts that match fully (cost per letter up to `WHOLLY`), if the
next company lacks a word or more (`APART`): the curve, fitted on all pairs, treats a rival that lacks a common word
(CJ Entertainment, CJ) as too close.
"""
BATCH: Final = 1_024
"""Pairs that are aligned together."""


def across_scripts(texts: pl.Series, ko: Ints, la: Ints) -> tuple[Floats, Ints]:
    """Cost of each pair of texts (`phonetic` forms, by place: one in Hangul, one in Latin letters), and its letters.

    Names of similar length are aligned together.
    """
    places, ko = np.unique(ko, return_inverse=True)
    korean = words.Side.korean(texts.gather(places))
    places, la = np.unique(la, return_inverse=True)
    latin = words.Side.latin(texts.gather(places))
    cost = np.zeros(len(ko), dtype=np.float32)
    order = np.lexsort((korean.rows.length[ko], latin.rows.length[la]))
    arcs = words.shortcuts(korean, latin, ko[order], la[order])
    cuts = np.searchsorted(arcs.pair, np.arange(0, len(order) + BATCH, BATCH))
    # The batch is small enough that its rows stay in the processor's cache.
    for number, begin in enumerate(range(0, len(order), BATCH)):
        part = order[begin : begin + BATCH]
        sounds, letters = korean.rows.cut(ko[part]), latin.rows.cut(la[part])
        table = sound.fill(sounds, letters, arcs.of(slice(cuts[number], cuts[number + 1]), begin), load_costs())
        cost[part] = table[sounds.length, letters.length, np.arange(len(part))]
    return cost, latin.rows.length[la]


def terms() -> dict[str, pl.Expr]:
    """Terms of the curves, from columns cost, letters (of the shorter side), margin (to the next company's cost)."""
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
    """P(the pair is one company), from the columns of `terms` and kind."""
    letters, terms_ = pl.col("letters").clip(1, 40), terms()
    odds = {
        kind: pl.sum_horizontal(float(value) * terms_[term] for _, term, value in rows.iter_rows())
        for (kind,), rows in forms.lexicon("calibration").group_by("kind", maintain_order=True)
    }
    wholly = (pl.col("cost") <= WHOLLY * letters) & (pl.col("margin") >= APART)
    across = odds["across"] + pl.when(wholly).then(WHOLLY_MATCHED).otherwise(0.0)
    total = pl.when(pl.col("kind") == "across").then(across).otherwise(odds["within"])
    return 1.0 / (1.0 + (-total.clip(-30, 30)).exp())
