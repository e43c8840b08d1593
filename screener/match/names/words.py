"""Finds the lexicon's words in names, and the shortcuts that they allow in pairs of names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import polars as pl

from screener.match.names import initials, sound
from screener.match.names.costs import english_words, load_generic, load_words
from screener.match.names.sound import Arcs, Ints, Rows

INITIAL: Final = 1.3
"""Cost of a generic English word for the Korean name of its first letter (황금에스티, Hwang Kum Steel & Technology),
beyond the letter's own cost. A word that is not generic is a name: it costs `INITIAL_NAME` plus two per letter.
"""

INITIAL_NAME: Final = 3.5

LOOSE: Final = 0.5
LOOSE_FROM: Final = 3
"""Cost of a lexicon word in another spelling that sounds the same (써비스, 쎄미콘), of words of so many syllables."""

UNKNOWN: Final = 18.0
UNKNOWN_LETTER: Final = 0.6
"""Cost of unmatched, non-generic English words at one end of a name (Heerim Architects & Planners, 희림), and of each
of their letters: so high that they decide only where nothing else does. With lower costs whole groups match.
"""


_PARTS: Final = {
    "id": pl.Int64,
    "what": pl.String,
    "begin": pl.Int64,
    "end": pl.Int64,
    "cost": pl.Float32,
    "whole": pl.Boolean,
}


@dataclass(frozen=True)
class Side:
    """Texts of one script, each once.

    `rows` of sounds or letters. `parts`: the parts that may match the other side as a whole: id (place of the text),
    what, begin, end (in its row), cost, whole (whether a row of initials is the whole name). Parts match if `what` is
    the same:

    - a word of the lexicon, in English (전자 electronics);
    - a letter, in capitals: its name, and a word that begins with it (에스 Steel); several of them: letters in a row,
      and the initials of adjacent words (에스티아이, Systems Technology Inc.);
    - nothing: a Korean word that may be left out (주식회사, 산업), between any two English words;
    - `-`: a generic English word that may be left out (`technology`), between any two characters;
    - `<` and `>`: any words at one end, at high cost, and that end of the Korean name.
    """

    rows: Rows
    parts: pl.DataFrame

    @staticmethod
    def korean(texts: pl.Series) -> Side:
        """Prepare Korean texts (`phonetic.korean`)."""
        rows = sound.korean_rows(texts)
        words = _korean_words(texts, rows)
        letters = words.filter(pl.col("what").str.contains("^[a-z]$")).with_columns(pl.col("what").str.to_uppercase())
        who, place = np.nonzero(np.diff(rows.starts, axis=1, append=0))
        points = [("-", who, rows.starts[who, place])]
        points += [(end, np.arange(len(texts)), place) for end, place in (("<", rows.length * 0), (">", rows.length))]
        edges = [pl.DataFrame({"id": id_, "what": what, "begin": h, "end": h}) for what, id_, h in points]
        return _side(rows, [words, letters, initials.in_rows(letters, rows), *edges])

    @staticmethod
    def latin(texts: pl.Series) -> Side:
        """Prepare Latin texts (`phonetic.latin`); blanks separate words and are not letters."""
        squeezed = texts.str.replace_all(" ", "", literal=True)
        rows = sound.latin_rows(squeezed)
        found = english_lexicon().found(squeezed)
        words = tokens(texts, found)
        word, size = pl.col("word"), pl.col("end") - pl.col("begin")
        generic = word.is_in(load_generic()["word"].implode())
        begun = words.filter(size >= 3).with_columns(
            what=word.str.slice(0, 1).str.to_uppercase(),
            cost=pl.when(generic).then(INITIAL).otherwise(INITIAL_NAME + 2 * size),
        )
        borders = pl.concat([words.select("id", pl.col(side).alias("begin")) for side in ("begin", "end")]).unique()
        # The rest must be a name: three letters at its beginning, four at its end.
        whole = words.with_columns(length=rows.length[words["id"].to_numpy()])
        ends = [
            whole.filter(pl.col("length") - pl.col("end") >= 4).with_columns(what=pl.lit("<"), begin=0),
            whole.filter(pl.col("begin").is_between(3, pl.col("length"))).with_columns(what=pl.lit(">"), end="length"),
        ]
        return _side(
            rows,
            [
                found.rename({"word": "what"}),
                begun,
                initials.of_words(words, rows),
                borders.with_columns(what=pl.lit(""), end="begin"),
                words.join(load_generic(), on="word").with_columns(what=pl.lit("-")),
                *(end.with_columns(cost=UNKNOWN + UNKNOWN_LETTER * size) for end in ends),
            ],
        )


def _side(rows: Rows, parts: list[pl.DataFrame]) -> Side:
    missing = {"cost": pl.lit(0.0), "whole": pl.lit(False)}
    full = (part.with_columns(**{x: v for x, v in missing.items() if x not in part.columns}) for part in parts)
    every = pl.concat([part.select(pl.col(name).cast(kind) for name, kind in _PARTS.items()) for part in full])
    return Side(rows, every.filter(pl.col("end") <= rows.codes.shape[1]))


def tokens(texts: pl.Series, found: pl.DataFrame) -> pl.DataFrame:
    """The words of Latin texts as written: id, word, begin, end (letters).

    Registries glue words (`NEWFLEXTECHNOLOGY`): a long generic word of the lexicon inside a word counts as a word of
    its own.
    """
    size = pl.col("word").str.len_chars().cast(pl.Int64)
    written = (
        pl.DataFrame({"word": texts.str.split(" ")})
        .select(pl.int_range(pl.len(), dtype=pl.Int64).alias("id"), "word")
        .explode("word")
        .with_columns(end=size.cum_sum().over("id"))
        .select("id", "word", begin=pl.col("end") - size, end="end")
    )
    inside = found.filter((size >= 6) & pl.col("word").is_in(load_generic()["word"].implode()))
    return pl.concat([written, inside]).unique(maintain_order=True)


@cache
def _one_spelling() -> Ints:
    """Maps each code point up to the last syllable to one for all that sound alike in loanwords: ㅆ to ㅅ, 쥬 to 주."""
    table = np.arange(0xD7A4, dtype=np.int64)
    syllable = np.arange(11172)
    onset, vowel, coda = syllable // 588, syllable % 588 // 28, syllable % 28
    onset = np.array([0, 0, 2, 3, 3, 5, 6, 7, 7, 9, 9, 11, 12, 12, 14, 15, 16, 17, 18])[onset]
    plain = np.array([0, 5, 2, 5, 4, 5, 6, 5, 8, 9, 15, 15, 12, 13, 14, 15, 16, 17, 18, 19, 20])[vowel]
    soft = np.isin(onset, (12, 14)) & np.isin(plain, (2, 6, 12, 17))
    plain = np.where(soft, plain - np.select([plain == 2, plain == 6, plain == 12], [2, 2, 4], 4), plain)
    table[0xAC00:] = 0xAC00 + onset * 588 + plain * 28 + coda
    return table


def normalise_loanwords(texts: pl.Series) -> pl.Series:
    """Texts with one spelling for syllables that are mixed up in loan words; lengths stay."""
    points, _, _ = sound.code_points(texts + "\n")
    table = _one_spelling()
    alike = np.where(points < len(table), table[np.minimum(points, len(table) - 1)], points)
    whole = alike.astype(np.uint32).tobytes().decode("utf-32-le")
    return pl.Series(texts.name, whole.split("\n")[:-1], dtype=pl.String)


@cache
def loanwords() -> pl.DataFrame:
    """The lexicon's shortcuts with the search form of their Korean words: ko, en, cost, loose."""
    words = load_words()
    return words.with_columns(loose=normalise_loanwords(words["ko"]))


