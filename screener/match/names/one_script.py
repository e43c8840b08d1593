"""What a pair of names in one script costs: letters to change, words of trade that differ, numbers, initials.

A wrong letter costs as much as an unlikely sound (see `sound`), a generic word that only one side has as much as one
that a register leaves out, a number that differs more than any word. What depends on one name alone is worked out once
for each name; a pair costs two distances of RapidFuzz.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from screener.match.names import forms
from screener.match.names.costs import generic_words
from screener.match.names.sound import Flags, Floats, Ints

WRONG_LETTER: Final = 4.4
WRONG_SOUND: Final = 3.6
"""A jamo of a Hangul syllable: three make a syllable."""
WRONG_NUMBER: Final = 9.0
GENERIC: Final = 4.0
SHORT: Final = 0.8
"""Most that a word which names no trade costs for each letter of what is left, where that is the same (`GS Holdings`,
GS): worth a look, never sure. `LG Chem` is not LG.
"""
NO_TRADE: Final = ("holdings", "holding", "group", "company", "corporation", "enterprise", "korea")
INITIALS: Final = 1.0
"""Cost for each letter of a name that is only the initials of the other's words (KNN, Korea New Network): unlikely."""
CUT_FROM: Final = 10
CUT: Final = 1.5
CUT_LETTER: Final = 0.35
"""Cost of a name cut off (`KOREA AEROSPACE INDUSTRIE`) after so many letters at least, and of each letter lacking."""

Objects = npt.NDArray[Any]
Hashes = npt.NDArray[np.uint64]


@cache
def abbreviations() -> tuple[list[str], list[str]]:
    """Shortened words and what they stand for, as blank-bounded lower-case words."""
    rows = sorted(forms.read_lexicon("abbreviations"), key=lambda row: (-row["short"].count(" "), row["short"]))
    wide = [(row["short"].lower().replace(" ", "  "), row["long"].lower()) for row in rows]
    return [f" {short} " for short, _ in wide], [f" {long} " for _, long in wide]


def spelled_out(texts: pl.Expr) -> pl.Expr:
    """Latin texts with shortened words spelled out; `POSCO INTL` and `POSCO INTERNATIONAL` become one."""
    doubled = pl.lit("  ") + texts.str.replace_all(" ", "  ", literal=True) + pl.lit("  ")
    return doubled.str.replace_many(*abbreviations(), leftmost=True).str.replace_all(r" +", " ").str.strip_chars(" ")


