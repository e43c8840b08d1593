"""Costs of the noisy channel, read from the curated and the learned tables, and the lexicon's shortcuts."""

from __future__ import annotations

import math
from collections import defaultdict
from functools import cache
from typing import Final

import numpy as np
import polars as pl

from screener.match.names import forms
from screener.match.names.sound import LETTERS, NEVER, SOUNDS, Costs

_VOWEL_LETTERS: Final = "aeiouy"
DASH: Final = 0.8
"""Cost of a `-` in `words.csv` beyond its rank: what is left out says little."""

DOUBLED: Final = 2.5
"""Most that a doubled consonant costs (캐리, Carry) beyond a single one: the tables hold few of those that exist."""
_DOUBLES: Final = "bcdfgklmnprstvz"

_SOUND_NUMBER: Final = {name: number for number, name in enumerate(SOUNDS) if number}
_PAIRS: Final = (
    "ㄹㄹ:cㄹoㄹ ㄱㅅ:cㄱoㅅ ㄱㅋ:cㄱoㅋ ㅂㅍ:cㅂoㅍ ㄷㅌ:cㄷoㅌ ㄴㄴ:cㄴoㄴ ㅁㅁ:cㅁoㅁ ㅇㄱ:cㅇoㄱ "
    "ㅡㄹ:vㅡoㄹ ㅣㅓ:vㅣvㅓ ㅣㅏ:vㅣvㅏ ㅣㅗ:vㅣvㅗ ㅣㅡ:vㅣvㅡ "
    "ㅔㅣ:vㅔvㅣ ㅏㅣ:vㅏvㅣ ㅗㅜ:vㅗvㅜ ㅏㅜ:vㅏvㅜ ㅗㅣ:vㅗvㅣ ㅘㅣ:vㅘvㅣ ㅞㅣ:vㅞvㅣ ㅗㅓ:vㅗvㅓ "
    "ㅔㅓ:vㅔvㅓ ㅅㅡ:oㅅvㅡ ㅈㅡ:oㅈvㅡ ㅋㅡ:oㅋvㅡ ㅌㅡ:oㅌvㅡ "
    "ㅍㅡ:oㅍvㅡ ㅂㅡ:oㅂvㅡ ㄷㅡ:oㄷvㅡ ㄱㅡ:oㄱvㅡ"
)
_PAIR_PARTS: Final = {pair: (parts[:2], parts[2:]) for pair, parts in (entry.split(":") for entry in _PAIRS.split())}
"""Two sounds that are spelled as one, and their names."""


def letter_number(letter: str) -> int:
    """Number of a lower-case letter or digit in a Latin row."""
    return ord(letter) - 96 if letter >= "a" else ord(letter) - 48 + 27


def seed_probabilities() -> dict[str, dict[str, float]]:
    """P(spelling | sound) before learning, falling with rank in `sounds.csv`. Keys: `oㄱ`, `vㅏ`, `cㄴ`, `2ㄹㄹ`."""
    seed: dict[str, dict[str, float]] = {}
    for row in forms.read_lexicon("sounds"):
        spellings = [spelling.strip("-") for spelling in row["spellings"].split()]
        weights = [1.0 / (rank + 1.0) ** 1.6 for rank in range(len(spellings))]
        total = sum(weights) * 1.04
        seed[row["place"] + row["sound"]] = {x: w / total for x, w in zip(spellings, weights, strict=True)}
    return seed


def learned_probabilities() -> dict[str, dict[str, float]]:
    """P(spelling | sound) as `learn.py` left it; the seed where it has not run."""
    if not (forms.LEXICON / "sound_costs.csv").exists():
        return seed_probabilities()
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for row in forms.read_lexicon("sound_costs"):
        found[row["sound"]][row["spelling"].strip("-")] = float(row["probability"])
    return dict(found)


@cache
def load_costs() -> Costs:
    """The channel's costs from the tables."""
    return build_costs(learned_probabilities())


def build_costs(probabilities: dict[str, dict[str, float]]) -> Costs:
    """Costs (minus natural logarithms) for these probabilities."""
    sounds = len(SOUNDS)
    triples = sorted({x for spellings in probabilities.values() for x in spellings if len(x) == 3})
    triple = np.zeros(LETTERS**3, dtype=np.int64)
    for number, text in enumerate(triples, start=1):
        a, b, c = (letter_number(x) for x in text)
        triple[(a * LETTERS + b) * LETTERS + c] = number
    pairs = sorted(key[1:] for key in probabilities if key[0] == "2")
    pair = np.zeros(sounds * sounds, dtype=np.int64)
    for number, text in enumerate(pairs, start=1):
        first, second = _PAIR_PARTS[text]
        pair[_SOUND_NUMBER[first] * sounds + _SOUND_NUMBER[second]] = number

    one = np.full((sounds, LETTERS), NEVER, dtype=np.float32)
    two = np.full((sounds, LETTERS**2), NEVER, dtype=np.float32)
    three = np.full((sounds, len(triples) + 1), NEVER, dtype=np.float32)
    pair_one = np.full((len(pairs) + 1, LETTERS), NEVER, dtype=np.float32)
    pair_two = np.full((len(pairs) + 1, LETTERS**2), NEVER, dtype=np.float32)
    drop = np.full((sounds, 1), NEVER, dtype=np.float32)
    for number, name in enumerate(SOUNDS):
        if not name:
            continue
        if len(name) == 1:  # a Latin letter or digit inside a Korean name
            one[number, letter_number(name)] = 0.05
            drop[number] = 9.0 if name.isdigit() else 5.0
        else:
            drop[number] = 3.6 if name[0] == "v" else 4.6
    for key, spellings in probabilities.items():
        for spelling, probability in spellings.items():
            cost = -math.log(max(probability, 1e-6))
            letters = [letter_number(x) for x in spelling]
            row = pairs.index(key[1:]) + 1 if key[0] == "2" else _SOUND_NUMBER[key]
            to_one, to_two = (pair_one, pair_two) if key[0] == "2" else (one, two)
            if len(letters) == 1:
                to_one[row, letters[0]] = cost
            elif len(letters) == 2:
                to_two[row, letters[0] * LETTERS + letters[1]] = cost
            elif len(letters) == 3:
                three[row, triple[(letters[0] * LETTERS + letters[1]) * LETTERS + letters[2]]] = cost
            elif key[0] != "2":
                drop[row] = cost
    for number in map(letter_number, _DOUBLES):
        twice = number * LETTERS + number
        two[:, twice] = np.minimum(two[:, twice], one[:, number] + DOUBLED)
    add = np.full((1, LETTERS), 4.4, dtype=np.float32)
    for letter in _VOWEL_LETTERS:
        add[0, letter_number(letter)] = 3.2
    add[0, letter_number("e")] = 2.4
    add[0, letter_number("h")] = 2.6
    add[0, letter_number("r")] = 3.4
    add[0, 27:] = 9.0
    add[0, 0] = NEVER
    drop[0] = NEVER
    return Costs(one, two, three, pair_one, pair_two, drop, add, triple, pair)


