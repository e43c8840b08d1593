"""Ranks over many draws are counted by sorting numbers that hold a score and its row; here each is counted by looking."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from screener.score.ranks import _above

scores = st.one_of(st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 1.0]), st.integers(0, 10**6).map(lambda n: n / 10**6))


@given(arrays(np.float64, st.tuples(st.integers(1, 40), st.integers(1, 120)), elements=scores))
def test_a_rank_counts_who_is_strictly_above(drawn: np.ndarray) -> None:
    naive = (drawn[None, :, :] > drawn[:, None, :]).sum(axis=1)
    assert (_above(drawn) == naive).all()


def test_the_noise_of_the_last_digits_parts_nobody() -> None:
    tied = np.full((3, 2), 0.5)
    tied[1] = np.nextafter(0.5, 1)
    tied[2] = 0.2
    assert _above(tied).tolist() == [[0, 0], [0, 0], [2, 2]]
