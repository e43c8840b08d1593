"""Where the lexicon's words stand in names, and the shortcuts that they open in pairs of names."""

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
beyond the letter's own cost. A word that is not generic is a name: it costs `INITIAL_NAME` and two for each letter.
"""

INITIAL_NAME: Final = 3.5

LOOSE: Final = 0.5
LOOSE_FROM: Final = 3
"""Cost of a lexicon word in another spelling that sounds the same (써비스, 쎄미콘), of words of so many syllables."""

UNKNOWN: Final = 18.0
UNKNOWN_LETTER: Final = 0.6
"""Cost of English words at one end of a name that meet nothing and are not generic (Heerim Architects & Planners,
희림), and of each of their letters: so dear that they decide only where nothing else does. Lower, whole groups fit.
"""


@dataclass(frozen=True)
class KoreanSide:
    """Korean texts (`phonetic.korean`).

    `rows` of sounds; `words` id, en, cost, h0, h1; `edges` id, h: where characters begin; `lettered`: letter names in a
    row (`initials.letter_rows`).
    """

    rows: Rows
    words: pl.DataFrame
    edges: pl.DataFrame
    lettered: pl.DataFrame

    @staticmethod
    def of(texts: pl.Series) -> KoreanSide:
        """Prepare texts for comparison."""
        rows = sound.korean_rows(texts)
        who, place = np.nonzero(np.diff(rows.starts, axis=1, append=0))
        words = _korean_words(texts, rows)
        edges = pl.DataFrame({"id": who, "h": rows.starts[who, place]})
        return KoreanSide(rows, words, edges, initials.letter_rows(words, rows))


@dataclass(frozen=True)
class LatinSide:
    """Latin texts (`phonetic.latin`).

    `rows` of letters; `words` id, en, e0, e1 (lexicon); `tokens` id, word, e0, e1 (as written); `begun`: initials of
    neighbouring words (`initials.initial_rows`).
    """

    rows: Rows
    words: pl.DataFrame
    tokens: pl.DataFrame
    begun: pl.DataFrame

    @staticmethod
    def of(texts: pl.Series) -> LatinSide:
        """Prepare texts for comparison; blanks part words and are no letters."""
        squeezed = texts.str.replace_all(" ", "", literal=True)
        found = _english_lexicon().found(squeezed).rename({"start": "e0", "end": "e1"})
        size = pl.col("word").str.len_chars().cast(pl.Int64)
        tokens = (
            pl.DataFrame({"word": texts.str.split(" ")})
            .select(pl.int_range(pl.len(), dtype=pl.Int64).alias("id"), "word")
            .explode("word")
            .with_columns(e1=size.cum_sum().over("id"))
            .select("id", "word", e0=pl.col("e1") - size, e1="e1")
        )
        # Registries glue words (`NEWFLEXTECHNOLOGY`): a long generic word inside a token counts as a word of its own.
        inside = found.filter((size >= 6) & pl.col("word").is_in(load_generic()["word"].implode()))
        tokens = pl.concat([tokens, inside]).unique(maintain_order=True)
        rows = sound.latin_rows(squeezed)
        return LatinSide(rows, found.rename({"word": "en"}), tokens, initials.initial_rows(tokens, rows))


@cache
def _one_spelling() -> Ints:
    """Each code point up to the last syllable as the one for all that sound alike in loan words: ㅆ is ㅅ, 쥬 is 주."""
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
    """Texts with one spelling for syllables that registers of loan words mix up; lengths stay."""
    points, _, _ = sound.code_points(texts + "\n")
    table = _one_spelling()
    alike = np.where(points < len(table), table[np.minimum(points, len(table) - 1)], points)
    whole = alike.astype(np.uint32).tobytes().decode("utf-32-le")
    return pl.Series(texts.name, whole.split("\n")[:-1], dtype=pl.String)


@cache
def loanwords() -> pl.DataFrame:
    """The lexicon's shortcuts with what their Korean words are searched by: ko, en, cost, loose."""
    words = load_words()
    return words.with_columns(loose=normalise_loanwords(words["ko"]))


def _korean_words(texts: pl.Series, rows: Rows) -> pl.DataFrame:
    """Occurrences of lexicon words in Korean texts: id (place in `texts`), en, cost, h0, h1 (sounds)."""
    found = _korean_lexicon().found(normalise_loanwords(texts))
    most = rows.starts.shape[1] - 1
    who, start, end = (found[column].to_numpy() for column in ("id", "start", "end"))
    h0, h1 = (rows.starts[who, np.minimum(place, most)] for place in (start, end))
    size = pl.col("ko").str.len_chars()
    same = pl.col("text").str.slice(pl.col("start"), size) == pl.col("ko")
    return (
        found.with_columns(h0=pl.Series(h0), h1=pl.Series(h1), text=texts.gather(who))
        .filter(pl.col("h1") > pl.col("h0"))
        .join(loanwords(), left_on="word", right_on="loose")
        .filter(same | (size >= LOOSE_FROM))
        .with_columns(cost=pl.col("cost") + pl.when(same).then(0.0).otherwise(LOOSE).cast(pl.Float32))
        .sort("cost", maintain_order=True)
        .unique(["id", "en", "h0", "h1"], keep="first", maintain_order=True)
        .select("id", "en", "cost", "h0", "h1")
    )


