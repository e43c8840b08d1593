"""What each pair of names costs, in one currency for all scripts, and what that cost is worth as a probability.

Costs are minus log probabilities (see `sound`). Names in two scripts are compared by sound and lexicon. Names in one script
are compared letter by letter: a wrong letter costs as much as an unlikely sound, a generic word that only one side has as
much as one that a register leaves out, a number that differs more than any word.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import polars as pl
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from screener.match.names import forms, sound, words
from screener.match.names.costs import generic_words, load_costs
from screener.match.names.sound import Floats, Ints

WRONG_LETTER: Final = 4.4
WRONG_SOUND: Final = 3.6
"""A jamo of a Hangul syllable: three make a syllable."""
WRONG_NUMBER: Final = 9.0
GENERIC: Final = 4.0
SHORT: Final = 0.8
"""Most that a word which names no trade costs for each letter of what is left, where that is the same (`GS Holdings`, GS): worth a look, never
sure. `LG Chem` is not LG.
"""
NO_TRADE: Final = ("holdings", "holding", "group", "company", "corporation", "enterprise", "korea")
INITIALS: Final = 1.0
"""Cost for each letter of a name that is nothing but the initials of the other's words (KNN, Korea New Network): less likely still."""
CUT_FROM: Final = 10
CUT: Final = 1.5
CUT_LETTER: Final = 0.35
"""Cost of a name that is another's beginning (`KOREA AEROSPACE INDUSTRIE`) of so many letters at least, and of each letter that it lacks."""
WHOLLY: Final = 0.2
APART: Final = 3.0
WHOLLY_MET: Final = 1.5
"""Log odds beyond the fitted curve of names in two scripts that meet in everything (cost a letter up to `WHOLLY`), where the next company lacks a
word or more (`APART`): the curve, fitted on all pairs, takes a rival that lacks a common word (CJ Entertainment, CJ) for too near.
"""
BATCH: Final = 512
CHUNK: Final = 65_536
"""Pairs that are aligned together, and pairs whose shortcuts are looked up together."""


def across_scripts(korean: words.KoreanSide, latin: words.LatinSide, ko_ids: Ints, la_ids: Ints) -> Floats:
    """Cost of each pair (Korean text ko_ids[i], Latin text la_ids[i]); names of like length are aligned together."""
    costs = load_costs()
    out = np.zeros(len(ko_ids), dtype=np.float32)
    # The batch is small enough that its rows stay in the processor's cache.
    every = np.lexsort((latin.rows.length[la_ids], korean.rows.length[ko_ids]))
    for start in range(0, len(every), CHUNK):
        order = every[start : start + CHUNK]
        ko, la = ko_ids[order], la_ids[order]
        arcs = words.shortcuts(korean, latin, ko, la)
        cuts = np.searchsorted(arcs.pair, np.arange(0, len(order) + BATCH, BATCH))
        for number, begin in enumerate(range(0, len(order), BATCH)):
            part, own = slice(begin, begin + BATCH), arcs.of(slice(cuts[number], cuts[number + 1]), begin)
            out[order[part]] = sound.align(korean.rows.cut(ko[part]), latin.rows.cut(la[part]), own, costs)
    return out


def in_one_script(left: pl.Series, right: pl.Series) -> Floats:
    """Cost of each pair of texts of one script (`spoken` forms: both Hangul or both Latin)."""
    pairs = pl.DataFrame({"a": left, "b": right})
    unlike = WRONG_LETTER * _edits(_squeezed(pairs["a"]), _squeezed(pairs["b"]))
    split = pairs.with_columns(
        a_bare=_words("a", generic=False).list.join(""),
        b_bare=_words("b", generic=False).list.join(""),
        a_generic=_words("a", generic=True),
        b_generic=_words("b", generic=True),
    )
    differ = pl.col("a_generic").list.set_symmetric_difference("b_generic")
    apart = split.select(differ.list.len().cast(pl.Float32)).to_series().to_numpy()
    slight = split.select((differ.list.join(" ")).is_in(NO_TRADE)).to_series().to_numpy()
    size = split["a_bare"].str.len_chars().to_numpy()
    bare = WRONG_LETTER * _edits(split["a_bare"], split["b_bare"]) + GENERIC * apart
    bare = np.where(slight & (bare == GENERIC), np.minimum(bare, SHORT * size), bare)
    bare = np.where(size > 1, bare, np.inf)
    initials = np.minimum(_as_initials(pairs, "a", "b"), _as_initials(pairs, "b", "a"))
    numbers = pairs.select(
        pl.col("a").str.extract_all(r"[0-9]+").list.join(" ") != pl.col("b").str.extract_all(r"[0-9]+").list.join(" ")
    ).to_series()
    cost = np.minimum(np.minimum(unlike, bare) + WRONG_NUMBER * numbers.to_numpy(), initials)
    return np.asarray(cost, dtype=np.float32)


