"""Where the lexicon's words stand in names, and the shortcuts that they open in pairs of names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
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

FEW: Final = 5_000
"""Texts up to which only words whose first two characters occur are searched for."""

_ASCII: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
_WIDE: Final = [chr(ord(x) + 0xFEE0) for x in _ASCII]


@dataclass(frozen=True)
class KoreanSide:
    """Korean texts (`phonetic.korean`).

    `rows` of sounds; `words` id, en, cost, h0, h1; `edges` id, h: where characters begin; `lettered`: letter names in a
    row (`initials.letter_rows`).
    """

    texts: pl.Series
    rows: Rows
    words: pl.DataFrame
    edges: pl.DataFrame
    lettered: pl.DataFrame

    @staticmethod
    def of(texts: pl.Series) -> KoreanSide:
        """Prepare texts for comparison."""
        rows = sound.korean_rows(texts)
        starts = rows.starts
        who, place = (
            np.nonzero(np.diff(starts, axis=1, append=0) != 0) if starts.size else (np.zeros(0, int), np.zeros(0, int))
        )
        words = _korean_words(texts, rows)
        edges = pl.DataFrame({"id": who.astype(np.int64), "h": starts[who, place]})
        return KoreanSide(texts, rows, words, edges, initials.letter_rows(words, rows))


@dataclass(frozen=True)
class LatinSide:
    """Latin texts (`phonetic.latin`).

    `rows` of letters; `words` id, en, e0, e1 (lexicon); `tokens` id, word, e0, e1 (as written); `begun`: initials of
    neighbouring words (`initials.initial_rows`).
    """

    texts: pl.Series
    rows: Rows
    words: pl.DataFrame
    tokens: pl.DataFrame
    begun: pl.DataFrame

    @staticmethod
    def of(texts: pl.Series) -> LatinSide:
        """Prepare texts for comparison; blanks part words and are no letters."""
        squeezed = texts.str.replace_all(" ", "", literal=True)
        found = _occurrences(squeezed, english_words(), 1)
        tokens = (
            pl.DataFrame({"word": texts.fill_null("")})
            .select(id=pl.int_range(pl.len(), dtype=pl.Int64), word=pl.col("word").str.split(" "))
            .explode("word")
            .filter(pl.col("word") != "")
            .with_columns(size=pl.col("word").str.len_chars().cast(pl.Int64))
            .with_columns(e1=pl.col("size").cum_sum().over("id"))
            .select("id", "word", e0=pl.col("e1") - pl.col("size"), e1="e1")
        )
        in_lexicon = found.select("id", en="word", e0="start", e1="end")
        # Registries glue words (`NEWFLEXTECHNOLOGY`): a long generic word inside a token counts as a word of its own.
        long_generic = [word for word in load_generic()["word"].to_list() if len(word) >= 6]
        inside = in_lexicon.filter(pl.col("en").is_in(long_generic)).select("id", word="en", e0="e0", e1="e1")
        tokens = pl.concat([tokens, inside]).unique(maintain_order=True)
        rows = sound.latin_rows(squeezed)
        return LatinSide(texts, rows, in_lexicon, tokens, initials.initial_rows(tokens, rows))


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
    if not len(texts):
        return texts
    whole = "\n".join(texts.fill_null("").to_list())
    points = np.frombuffer(whole.encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    table = _one_spelling()
    alike = np.where(points < len(table), table[np.minimum(points, len(table) - 1)], points)
    return pl.Series(texts.name, alike.astype(np.uint32).tobytes().decode("utf-32-le").split("\n"), dtype=pl.String)


@cache
def loanwords() -> pl.DataFrame:
    """The lexicon's shortcuts with what their Korean words are searched by: ko, en, cost, loose."""
    words = load_words()
    return words.with_columns(loose=normalise_loanwords(words["ko"]))


def _wide(texts: pl.Series) -> pl.Series:
    """Texts with full-width ASCII: every character is three UTF-8 bytes, so that byte offsets give characters."""
    return texts.str.replace_many(list(_ASCII), _WIDE)


@cache
def wide_words() -> pl.Series:
    """The lexicon's Korean words as they are searched for (`loanwords`), each once, in order."""
    return _wide(loanwords()["loose"].unique().sort())


def _korean_words(texts: pl.Series, rows: Rows) -> pl.DataFrame:
    """Occurrences of lexicon words in Korean texts: id (place in `texts`), ko, en, cost, h0, h1 (sounds)."""
    words = loanwords()
    found = _occurrences(_wide(normalise_loanwords(texts)), wide_words(), 3)
    found = found.with_columns(pl.col("word").str.replace_many(_WIDE, list(_ASCII)))
    if found.height == 0 or rows.starts.shape[1] == 0:
        ids, texts_ = dict.fromkeys(("id", "h0", "h1"), pl.Int64), dict.fromkeys(("ko", "en"), pl.String)
        return pl.DataFrame(schema=ids | texts_ | {"cost": pl.Float32}).select("id", "ko", "en", "cost", "h0", "h1")
    who, start, end = (found[name].to_numpy() for name in ("id", "start", "end"))
    most = rows.starts.shape[1] - 1
    h0, h1 = rows.starts[who, np.minimum(start, most)], rows.starts[who, np.minimum(end, most)]
    sounds = found.with_columns(h0=pl.Series(h0), h1=pl.Series(h1)).filter(pl.col("h1") > pl.col("h0"))
    written = pl.DataFrame({"id": np.arange(len(texts)), "text": texts.fill_null("")})
    meeting = sounds.join(words, left_on="word", right_on="loose").join(written, on="id")
    size = pl.col("ko").str.len_chars()
    same = pl.col("text").str.slice(pl.col("start"), size) == pl.col("ko")
    return (
        meeting.filter(same | (size >= LOOSE_FROM))
        .with_columns(cost=pl.col("cost") + pl.when(same).then(0.0).otherwise(LOOSE).cast(pl.Float32))
        .sort("cost", maintain_order=True)
        .unique(["id", "en", "h0", "h1"], keep="first", maintain_order=True)
        .select("id", "ko", "en", "cost", "h0", "h1")
    )


def _occurrences(texts: pl.Series, words: pl.Series, width: int) -> pl.DataFrame:
    """id, word, start, end (characters) of every occurrence of every word, overlapping ones too."""
    if len(texts) <= FEW:
        # The search machine is built of all words at every call: for few texts it costs more than the search.
        begun = {a + b for a, b in pairwise("\n".join(texts.fill_null("").to_list()))}
        possible = words.str.slice(0, 2).is_in(begun) | (words.str.len_chars() == 1)
        words = words.filter(possible) if possible.any() else words.head(1)
    patterns = words.to_list()
    text = pl.col("text")
    return (
        pl.DataFrame({"text": texts.fill_null("")})
        .select(
            id=pl.int_range(pl.len(), dtype=pl.Int64),
            word=text.str.extract_many(patterns, overlapping=True),
            start=text.str.find_many(patterns, overlapping=True).list.eval(pl.element().cast(pl.Int64) // width),
        )
        .filter(pl.col("word").list.len() > 0)
        .explode("word", "start")
        .with_columns(end=pl.col("start") + pl.col("word").str.len_chars().cast(pl.Int64))
    )


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
