"""Ranks over many draws are counted by sorting numbers that hold a score and its row; here each is counted by looking."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from screener.score.ranks import _above


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 120))
def test_a_rank_counts_who_is_strictly_above(seed: int, rows: int, draws: int) -> None:
    random = np.random.default_rng(seed)
    some = np.array([0.0, 0.25, 1 / 3, 0.5, 1.0])  # many of them equal
    scores = np.where(
        random.random((rows, draws)) < 0.5, random.choice(some, (rows, draws)), random.random((rows, draws))
    )
    naive = (scores[None, :, :] > scores[:, None, :]).sum(axis=1)
    assert (_above(scores) == naive).all()


def test_the_noise_of_the_last_digits_parts_nobody() -> None:
    tied = np.full((3, 2), 0.5)
    tied[1] = np.nextafter(0.5, 1)
    tied[2] = 0.2
    assert _above(tied).tolist() == [[0, 0], [0, 0], [2, 2]]