class Words:
    """A list of words as a tree of characters, to find all of them in many texts at once.

    `levels`, by depth: the branches in order (number of the branch above and code point), and which word ends there.
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
        """id, word, start, end (characters) of every occurrence of every word, overlapping ones too."""
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
        return pl.DataFrame({"id": who, "word": self.words.gather(word), "start": start, "end": end})


@cache
def _korean_lexicon() -> Words:
    return Words(loanwords()["loose"].unique().sort())


@cache
def _english_lexicon() -> Words:
    return Words(english_words())


def shortcuts(korean: KoreanSide, latin: LatinSide, korean_ids: Ints, latin_ids: Ints) -> Arcs:
    """Shortcuts of pairs: pair i joins Korean text `korean_ids[i]` with Latin text `latin_ids[i]`.

    Six kinds: a Korean word and its English (전자 electronics); the name of a letter and a word that begins with it
    (에스 Steel); letters in a row that are the initials of the other's words (에스티아이, Systems Technology Inc.); a
    Korean word that meets nothing (주식회사, 산업); a generic English word that meets nothing (`technology`); any words
    at one end, dearly.
    """
    pairs = pl.DataFrame({"pair": np.arange(len(korean_ids)), "ko": korean_ids, "la": latin_ids}).cast(pl.Int64)
    # Whatever is joined with pairs is first cut down to the names that occur in them.
    in_korean = korean.words.join(pairs.select("ko").unique(), left_on="id", right_on="ko", how="semi")
    in_latin = latin.words.join(pairs.select("la").unique(), left_on="id", right_on="la", how="semi")
    tokens = latin.tokens.join(pairs.select("la").unique(), left_on="id", right_on="la", how="semi")
    arc = ["pair", "h0", "h1", "e0", "e1", "cost"]

    meeting = pairs.join(in_korean.filter(pl.col("en") != ""), left_on="ko", right_on="id").join(
        in_latin, left_on=["la", "en"], right_on=["id", "en"]
    )
    letters = in_korean.filter((pl.col("en").str.len_chars() == 1) & ~pl.col("en").str.contains("[0-9]"))
    size = pl.col("word").str.len_chars()
    price = (
        pl.when(pl.col("word").is_in(load_generic()["word"].to_list())).then(INITIAL).otherwise(INITIAL_NAME + 2 * size)
    )
    initial = tokens.filter(size >= 3).with_columns(en=pl.col("word").str.slice(0, 1), price=price.cast(pl.Float32))
    begun = (
        pairs.join(letters, left_on="ko", right_on="id")
        .join(initial, left_on=["la", "en"], right_on=["id", "en"])
        .with_columns(pl.col("cost") + pl.col("price"))
    )
    in_letters = korean.lettered.join(pairs.select("ko").unique(), left_on="id", right_on="ko", how="semi")
    initialisms = (
        pairs.join(in_letters, left_on="ko", right_on="id")
        .join(latin.begun, left_on=["la", "run"], right_on=["id", "run"])
        # Initials of a whole name are a whole name: 제이씨케미칼 is not Juno Collection.
        .filter(pl.col("whole") | ~pl.col("whole_right"))
        .with_columns(pl.col("cost") + pl.col("cost_right"))
    )
    borders = pl.concat([tokens.select("id", e0="e0"), tokens.select("id", e0="e1")]).unique()
    silent = (
        pairs.join(in_korean.filter(pl.col("en") == ""), left_on="ko", right_on="id")
        .join(borders, left_on="la", right_on="id")
        .with_columns(e1=pl.col("e0"))
    )
    left_out = tokens.join(load_generic(), on="word")
    edges = korean.edges.join(pairs.select("ko").unique(), left_on="id", right_on="ko", how="semi")
    extra = (
        pairs.join(left_out, left_on="la", right_on="id")
        .join(edges, left_on="ko", right_on="id")
        .with_columns(h0=pl.col("h"), h1=pl.col("h"))
    )
    kinds = (meeting, begun, initialisms, silent, extra, *_unknown_ends(pairs, korean, latin, tokens))
    arcs = pl.concat([kind.select(arc) for kind in kinds]).sort("pair", maintain_order=True)
    n, m = korean.rows.codes.shape[1], latin.rows.codes.shape[1]
    arcs = arcs.filter((pl.col("h1") <= n) & (pl.col("e1") <= m))
    pair, h0, h1, e0, e1 = (arcs[name].cast(pl.Int64).to_numpy() for name in arc[:5])
    return Arcs(pair, h0, h1, e0, e1, arcs["cost"].to_numpy().astype(np.float32))


def _unknown_ends(
    pairs: pl.DataFrame, korean: KoreanSide, latin: LatinSide, tokens: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Shortcuts for the first and for the last words of each pair's Latin text that meet nothing."""
    whole = pairs.with_columns(
        h=pl.Series(korean.rows.length[pairs["ko"].to_numpy()], dtype=pl.Int64),
        e=pl.Series(latin.rows.length[pairs["la"].to_numpy()], dtype=pl.Int64),
    )
    cut = whole.join(tokens.select("id", "e0", "e1").unique(), left_on="la", right_on="id")
    price = (UNKNOWN + UNKNOWN_LETTER * (pl.col("e1") - pl.col("e0"))).cast(pl.Float32)
    # What remains must be a name: three letters at its beginning, four at its end.
    last = cut.filter((pl.col("e0") >= 3) & (pl.col("e0") < pl.col("e"))).with_columns(h0="h", h1="h", e1="e")
    nothing = pl.lit(0, pl.Int64)
    head = cut.filter(pl.col("e") - pl.col("e1") >= 4).with_columns(h0=nothing, h1=nothing, e0=nothing)
    return head.with_columns(cost=price), last.with_columns(cost=price)
