"""Costs of the noisy channel, from the curated and the learned tables, and the lexicon's shortcuts."""

from __future__ import annotations

import math
from collections import defaultdict
from functools import cache
from typing import Final

import numpy as np
import polars as pl

from screener.match.names.forms import lexicon
from screener.match.names.sound import LETTERS, NEVER, SOUNDS, Costs

DASH: Final = 0.8
"""Cost of a `-` in `words.csv` beyond its rank: an omission is weak evidence."""

DOUBLED: Final = 2.5
"""Maximum cost of a doubled consonant (캐리, Carry) beyond a single one: the tables have few of them."""
_DOUBLES: Final = "bcdfgklmnprstvz"

_ADDED: Final = {"aiouy": 3.2, "e": 2.4, "h": 2.6, "r": 3.4, "0123456789": 9.0}
_ADDED_ELSE: Final = 4.4
"""Cost of a letter without a sound."""


def seed_probabilities() -> dict[str, dict[str, float]]:
    """P(spelling | sound) before learning, falling with rank in `sounds.csv`, with its names of sounds (`oㄱ`)."""
    seed: dict[str, dict[str, float]] = {}
    for sound, spellings in lexicon("sounds").iter_rows():
        every = [spelling.strip("-") for spelling in spellings.split()]
        weights = [rank**-1.6 for rank in range(1, len(every) + 1)]
        seed[sound] = {x: w / (sum(weights) * 1.04) for x, w in zip(every, weights, strict=True)}
    return seed


@cache
def load_costs() -> Costs:
    """The channel's costs as written by `learn.py`."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for sound, spelling, probability in lexicon("sound_costs").iter_rows():
        found[sound][spelling.strip("-")] = float(probability)
    return build_costs(found)


def build_costs(probabilities: dict[str, dict[str, float]]) -> Costs:
    """Costs (minus natural logarithms) for P(spelling | sound, or two sounds)."""
    pairs = sorted(key for key in probabilities if len(key) > 2)
    row_of = {name: number for number, name in enumerate([*SOUNDS, *pairs])}
    pair = np.zeros(len(SOUNDS) ** 2, dtype=np.int64)
    for key in pairs:
        pair[row_of[key[:2]] * len(SOUNDS) + row_of[key[2:]]] = row_of[key]
    triples = sorted({x for spellings in probabilities.values() for x in spellings if len(x) == 3})
    triple = np.zeros(LETTERS**3, dtype=np.int64)
    triple[[_number(text) for text in triples]] = np.arange(1, len(triples) + 1)

    one, two, three, drop = (
        np.full((len(row_of), columns), NEVER, dtype=np.float32)
        for columns in (LETTERS, LETTERS**2, len(triples) + 1, 1)
    )
    for name in SOUNDS[1:]:
        if len(name) == 1:  # a Latin letter or digit inside a Korean name
            one[row_of[name], _number(name)] = 0.05
            drop[row_of[name]] = 9.0 if name.isdigit() else 5.0
        else:
            drop[row_of[name]] = 3.6 if name[0] == "v" else 4.6
    for key, spellings in probabilities.items():
        for spelling, probability in spellings.items():
            number = _number(spelling)
            table = (drop, one, two, three)[len(spelling)]
            column = triple[number] if len(spelling) == 3 else number
            table[row_of[key], column] = -math.log(max(probability, 1e-6))
    for letter in _DOUBLES:
        once, twice = one[: len(SOUNDS), _number(letter)], two[: len(SOUNDS), _number(letter * 2)]
        twice[:] = np.minimum(twice, once + DOUBLED)
    add = np.full((1, LETTERS), _ADDED_ELSE, dtype=np.float32)
    for letters, cost in _ADDED.items():
        add[0, [_number(letter) for letter in letters]] = cost
    add[0, 0] = NEVER
    return Costs(one, two, three, drop, add, triple, pair)


def _number(spelling: str) -> int:
    """Lower-case letters and digits as one number: digits in base `LETTERS`, as in a Latin row."""
    number = 0
    for letter in spelling:
        number = number * LETTERS + (ord(letter) - 96 if letter >= "a" else ord(letter) - 48 + 27)
    return number


@cache
def _generic() -> pl.DataFrame:
    """Words that names may omit, from `generic.csv`: word, english, korean (cost of omission, null for never), bare."""
    price = pl.col("english", "korean").cast(pl.Float32, strict=False)
    words = lexicon("generic").with_columns(price, word=pl.col("word").str.extract_all(r"\S+"))
    return words.explode("word").unique("word", keep="first").sort("word")


@cache
def generic_words() -> list[str]:
    """English words so common that names are searched and compared without them, too."""
    return _generic().filter(pl.col("bare") == "-")["word"].to_list()


@cache
def load_generic() -> pl.DataFrame:
    """Generic English words and the cost of omitting each: word, cost (learned where available, else curated)."""
    learned = lexicon("learned_generic").select("word", learned=pl.col("cost").cast(pl.Float32))
    joined = _generic().join(learned, on="word", how="left", maintain_order="left")
    return joined.select("word", cost=pl.coalesce("learned", "english"))


@cache
def curated_words() -> pl.DataFrame:
    """Curated words: ko (squeezed), en (squeezed, may be empty), cost by rank; most common English first."""
    rank, ko, en = pl.int_range(pl.len()).over("row").clip(upper_bound=4), pl.col("ko"), pl.col("en")
    # `-` means that the word may be omitted at the cost of its rank, `-5.5` at this cost.
    price = pl.coalesce(
        en.str.extract("^-([0-9.]+)$").cast(pl.Float64),
        0.6 + 0.25 * rank + pl.when(en == "-").then(DASH).otherwise(0.0),
    )
    words = (
        lexicon("words")
        .with_row_index("row")
        .select("row", "ko", en=en.str.extract_all(r"\S+"))
        .explode("en")
        .drop_nulls("en")
        .select("ko", en=en.str.replace("^-.*", "").str.replace_all("[^a-z0-9]", ""), cost=price.cast(pl.Float32))
    )
    by_length = pl.when(ko.str.len_chars() > 1).then(0.25).when(ko.str.contains("^[!-~]$")).then(0.05).otherwise(0.9)
    silent_letter = pl.when(en == "").then(DASH).otherwise(0.0)
    letters = lexicon("letters").select("ko", "en", cost=(by_length + silent_letter).cast(pl.Float32))
    frame = pl.concat([words, letters])
    # The Korean words for generic ones may be omitted, too.
    left_out = _generic().select(en="word", price="korean").drop_nulls("price")
    silent = frame.filter(ko.str.len_chars() > 1).join(left_out, on="en", maintain_order="left")
    frame = pl.concat([frame, silent.select("ko", en=pl.lit(""), cost="price")])
    return frame.sort("cost", maintain_order=True).unique(["ko", "en"], keep="first", maintain_order=True)


@cache
def load_words() -> pl.DataFrame:
    """Shortcuts of the lexicon: ko, en, cost (learned where available, else curated)."""
    learned = lexicon("learned_words").select(
        "ko", en=pl.col("en").str.replace("^-$", ""), learned=pl.col("cost").cast(pl.Float32)
    )
    joined = curated_words().join(learned, on=["ko", "en"], how="left")
    return joined.select("ko", "en", cost=pl.coalesce("learned", "cost")).sort("ko", "en")


@cache
def english_words() -> pl.Series:
    """The English words of `load_words`, each once, in order."""
    words = load_words()["en"].unique().sort()
    return words.filter(words != "")