@cache
def _generic() -> pl.DataFrame:
    """Words that names may omit, from `generic.csv`: word, english, korean (cost of omission, null for never), bare."""
    price = pl.col("english", "korean").cast(pl.Float32, strict=False)
    words = forms.lexicon_frame("generic").with_columns(price, word=pl.col("word").str.extract_all(r"\S+"))
    return words.explode("word").unique("word", keep="first").sort("word")


def generic_words() -> list[str]:
    """English words so common in names that they are searched and compared without them as well."""
    return _generic().filter(pl.col("bare") == "-")["word"].to_list()


@cache
def load_generic() -> pl.DataFrame:
    """Generic English words and the cost of omitting each: word, cost (learned where available, else curated)."""
    generic = _generic()
    if not (forms.LEXICON / "learned_generic.csv").exists():
        return generic.select("word", cost="english")
    learned = forms.lexicon_frame("learned_generic").select("word", learned=pl.col("cost").cast(pl.Float32))
    joined = generic.join(learned, on="word", how="left", maintain_order="left")
    return joined.select("word", cost=pl.coalesce("learned", "english"))


@cache
def curated_words() -> pl.DataFrame:
    """Words as curated: ko (squeezed), en (squeezed, may be empty), cost by rank; most usual English first."""
    rank, en = pl.int_range(pl.len()).over("row").clip(upper_bound=4), pl.col("en")
    # `-` is a word that is left out at the price of its rank, `-5.5` one at this price.
    price = pl.coalesce(
        en.str.extract("^-([0-9.]+)$").cast(pl.Float64),
        0.6 + 0.25 * rank + pl.when(en == "-").then(DASH).otherwise(0.0),
    )
    words = (
        forms.lexicon_frame("words")
        .with_row_index("row")
        .select("row", "ko", en=en.str.extract_all(r"\S+"))
        .explode("en")
        .drop_nulls("en")
        .with_columns(cost=price.cast(pl.Float32))
        .select("ko", en=en.str.replace("^-.*", "").str.replace_all("[^a-z0-9]", ""), cost="cost")
    )
    length, ascii_only = pl.col("ko").str.len_chars(), ~pl.col("ko").str.contains("[^\x00-\x7f]")
    letters = forms.lexicon_frame("letters").select(
        "ko", "en", cost=pl.when(length > 1).then(0.25).when(ascii_only).then(0.05).otherwise(0.9).cast(pl.Float32)
    )
    letters = letters.with_columns(cost=pl.col("cost") + pl.when(en == "").then(DASH).otherwise(0.0).cast(pl.Float32))
    frame = pl.concat([words, letters])
    # What generic words mean may be left out in Korean too.
    left_out = _generic().select(en="word", price="korean").drop_nulls("price")
    silent = frame.filter(length > 1).join(left_out, on="en", maintain_order="left")
    frame = pl.concat([frame, silent.select("ko", en=pl.lit(""), cost="price").unique(maintain_order=True)])
    return frame.sort("cost", maintain_order=True).unique(["ko", "en"], keep="first", maintain_order=True)


@cache
def load_words() -> pl.DataFrame:
    """Shortcuts of the lexicon: ko, en, cost; learned costs where there are any, curated ones else."""
    curated = curated_words()
    if not (forms.LEXICON / "learned_words.csv").exists():
        return curated.sort("ko", "en")
    learned = pl.DataFrame(
        [(row["ko"], row["en"].strip("-"), float(row["cost"])) for row in forms.read_lexicon("learned_words")],
        schema={"ko": pl.String, "en": pl.String, "learned": pl.Float32},
        orient="row",
    )
    joined = curated.join(learned, on=["ko", "en"], how="left")
    return joined.select("ko", "en", cost=pl.coalesce("learned", "cost")).sort("ko", "en")


@cache
def english_words() -> pl.Series:
    """The English words of `load_words`, each once, in order."""
    words = load_words()["en"].unique().sort()
    return words.filter(words != "")