def cut_off(left: pl.Series, right: pl.Series) -> Floats:
    """Cost of each pair whose left text is the right one cut off, as files with narrow columns have it; infinite elsewhere."""
    pairs = pl.DataFrame({"a": _squeezed(left), "b": _squeezed(right)})
    size = pl.col("a").str.len_chars()
    cut = pl.col("b").str.starts_with(pl.col("a")) & (size >= CUT_FROM)
    cost = pl.when(cut).then(CUT + CUT_LETTER * (pl.col("b").str.len_chars() - size)).otherwise(float("inf"))
    return np.asarray(pairs.select(cost).to_series().to_numpy(), dtype=np.float32)


def own_letters(texts: pl.Series) -> pl.Series:
    """How many letters of each text are its own: those of its generic words are anybody's. Of a text of such words alone, all."""
    sizes = pl.DataFrame({"text": texts}).select(
        own=_words("text", generic=False).list.join("").str.len_chars(),
        every=pl.col("text").str.replace_all(" ", "", literal=True).str.len_chars(),
    )
    return sizes.select(pl.when(pl.col("own") > 1).then("own").otherwise("every")).to_series()


def _words(side: str, *, generic: bool) -> pl.Expr:
    token = pl.element()
    wanted = token.is_in(list(generic_words()))
    return pl.col(side).str.split(" ").list.eval(token.filter(wanted if generic else ~wanted))


def _as_initials(pairs: pl.DataFrame, short: str, long: str) -> Floats:
    """Cost of each pair where `short` is the initials of three or more words of `long`, short words whole (SM C&C); infinite elsewhere."""
    words = pl.col(long)
    initials = [
        words.str.replace_all(r"\B[a-z0-9]|[^a-z0-9]", ""),
        words.str.replace_all(r"\b([a-z0-9])[a-z0-9]{2,}", "$1").str.replace_all(" ", "", literal=True),
    ]
    letters = pl.col(short).str.replace_all(" ", "", literal=True)
    size = letters.str.len_chars()
    met = pl.any_horizontal([letters.is_in(pl.concat_list(text, text + "c", text + "i")) for text in initials])
    cost = pl.when(met & size.is_between(3, 6) & (words.str.count_matches(" ", literal=True) > 1)).then(INITIALS * size)
    return np.asarray(pairs.select(cost.otherwise(float("inf"))).to_series().to_numpy(), dtype=np.float32)


def _squeezed(texts: pl.Series) -> pl.Series:
    return texts.str.replace_all(" ", "", literal=True)


def _edits(left: pl.Series, right: pl.Series) -> Floats:
    """Letters to change; Hangul is taken apart into jamo, which weigh a little less than letters."""
    a, b = left.str.normalize("NFD"), right.str.normalize("NFD")
    distance = np.asarray(cpdist(a.to_list(), b.to_list(), scorer=Levenshtein.distance), dtype=np.float32)
    return distance * np.where(left.str.contains(r"\p{Hangul}").to_numpy(), WRONG_SOUND / WRONG_LETTER, 1.0).astype(
        np.float32
    )


@cache
def abbreviations() -> tuple[list[str], list[str]]:
    """Shortened words and what they stand for, as blank-bounded lower-case words."""
    rows = sorted(forms.read_lexicon("abbreviations"), key=lambda row: (-row["short"].count(" "), row["short"]))
    wide = [(row["short"].lower().replace(" ", "  "), row["long"].lower()) for row in rows]
    return [f" {short} " for short, _ in wide], [f" {long} " for _, long in wide]


def spelled_out(texts: pl.Expr) -> pl.Expr:
    """Latin texts with shortened words spelled out; `POSCO INTL` and `POSCO INTERNATIONAL` become one."""
    short, long = abbreviations()
    doubled = (pl.lit("  ") + texts.str.replace_all(" ", "  ", literal=True) + pl.lit("  ")).str.replace_many(
        short, long, leftmost=True
    )
    return doubled.str.replace_all(r" +", " ").str.strip_chars(" ")


@cache
def calibration() -> dict[str, dict[str, float]]:
    """Coefficients of the logistic curves by kind of pair (`across`, `within`), from `calibration.csv`."""
    found: dict[str, dict[str, float]] = {}
    for row in forms.read_lexicon("calibration"):
        found.setdefault(row["kind"], {})[row["term"]] = float(row["value"])
    return found


def probability() -> pl.Expr:
    """P(the pair is one company), of columns kind, cost, letters (of the shorter side), margin (to the next company's cost)."""
    pieces: dict[str, pl.Expr] = {}
    for kind, terms in calibration().items():
        letters = pl.col("letters").clip(1, 40)
        total = (
            pl.lit(terms["one"])
            + terms["cost"] * pl.col("cost")
            + terms["cost_per_letter"] * pl.col("cost") / letters
            + terms["log_letters"] * letters.log()
            + terms["margin"] * pl.col("margin").clip(0, 12)
            + terms["log_margin"] * (pl.col("margin").clip(0, 30) + 0.25).log()
        )
        if kind == "across":
            wholly = (pl.col("cost") <= WHOLLY * letters) & (pl.col("margin") >= APART)
            total = total + pl.when(wholly).then(WHOLLY_MET).otherwise(0.0)
        pieces[kind] = 1.0 / (1.0 + (-total.clip(-30, 30)).exp())
    return pl.when(pl.col("kind") == "across").then(pieces["across"]).otherwise(pieces["within"])
