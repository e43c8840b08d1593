"""Matches names by the initials of words: a row of letter names on the Korean side, adjacent words on the other.

에스티아이 is Systems Technology Inc., 유성티에스아이 Yoo Sung Technique & Strategy Investment, AP시스템 Advanced
Process Systems. Rows of letters or words are found once per text, so that pairs need only one join.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from screener.match.names.costs import english_words, load_generic
from screener.match.names.sound import Rows

MOST: Final = 5
LONGEST: Final = 14
"""Maximum letters of a word: longer ones are glued words with more than one initial."""

ROW: Final = 2.0
GENERIC: Final = 1.5
WORD: Final = 3.5
NAME: Final = 6.0
"""Cost of a row of initials: once, per generic word, per lexicon word, per other word (mostly a name)."""

TWO: Final = 5.0
TWO_ALONE: Final = 10.0
"""Cost of only two letters, next to other sounds and as the whole name: two initials match too many names."""

PART: Final = 1.0
"""Additional cost if the row is a part of the name."""

FORM: Final = 2.0
"""Cost of a company form's letter (National Plastic Company, 엔피씨) after two words."""


def in_rows(parts: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    """Two to five adjacent letters as one (see `words.Side.parts`), costs added up; the cheapest of each, by cost."""
    row, several = parts, []
    following = parts.select("id", end="begin", there="end", next="what", more="cost")
    for _ in range(MOST - 1):
        row = row.join(following, on=["id", "end"]).select(
            "id",
            "begin",
            end="there",
            cost=pl.col("cost") + pl.col("more"),
            what=pl.col("what") + pl.col("next"),
        )
        several.append(row)
    every = pl.concat(several).sort("cost", maintain_order=True)
    once = every.unique(["id", "what", "begin", "end"], keep="first", maintain_order=True)
    length = pl.Series(rows.length[once["id"].to_numpy()], dtype=pl.Int64)
    return once.with_columns(whole=(pl.col("begin") == 0) & (pl.col("end") == length))


def of_words(words: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    """Initials of two to five adjacent words (`words.tokens`); the last may be that of a company form."""
    word, size, two = pl.col("word"), pl.col("word").str.len_chars(), pl.col("what").str.len_chars() < 3
    price = (
        pl.when(size == 1)
        .then(0.0)
        .when(word.is_in(load_generic()["word"].implode()))
        .then(GENERIC)
        .when(word.is_in(english_words().implode()))
        .then(WORD)
        .otherwise(NAME)
    )
    several = in_rows(
        words.filter((size != 2) & (size <= LONGEST) & word.str.contains("^[a-z]")).select(
            "id", "begin", "end", cost=price.cast(pl.Float32), what=word.str.slice(0, 1).str.to_uppercase()
        ),
        rows,
    )
    # A form has no letters in the text: it can only end the whole name.
    higher = pl.col("cost") + pl.when(two).then(FORM).otherwise(0.0)
    forms = [several.filter("whole").with_columns(cost=higher, what=pl.col("what") + form) for form in ("C", "I")]
    once = pl.when(two).then(pl.when("whole").then(TWO_ALONE).otherwise(TWO)).otherwise(ROW)
    part = pl.when("whole").then(0.0).otherwise(PART)
    return pl.concat([several, *forms], how="vertical_relaxed").with_columns(pl.col("cost") + once + part)
