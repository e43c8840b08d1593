"""Names by the initials of their words: letter names in a row on the Korean side, neighbouring words on the other.

에스티아이 is Systems Technology Inc., 유성티에스아이 Yoo Sung Technique & Strategy Investment, AP시스템 Advanced
Process Systems. Each row of letters or words is found once for each text, so that pairs need only one join.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from screener.match.names.costs import english_words, load_generic
from screener.match.names.sound import Rows

MOST: Final = 5
LONGEST: Final = 14
"""Letters of a word at most: longer ones are glued, and have more than one initial."""

ROW: Final = 2.0
GENERIC: Final = 1.5
WORD: Final = 3.5
NAME: Final = 6.0
"""Cost of a row of initials: once, for each generic word, each lexicon word, each other word (mostly a name)."""

TWO: Final = 5.0
TWO_ALONE: Final = 10.0
"""Cost once of only two letters, beside other sounds and as the whole name: any two words begin with somebody's."""

PART: Final = 1.0
"""Cost beyond that where the row is a part of the name."""

FORM: Final = 2.0
"""Cost of a company form's letter (National Plastic Company, 엔피씨) after two words."""


def letter_rows(words: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    """Letter names and letters in a row, two to five: id, run (the letters), h0, h1, cost, whole (all of the text).

    words: those of the lexicon in the texts (`words.KoreanSide`).
    """
    letters = words.filter(pl.col("en").str.contains("^[a-z]$")).select("id", "h0", "h1", "cost", run="en")
    return _whole(_in_rows(letters, "h0", "h1"), "h0", "h1", rows)


def initial_rows(tokens: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    """Initials of neighbouring words, two to five: id, run (the letters), e0, e1, cost, whole.

    tokens: the words of the texts (`words.LatinSide`). The last initial may be that of a company form.
    """
    word, size, run = pl.col("word"), pl.col("word").str.len_chars(), pl.col("run")
    price = (
        pl.when(size == 1)
        .then(0.0)
        .when(word.is_in(load_generic()["word"].implode()))
        .then(GENERIC)
        .when(word.is_in(english_words().implode()))
        .then(WORD)
        .otherwise(NAME)
    )
    words = tokens.filter((size != 2) & (size <= LONGEST) & word.str.contains("^[a-z]")).select(
        "id", "e0", "e1", cost=price.cast(pl.Float32), run=word.str.slice(0, 1)
    )
    several = _whole(_in_rows(words, "e0", "e1"), "e0", "e1", rows)
    two = run.str.len_chars() < 3
    # A form has no letters in the text: it ends the whole name.
    dearer = pl.when(two).then(FORM).otherwise(0.0).cast(pl.Float32)
    forms = [several.filter("whole").with_columns(pl.col("cost") + dearer, run=run + form) for form in ("c", "i")]
    once = pl.when(two).then(pl.when("whole").then(TWO_ALONE).otherwise(TWO)).otherwise(ROW)
    part = pl.when("whole").then(0.0).otherwise(PART)
    return pl.concat([several, *forms]).with_columns(pl.col("cost") + (once + part).cast(pl.Float32))


def _in_rows(steps: pl.DataFrame, begin: str, end: str) -> pl.DataFrame:
    """Adjacent steps, two to five of them as one: runs joined, costs added up; the cheapest of each."""
    row, parts = steps, []
    following = steps.select("id", pl.col(begin).alias(end), pl.col(end).alias("there"), next="run", more="cost")
    for _ in range(MOST - 1):
        row = row.join(following, on=["id", end]).select(
            "id",
            begin,
            pl.col("there").alias(end),
            cost=pl.col("cost") + pl.col("more"),
            run=pl.col("run") + pl.col("next"),
        )
        parts.append(row)
    every = pl.concat(parts).sort("cost", maintain_order=True)
    return every.unique(["id", "run", begin, end], keep="first", maintain_order=True)


def _whole(found: pl.DataFrame, begin: str, end: str, rows: Rows) -> pl.DataFrame:
    length = pl.Series(rows.length[found["id"].to_numpy()], dtype=pl.Int64)
    return found.with_columns(whole=(pl.col(begin) == 0) & (pl.col(end) == length))