def _korean_words(texts: pl.Series, rows: Rows) -> pl.DataFrame:
    """Occurrences of lexicon words in Korean texts: id (place there), what (English), cost, begin, end (sounds)."""
    found = korean_lexicon().found(normalise_loanwords(texts))
    who, first, last = (found[column].to_numpy() for column in ("id", "begin", "end"))
    begin, end = (rows.starts[who, np.minimum(place, rows.starts.shape[1] - 1)] for place in (first, last))
    size = pl.col("ko").str.len_chars()
    same = pl.col("text").str.slice("place", size) == pl.col("ko")
    return (
        found.select("id", "word", place="begin", begin=begin, end=end, text=texts.gather(who))
        .filter(pl.col("end") > pl.col("begin"))
        .join(loanwords(), left_on="word", right_on="loose")
        .filter(same | (size >= LOOSE_FROM))
        .with_columns(cost=pl.col("cost") + pl.when(same).then(0.0).otherwise(LOOSE).cast(pl.Float32))
        .sort("cost", maintain_order=True)
        .unique(["id", "en", "begin", "end"], keep="first", maintain_order=True)
        .select("id", "begin", "end", "cost", what="en")
    )


class Words:
    """A list of words as a trie, to find all of them in many texts at once.

    `levels`, by depth: the branches in order (number of the parent branch and code point), and which word ends there.
    """

    def __init__(self, words: pl.Series) -> None:
        self.words, self.levels = words, list[tuple[Ints, Ints]]()
        points, owner, place = sound.code_points(words)
        length, node = np.bincount(owner, minlength=len(words)), np.zeros(len(words), dtype=np.int64)
        for depth in range(int(length.max(initial=0))):
            here = np.flatnonzero(place == depth)
            whose = owner[here]
            branches, node[whose] = np.unique(node[whose] << 21 | points[here], return_inverse=True)
            ending = np.full(len(branches), -1)
            whole = whose[length[whose] == depth + 1]
            ending[node[whole]] = whole
            self.levels.append((branches, ending))

    def found(self, texts: pl.Series) -> pl.DataFrame:
        """id, word, begin, end (characters) of every occurrence of every word, including overlapping ones."""
        points, owner, place = sound.code_points(texts)
        behind = np.bincount(owner, minlength=len(texts))[owner] - place
        at, node = np.arange(len(points)), np.zeros(len(points), dtype=np.int64)
        parts = [np.zeros((4, 0), dtype=np.int64)]
        for depth, (branches, ending) in enumerate(self.levels):
            on = behind[at] > depth
            at, branch = at[on], node[on] << 21 | points[at[on] + depth]
            node = np.minimum(np.searchsorted(branches, branch), len(branches) - 1)
            on = branches[node] == branch
            at, node = at[on], node[on]
            here, word = at[ending[node] >= 0], ending[node][ending[node] >= 0]
            parts.append(np.stack([owner[here], word, place[here], place[here] + depth + 1]))
        who, word, start, end = np.concatenate(parts, axis=1)
        return pl.DataFrame({"id": who, "word": self.words.gather(word), "begin": start, "end": end})


