"""Why two names were brought together, in words: which parts met which."""

from __future__ import annotations

import numpy as np
import polars as pl

from screener.match.names import words
from screener.match.names.costs import load_costs
from screener.match.names.trace import trace


def explained(shown: pl.DataFrame) -> pl.DataFrame:
    """Adds name (main name of the entity) and why to candidates (with query_text, name_text, kind, known, label)."""
    named = shown.with_columns(name="label")
    within = pl.concat_str(pl.lit("spelled like "), "known")
    across = named.filter(pl.col("kind") == "across")
    hangul = pl.col("query_text").str.contains(r"\p{Hangul}")
    pairs = (
        across.select(
            "query_text",
            "name_text",
            ko=pl.when(hangul).then("query_text").otherwise("name_text"),
            la=pl.when(hangul).then("name_text").otherwise("query_text"),
        )
        .unique()
        .sort("ko", "la")
    )
    shared = pairs.with_columns(said=shared_parts(pairs["ko"], pairs["la"])).select("query_text", "name_text", "said")
    joined = named.join(shared, on=["query_text", "name_text"], how="left")
    return joined.with_columns(
        why=pl.when(pl.col("kind") == "across")
        .then(pl.concat_str("known", pl.lit(": "), pl.col("said").fill_null("by sound")))
        .otherwise(within)
    ).sort("row", "rank")


def shared_parts(korean: pl.Series, latin: pl.Series) -> pl.Series:
    """For each pair of texts, the words that met (`전자 = electronics`), what was heard, and what was left out."""
    if len(korean) == 0:
        return pl.Series("said", [], dtype=pl.String)
    begins = range(0, len(korean), 4096)
    return pl.concat([_parts(korean[begin : begin + 4096], latin[begin : begin + 4096]) for begin in begins])


def _parts(korean: pl.Series, latin: pl.Series) -> pl.Series:
    ko, la = words.Side.korean(korean), words.Side.latin(latin)
    ids = np.arange(len(korean))
    arcs = words.shortcuts(ko, la, ids, ids)
    steps = trace(ko.rows, la.rows, arcs, load_costs())
    # Neighbouring steps by sound are one part; each word is a part of its own.
    by_word = pl.col("arc") >= 0
    run = (by_word | by_word.shift(1).fill_null(True)).cum_sum().over("pair")
    spans = (
        steps.with_columns(run=run)
        .group_by("pair", "run", maintain_order=True)
        .agg(
            pl.col("h0").min(),
            pl.col("h1").max(),
            pl.col("e0").min(),
            pl.col("e1").max(),
            word=by_word.any(),
            cost=pl.col("cost").sum(),
        )
    )
    pair = spans["pair"].to_numpy()
    starts = ko.rows.starts[pair]
    first = (starts <= spans["h0"].to_numpy()[:, None]).sum(axis=1) - 1
    last = (starts < spans["h1"].to_numpy()[:, None]).sum(axis=1)
    squeezed = latin.str.replace_all(" ", "", literal=True)
    texts = spans.with_columns(
        ko=pl.Series(korean.gather(pair)),
        la=pl.Series(squeezed.gather(pair)),
        first=pl.Series(np.maximum(first, 0)),
        last=pl.Series(last),
    ).with_columns(
        ko=pl.when(pl.col("h1") > pl.col("h0"))
        .then(pl.col("ko").str.slice("first", pl.col("last") - pl.col("first")))
        .otherwise(pl.lit("")),
        la=pl.col("la").str.slice("e0", pl.col("e1") - pl.col("e0")),
    )
    said = (
        pl.when(pl.col("ko") == "")
        .then(pl.concat_str(pl.lit("without "), "la"))
        .when(pl.col("la") == "")
        .then(pl.concat_str(pl.lit("without "), "ko"))
        .when("word")
        .then(pl.concat_str("ko", pl.lit(" = "), "la"))
        .otherwise(pl.concat_str("ko", pl.lit(" ~ "), "la"))
    )
    joined = texts.with_columns(said=said).group_by("pair", maintain_order=True).agg(pl.col("said").str.join(", "))
    everyone = pl.DataFrame({"pair": ids}).join(joined.cast({"pair": pl.Int64}), on="pair", how="left").sort("pair")
    return everyone["said"].fill_null("").alias("said")
