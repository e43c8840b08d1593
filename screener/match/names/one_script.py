"""Costs of pairs of names in one script: letters to change, different trade words, numbers, initials.

A wrong letter costs as much as an unlikely sound (see `sound`), a generic word that only one side has as much as one
that a register omits, and a different number more than any word. Values that depend on one name are computed once per
name; a pair takes two RapidFuzz distances.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from screener.match.names import forms, phonetic
from screener.match.names.costs import generic_words
from screener.match.names.sound import Floats, Ints

WRONG_LETTER: Final = 4.4
WRONG_SOUND: Final = 3.6
"""A jamo of a Hangul syllable: three make a syllable."""
WRONG_NUMBER: Final = 9.0
GENERIC: Final = 4.0
SHORT: Final = 0.8
"""Maximum cost of a word that names no trade, per letter of the rest, where the rest is equal (`GS Holdings`, GS):
worth a review, never certain. `LG Chem` is not LG.
"""
NO_TRADE: Final = ("holdings", "holding", "group", "company", "corporation", "enterprise", "korea")
INITIALS: Final = 1.0
"""Cost per letter of a name that is only the initials of three or more words of the other (KNN, Korea New Network;
short words may be whole: SM C&C, SM Culture & Contents): unlikely.
"""
CUT_FROM: Final = 10
CUT: Final = 1.5
CUT_LETTER: Final = 0.35
"""Minimum letters of a name that is cut off (`KOREA AEROSPACE INDUSTRIE`), its cost, and that of a missing letter."""


def spelled_out(texts: pl.Expr) -> pl.Expr:
    """Latin texts with abbreviations spelled out; `POSCO INTL` and `POSCO INTERNATIONAL` become equal."""
    short, long = (pl.col(column).str.to_lowercase() for column in ("short", "long"))
    longest_first = pl.col("short").str.count_matches(" ", literal=True)
    table = forms.lexicon("abbreviations").sort(longest_first, "short", descending=[True, False])
    words = table.select(pl.format(" {} ", short.str.replace_all(" ", "  ", literal=True)), pl.format(" {} ", long))
    doubled = pl.lit("  ") + texts.str.replace_all(" ", "  ", literal=True) + pl.lit("  ")
    read = doubled.str.replace_many(*(column.to_list() for column in words), leftmost=True)
    return read.str.replace_all(r" +", " ").str.strip_chars(" ")


def costs(texts: pl.Series, left: Ints, right: Ints) -> tuple[Floats, Ints]:
    """Cost of each pair of texts (`phonetic` forms, by place; both Hangul or both Latin), letters of its shorter side.

    The order of a pair does not matter, except that names that are cut off are on the left.
    """
    places, both = np.unique(np.concatenate([left, right]), return_inverse=True)
    written, (left, right) = texts.gather(places), np.split(both, 2)
    text, generic = pl.col("text"), generic_words()
    frame = pl.DataFrame({"text": written}).with_columns(text=spelled_out(text))
    tokens = frame.select(pl.int_range(pl.len()).alias("id"), word=text.str.split(" ")).explode("word")
    known = tokens.join(pl.DataFrame({"word": generic, "bit": range(len(generic))}), on="word")
    bits = np.zeros((len(written), len(generic)), dtype=np.uint8)
    bits[known["id"].to_numpy(), known["bit"].to_numpy()] = 1
    bits, no_trade = np.packbits(bits, axis=1), np.packbits(np.isin(generic, NO_TRADE))

    frame = frame.with_columns(
        whole=text.str.replace_all(" ", "", literal=True),
        bare=phonetic.without(text, generic).str.replace_all(" ", "", literal=True),
        first=text.str.replace_all(phonetic.ALL_BUT_INITIALS, ""),
        shortened=text.str.replace_all(r"\b([a-z0-9])[a-z0-9]{2,}", "$1").str.replace_all(" ", "", literal=True),
    )
    several, whole = text.str.count_matches(" ", literal=True) > 1, pl.col("whole")
    each = frame.select(
        pl.col("whole", "bare").str.normalize("NFD"),
        size=whole.str.len_chars().cast(pl.Int64),
        own=pl.col("bare").str.len_chars().cast(pl.Int64),
        hangul=text.str.contains(r"\p{Hangul}"),
        numbers=text.str.replace_all("[^0-9]+", " ").str.strip_chars(" ").hash(),
        letters=pl.when(whole.str.len_chars().is_between(3, 6)).then(whole).otherwise(pl.lit("?")).hash(),
        **{
            f"{row} {form}": pl.when(several).then(pl.col(row) + form).otherwise(pl.lit("")).hash()
            for row in ("first", "shortened")
            for form in ("", "c", "i")  # the last may be that of a company form
        },
    )
    size, own, hangul, numbers, letters = (
        each[column].to_numpy() for column in ("size", "own", "hangul", "numbers", "letters")
    )
    initials = each.select(pl.col("^.* .*$")).to_numpy()
    per_edit = np.where(hangul[left], np.float32(WRONG_SOUND), np.float32(WRONG_LETTER))

    def edits(column: str) -> Floats:
        strings = np.array(each[column].to_list(), dtype=object)
        sides = (strings[side].tolist() for side in (left, right))
        return np.asarray(cpdist(*sides, scorer=Levenshtein.distance, dtype=np.float32, workers=-1) * per_edit)

    apart = bits[left] ^ bits[right]
    many = np.bitwise_count(apart).sum(axis=1)
    slight = (many == 1) & ((apart & no_trade) > 0).any(axis=1)
    bare = edits("bare") + np.float32(GENERIC) * many
    bare = np.where(slight & (bare == GENERIC), np.minimum(bare, SHORT * own[left]), bare)
    bare = np.where(own[left] > 1, bare, np.inf)
    cost = np.minimum(edits("whole"), bare) + WRONG_NUMBER * (numbers[left] != numbers[right])
    for short, long in ((left, right), (right, left)):
        equal = (initials[long] == letters[short][:, None]).any(axis=1)
        cost = np.where(equal, np.minimum(cost, INITIALS * size[short]), cost)
    cost = np.minimum(cost, _cut_off(written, left, right)).astype(np.float32)

    # A trade word that only one side spells correctly counts as an ordinary word.
    telling, most = np.where(own > 1, own, size), written.str.len_chars().to_numpy()
    shorter = np.minimum(np.maximum(telling[left], telling[right]), np.minimum(most[left], most[right]))
    return cost, shorter * np.where(hangul[left], 2, 1)


def _cut_off(texts: pl.Series, left: Ints, right: Ints) -> Floats:
    """Cost of each pair of places whose left text is the right one cut off, as in narrow columns; else infinite."""
    squeezed = texts.str.replace_all(" ", "", literal=True)
    size = squeezed.str.len_chars().to_numpy().astype(np.int64)
    opening = squeezed.str.slice(0, CUT_FROM).hash().to_numpy()
    cost = np.full(len(left), np.inf, dtype=np.float32)
    # Few pairs begin alike: only these are compared letter by letter.
    alike = np.flatnonzero((size[left] >= CUT_FROM) & (size[right] >= size[left]) & (opening[left] == opening[right]))
    pairs = pl.DataFrame({"cut": squeezed.gather(left[alike]), "whole": squeezed.gather(right[alike])})
    cut = alike[pairs.select(pl.col("whole").str.starts_with(pl.col("cut"))).to_series().to_numpy()]
    cost[cut] = CUT + CUT_LETTER * (size[right[cut]] - size[left[cut]])
    return cost
