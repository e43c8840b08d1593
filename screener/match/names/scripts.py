"""Transcribes characters of other scripts to Hangul or Latin letters, from curated tables."""

from __future__ import annotations

import polars as pl

from screener.match.names import forms

_FIRST_SOUNDS = "력료류리량려련녀뇨라락란랑래로록뢰루룡륙림", "역요유이양여연여요나낙난낭내노녹뇌누용육임"


def _table(column: str) -> tuple[list[str], list[str]]:
    """Characters, longest groups first, and their readings."""
    size = pl.col("han").str.len_chars()
    rows = forms.lexicon("hanja").filter(pl.col(column) != "").sort(size, "han", descending=[True, False])
    return rows["han"].to_list(), rows[column].to_list()


def hanja_to_hangul(text: pl.Expr) -> pl.Expr:
    """Chinese characters in their Korean reading; those missing from the table are dropped when sounds are read."""
    han, sounds = _table("hangul")
    read = text.str.replace_many(han, sounds, leftmost=True)
    # The initial-sound rule: 勞 is 로 inside a word and 노 at its beginning.
    first = dict(zip(*(list(side) for side in _FIRST_SOUNDS), strict=True))
    opened = read.str.replace_many([" " + x for x in first], [" " + x for x in first.values()])
    return opened


def han_to_pinyin(text: pl.Expr) -> pl.Expr:
    """Chinese characters in pinyin without tones, each a syllable of its own (`POSCO 浦项` to `POSCO PU XIANG`)."""
    han, sounds = _table("pinyin")
    spelled = [f" {sound.upper()} " for sound in sounds]
    return text.str.replace_many(han, spelled, leftmost=True).str.replace_all(r" +", " ").str.strip_chars(" ")
