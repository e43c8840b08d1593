"""Explains in words why two names were matched: which parts correspond."""

from __future__ import annotations

import numpy as np
import polars as pl

from screener.match.names import words
from screener.match.names.costs import load_costs
from screener.match.names.trace import trace

TOGETHER = 4_096
"""Pairs explained together; limits the memory."""


def explained(shown: pl.DataFrame) -> pl.DataFrame:
    """Adds why to candidates (with query_text, name_text, kind, known)."""
    across, texts = pl.col("kind") == "across", ["query_text", "name_text"]
    hangul = pl.col("query_text").str.contains(r"\p{Hangul}")
    ko, la = (pl.when(which).then("query_text").otherwise("name_text") for which in (hangul, ~hangul))
    pairs = shown.filter(across).select(*texts, ko=ko, la=la).unique().sort("ko", "la")
    said = [part.select(*texts, said=_parts(part["ko"], part["la"])) for part in pairs.iter_slices(TOGETHER)]
    explanations = pl.concat([pl.DataFrame(schema=dict.fromkeys([*texts, "said"], pl.String)), *said])
    return shown.join(explanations, on=texts, how="left", maintain_order="left").with_columns(
        why=pl.when(across).then(pl.format("{}: {}", "known", "said")).otherwise(pl.format("spelled like {}", "known"))
    )


def _parts(korean: pl.Series, latin: pl.Series) -> pl.Series:
    """For each pair of texts, the matching words (`전자 = electronics`), matching sounds, and omissions."""
    ko, la = words.Side.korean(korean), words.Side.latin(latin)
    ids = np.arange(len(korean))
    steps = trace(ko.rows, la.rows, words.shortcuts(ko, la, ids, ids), load_costs())
    # Adjacent steps by sound are one part; each word is a part of its own.
    by_word = pl.col("arc") >= 0
    run = (by_word | by_word.shift(1).fill_null(True)).cum_sum().over("pair")
    spans = steps.group_by("pair", run.alias("run"), maintain_order=True).agg(
        pl.col("h0", "e0").min(), pl.col("h1", "e1").max(), word=by_word.any()
    )
    pair, h0, h1 = (spans[column].to_numpy() for column in ("pair", "h0", "h1"))
    starts = ko.rows.starts[pair]
    first = np.maximum((starts <= h0[:, None]).sum(axis=1) - 1, 0)
    syllables = np.where(h1 > h0, (starts < h1[:, None]).sum(axis=1) - first, 0)
    hangul, letters = (
        pl.col("ko").str.slice("first", "syllables"),
        pl.col("la").str.slice("e0", pl.col("e1") - pl.col("e0")),
    )
    part = (
        pl.when(hangul == "")
        .then(pl.format("without {}", letters))
        .when(letters == "")
        .then(pl.format("without {}", hangul))
        .when("word")
        .then(pl.format("{} = {}", hangul, letters))
        .otherwise(pl.format("{} ~ {}", hangul, letters))
    )
    squeezed = latin.str.replace_all(" ", "", literal=True)
    return (
        spans.with_columns(ko=korean.gather(pair), la=squeezed.gather(pair), first=first, syllables=syllables)
        .group_by("pair", maintain_order=True)
        .agg(part.str.join(", ").alias("said"))["said"]
    )