@dataclass(frozen=True)
class OneScript:
    """Texts (`phonetic` forms, all Hangul or all Latin, shortened words spelled out), with what each tells by itself.

    `whole` and `bare` (without generic words) as letters or jamo in a row, `hangul`, `own` letters (of `bare`, or all
    where that is nothing), `generic` words as bits, hashes of `numbers`, `letters`, six rows of `initials` (0: none).
    """

    whole: Objects
    bare: Objects
    hangul: Flags
    size: Ints
    own: Ints
    generic: npt.NDArray[np.uint8]
    numbers: Hashes
    letters: Hashes
    initials: Hashes

    @staticmethod
    def of(texts: pl.Series) -> OneScript:
        """Prepare texts for comparison."""
        text, words = pl.col("text"), generic_words()
        frame = pl.DataFrame({"text": texts}).with_row_index("id")
        tokens = frame.select("id", word=text.str.split(" ")).explode("word")
        present = tokens.filter(pl.col("word").is_in(words)).unique()
        known = pl.DataFrame({"word": words, "bit": np.arange(len(words))})
        member = present.join(known, on="word")
        bits = np.zeros((texts.len(), len(words)), dtype=np.uint8)
        bits[member["id"].to_numpy(), member["bit"].to_numpy()] = 1
        bare = tokens.filter(~pl.col("word").is_in(words)).group_by("id").agg(bare=pl.col("word").str.join(""))
        squeezed = text.str.replace_all(" ", "", literal=True)
        first = text.str.replace_all(r"\B[a-z0-9]|[^a-z0-9]", "")
        short_whole = text.str.replace_all(r"\b([a-z0-9])[a-z0-9]{2,}", "$1").str.replace_all(" ", "", literal=True)
        several = text.str.count_matches(" ", literal=True) > 1
        rows = [pl.when(several).then(row + form) for row in (first, short_whole) for form in ("", "c", "i")]
        frame = frame.join(bare, on="id", how="left", maintain_order="left").with_columns(
            pl.col("bare").fill_null(""), whole=squeezed, numbers=text.str.extract_all(r"[0-9]+").list.join(" ")
        )
        frame = frame.with_columns(
            **{f"row{n}": row for n, row in enumerate(rows)},
            letters=pl.when(squeezed.str.len_chars().is_between(3, 6)).then(squeezed),
        )
        spelled = pl.concat([frame["letters"], *(frame[f"row{n}"] for n in range(len(rows)))])
        number = np.where(spelled.is_null(), np.uint64(0), spelled.hash().to_numpy()).reshape(len(rows) + 1, -1)
        size = frame["whole"].str.len_chars().to_numpy().astype(np.int64)
        own = frame["bare"].str.len_chars().to_numpy().astype(np.int64)
        return OneScript(
            _jamo(frame["whole"]),
            _jamo(frame["bare"]),
            texts.str.contains(r"\p{Hangul}").to_numpy(),
            size,
            own,
            np.packbits(bits, axis=1),
            frame["numbers"].hash().to_numpy(),
            number[0],
            number[1:],
        )

    def own_letters(self, ids: Ints) -> Ints:
        """How many letters of each text are not of generic words; all where the text has nothing else."""
        return np.where(self.own[ids] > 1, self.own[ids], self.size[ids])

    def costs(self, left: Ints, right: Ints) -> Floats:
        """Cost of each pair of texts, by their places; the order of a pair does not matter."""
        apart = self.generic[left] ^ self.generic[right]
        many = np.bitwise_count(apart).sum(axis=1)
        slight = (many == 1) & ((apart & _no_trade()) > 0).any(axis=1)
        unlike = self._edits(self.whole, left, right)
        bare = self._edits(self.bare, left, right) + np.float32(GENERIC) * many
        bare = np.where(slight & (bare == GENERIC), np.minimum(bare, SHORT * self.own[left]), bare)
        bare = np.where(self.own[left] > 1, bare, np.inf)
        initials = np.minimum(self._as_initials(left, right), self._as_initials(right, left))
        wrong = WRONG_NUMBER * (self.numbers[left] != self.numbers[right])
        return np.asarray(np.minimum(np.minimum(unlike, bare) + wrong, initials), dtype=np.float32)

    def _edits(self, texts: Objects, left: Ints, right: Ints) -> Floats:
        """Letters to change; Hangul is taken apart into jamo, which weigh a little less than letters."""
        distance = cpdist(texts[left].tolist(), texts[right].tolist(), scorer=Levenshtein.distance)
        wrong = np.where(self.hangul[left], np.float32(WRONG_SOUND), np.float32(WRONG_LETTER))
        return np.asarray(np.asarray(distance, dtype=np.float32) * wrong, dtype=np.float32)

    def _as_initials(self, short: Ints, long: Ints) -> Floats:
        """Cost of pairs where `short` is the initials of 3+ words of `long`, short words whole (SM C&C); else inf."""
        equal = ((self.initials[:, long] == self.letters[short]) & (self.letters[short] > 0)).any(axis=0)
        return np.where(equal, np.float32(INITIALS) * self.size[short], np.float32(np.inf)).astype(np.float32)


@cache
def _no_trade() -> npt.NDArray[np.uint8]:
    return np.packbits(np.isin(generic_words(), NO_TRADE))


def _jamo(texts: pl.Series) -> Objects:
    return np.array(texts.str.normalize("NFD").to_list(), dtype=object)


def cut_off(texts: pl.Series, left: Ints, right: Ints) -> Floats:
    """Cost of each pair of places whose left text is the right one cut off, as by narrow columns; else infinite."""
    squeezed = texts.str.replace_all(" ", "", literal=True)
    size = squeezed.str.len_chars().to_numpy().astype(np.int64)
    opening = squeezed.str.slice(0, CUT_FROM).hash().to_numpy()
    cost = np.full(len(left), np.inf, dtype=np.float32)
    # Few pairs open alike: only these are looked at letter by letter.
    alike = np.flatnonzero((size[left] >= CUT_FROM) & (size[right] >= size[left]) & (opening[left] == opening[right]))
    pairs = pl.DataFrame({"a": squeezed.gather(left[alike]), "b": squeezed.gather(right[alike])})
    cut = alike[pairs.select(pl.col("b").str.starts_with(pl.col("a"))).to_series().to_numpy()]
    cost[cut] = CUT + CUT_LETTER * (size[right[cut]] - size[left[cut]])
    return cost