@cache
def korean_lexicon() -> Words:
    """All Korean words of the lexicon, as `normalise_loanwords` writes them."""
    return Words(loanwords()["loose"].unique().sort())


@cache
def english_lexicon() -> Words:
    """All English words of the lexicon."""
    return Words(english_words())


def shortcuts(korean: Side, latin: Side, korean_ids: Ints, latin_ids: Ints) -> Arcs:
    """Shortcuts of pairs: pair i has Korean text `korean_ids[i]` and Latin text `latin_ids[i]`."""
    pairs = pl.DataFrame({"pair": np.arange(len(korean_ids)), "ko": korean_ids, "la": latin_ids}).cast(pl.Int64)
    arcs = (
        pairs.join(korean.parts, left_on="ko", right_on="id", maintain_order="left_right")
        .join(latin.parts, left_on=["la", "what"], right_on=["id", "what"], suffix="_la", maintain_order="left_right")
        # Initials of a whole name match only a whole name: 제이씨케미칼 is not Juno Collection.
        .filter(pl.col("whole") | ~pl.col("whole_la"))
        .with_columns(pl.col("cost") + pl.col("cost_la"))
    )
    return Arcs(*(arcs[column].to_numpy() for column in ("pair", "begin", "end", "begin_la", "end_la", "cost")))
