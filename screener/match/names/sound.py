"""How likely a Latin spelling denotes a Korean name: a noisy channel over sounds, with lexicon words as shortcuts.

A Korean name is a row of sounds (the letters of its syllables, without the silent ㅇ), a Latin name a row of letters.
The cost of a pair is the least sum of steps that lead through both rows: one sound to one, two or three letters, two
sounds to one or two letters, a sound or a letter left out, or a whole word of the lexicon at once (전자 to
`electronics`, 에스 to `s`). Costs are minus log probabilities of the letters given the sounds, so pairs with the same
Latin name can be compared directly.

All pairs of a batch are computed together in numpy, sound by sound: a few microseconds a pair.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]

MOST_SYLLABLES: Final = 28
MOST_LETTERS: Final = 60
"""Longer names are cut: so many syllables or letters identify any company."""

_ONSETS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS: Final = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_CODAS: Final = "ㄱㄴㄷㄹㅁㅂㅇ"
# The 28 finals of a syllable (none first), each as one of the seven pronounced ones.
_SPOKEN: Final = "-ㄱㄱㄱㄴㄴㄴㄷㄹㄱㅁㄹㄹㄹㄹㄹㅁㅂㅂㄷㄷㅇㄷㄷㄱㄷㅂㄷ"
SOUNDS: Final = (
    ["", *(f"o{x}" for x in _ONSETS), *(f"v{x}" for x in _VOWELS), *(f"c{x}" for x in _CODAS)]
    + [chr(ord("a") + i) for i in range(26)]
    + [str(i) for i in range(10)]
)
"""Names of the sounds by number; 0 is padding. Latin letters and digits inside a Korean name denote themselves."""

_ONSET0, _VOWEL0, _CODA0, _LATIN0, _DIGIT0 = 1, 20, 41, 48, 74
LETTERS: Final = 37
"""Letters of a Latin name by number: 0 padding, 1–26 a–z, 27–36 digits."""

NEVER: Final = np.float32(60.0)


@dataclass(frozen=True)
class Rows:
    """Names as rows of numbers.

    `codes` (names × longest, 0 where the name has ended), `length`, and for Korean names `starts` (names × characters +
    1): the place where each character's sounds begin.
    """

    codes: Ints
    length: Ints
    starts: Ints

    def cut(self, ids: Ints) -> Rows:
        """The rows of these names, no wider than the longest of them."""
        length = self.length[ids]
        wide = max(int(length.max(initial=0)), 1)
        return Rows(self.codes[ids][:, :wide], length, self.starts[ids] if self.starts.size else self.starts)


def code_points(texts: pl.Series) -> tuple[Ints, Ints, Ints]:
    """Code points of all texts in a row, the text of each, and its place in it."""
    lengths = texts.str.len_chars().to_numpy().astype(np.int64)
    points = np.frombuffer("".join(texts.to_list()).encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    return points, owner, np.arange(len(points)) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def latin_rows(letters: pl.Series) -> Rows:
    """Lower-case a–z and 0–9 texts as rows of letters."""
    points, owner, place = code_points(letters.str.slice(0, MOST_LETTERS))
    code = np.where(points >= ord("a"), points - ord("a") + 1, points - ord("0") + 27)
    codes = np.zeros((len(letters), int(place.max(initial=-1)) + 1), dtype=np.int64)
    codes[owner, place] = np.clip(code, 0, LETTERS - 1)
    return Rows(codes, np.bincount(owner, minlength=len(letters)), np.zeros((0, 0), dtype=np.int64))


def korean_rows(texts: pl.Series) -> Rows:
    """Squeezed Korean names (Hangul, a–z, 0–9) as rows of sounds; other characters have no sound."""
    points, owner, place = code_points(texts.str.slice(0, MOST_SYLLABLES))
    syllable = points - 0xAC00
    is_hangul = (syllable >= 0) & (syllable < 11172)
    syllable = np.where(is_hangul, syllable, 0)
    spoken = np.array([0] + [_CODA0 + _CODAS.index(x) for x in _SPOKEN[1:]])
    onset, vowel, coda = syllable // 588, syllable % 588 // 28, spoken[syllable % 28]
    lower, digit = (points >= ord("a")) & (points <= ord("z")), (points >= ord("0")) & (points <= ord("9"))
    first = np.select(
        [is_hangul & (onset != 11), lower, digit],
        [_ONSET0 + onset, _LATIN0 + points - ord("a"), _DIGIT0 + points - ord("0")],
    )
    slots = np.stack([first, np.where(is_hangul, _VOWEL0 + vowel, 0), np.where(is_hangul, coda, 0)], axis=1)
    sounds = (slots > 0).sum(axis=1)
    length = np.bincount(owner, weights=sounds, minlength=len(texts)).astype(np.int64)
    begin = np.repeat(np.cumsum(length) - length, np.bincount(owner, minlength=len(texts)))
    starts = np.repeat(length[:, None], int(place.max(initial=-1)) + 2, axis=1)
    starts[owner, place] = np.cumsum(sounds) - sounds - begin
    codes = np.zeros((len(texts), int(length.max(initial=0))), dtype=np.int64)
    codes[np.arange(codes.shape[1]) < length[:, None]] = slots[slots > 0]
    return Rows(codes, length, starts)


@dataclass(frozen=True)
class Costs:
    """Cost of each step.

    `one`, `two`, `three`: a sound, or two spoken together, to one, two, three letters; `drop` (sounds x 1): a sound
    left out; `add` (1 x letters): a letter left out. `triple`: number of a row of three letters, 0 if unknown;
    `pair`: number of two sounds, in the rows of `one` and `two`; 0 if unknown.
    """

    one: Floats
    two: Floats
    three: Floats
    drop: Floats
    add: Floats
    triple: Ints
    pair: Ints


class Arcs(NamedTuple):
    """Shortcuts, by pair: in pair `pair`, sounds [h0, h1) may become letters [e0, e1) at this cost."""

    pair: Ints
    h0: Ints
    h1: Ints
    e0: Ints
    e1: Ints
    cost: Floats

    def of(self, part: slice, first: int) -> Arcs:
        """A part of them, with pairs numbered from `first`."""
        pair, h0, h1, e0, e1, cost = self
        return Arcs(pair[part] - first, h0[part], h1[part], e0[part], e1[part], cost[part])


def fill(korean: Rows, latin: Rows, arcs: Arcs, costs: Costs) -> Floats:
    """Costs of all prefixes: table[i, j, pair] is the least cost of the first i sounds with the first j letters.

    Sound by sound, all letters of all pairs at once: pairs are the last axis, so that numpy processes them together.
    """
    n, m = korean.codes.shape[1], latin.codes.shape[1]
    sounds, letters = (np.ascontiguousarray(side.codes.T.astype(np.int32)) for side in (korean, latin))
    two = letters[1:] + LETTERS * letters[:-1]
    every = [arcs, *_rare_steps(sounds, letters, two, costs)]
    pair, h0, h1, e0, e1, cost = (np.concatenate(columns) for columns in zip(*every, strict=True))
    order = np.argsort(h1, kind="stable")
    bounds = np.searchsorted(h1[order], np.arange(n + 2))
    left_out = costs.add[0][letters]
    table = np.full((n + 1, m + 1, len(korean.length)), NEVER * 10, dtype=np.float32)
    table[0, 0] = 0.0
    for i, row in enumerate(table):
        if i > 0:
            sound, before = sounds[i - 1], table[i - 1]
            np.add(before, costs.drop[sound, 0], out=row)
            step = costs.one.ravel().take(letters + sound * LETTERS, mode="clip")
            np.minimum(row[1:], before[:-1] + step, out=row[1:])
            step = costs.two.ravel().take(two + sound * LETTERS**2, mode="clip")
            np.minimum(row[2:], before[:-2] + step, out=row[2:])
        ending = order[bounds[i] : bounds[i + 1]]
        jumps, inner = ending[h0[ending] < i], ending[h0[ending] == i]
        reached = table[h0[jumps], e0[jumps], pair[jumps]] + cost[jumps]
        np.minimum.at(row, (e1[jumps], pair[jumps]), reached)
        while True:
            for j in range(m):
                np.minimum(row[j + 1], row[j] + left_out[j], out=row[j + 1])
            # Adjacent omitted words: each round settles one more.
            reached = row[e0[inner], pair[inner]] + cost[inner]
            if not (reached < row[e1[inner], pair[inner]] - 1e-5).any():
                break
            np.minimum.at(row, (e1[inner], pair[inner]), reached)
    return table


def _rare_steps(sounds: Codes, letters: Codes, two: Codes, costs: Costs) -> Iterator[Arcs]:
    """The steps that few pairs can take, as shortcuts: a sound to three letters, two sounds to one or two."""
    triple = costs.triple[two[1:] + LETTERS**2 * letters[:-2]]
    j, pair = np.nonzero(triple)
    cost = costs.three[sounds[:, pair], triple[j, pair]]
    i, which = np.nonzero(cost < NEVER)
    yield Arcs(pair[which], i, i + 1, j[which], j[which] + 3, cost[i, which])
    both = costs.pair[sounds[1:] + len(SOUNDS) * sounds[:-1]]
    i, pair = np.nonzero(both)
    for size, spelled, table in ((1, letters, costs.one), (2, two, costs.two)):
        cost = table[both[i, pair], spelled[:, pair]]
        j, which = np.nonzero(cost < NEVER)
        yield Arcs(pair[which], i[which], i[which] + 2, j, j + size, cost[j, which])
