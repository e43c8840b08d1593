"""Names that one company bears alone, and names that may mean several: groups, holdings and what was split off, former names."""

from __future__ import annotations

from typing import Final

import polars as pl

from screener.match.names import forms
from screener.match.names.index import NameIndex, comparable

_PREFERENCE: Final = r"(?i)(?:\s*[1-9]?우[ABC]?(?:\s*\(?전환\)?)?|[\s,/-]+(?:PREF(?:ERRED|ERENCE)?|PFD)\.?(?:\s+(?:SHARES?|STOCK))?|[\s-]+[1-9]PB?|\([1-9]?P(?:REF)?\))$"
_HOLDING: Final = ("HOLDINGS", "HOLDING", "홀딩스", "지주", "FINANCIALGROUP", "금융지주", "그룹", "GROUP")


def same_names(index: NameIndex, asked: pl.DataFrame, country: str | None) -> pl.DataFrame:
    """Entities that bear the very name, company form and punctuation aside; a share class at its end is read as such.

    asked: row, clean, key. Gives row, rank, entity_id, label, score, why, security, kind, abroad, old, as_written, listed (a home company whose
    shares are known to trade, where a country is meant: what a portfolio holds is listed paper).
    """
    plain = asked.select("row", "key", "clean", security=pl.lit(None, pl.String))
    shares = asked.filter(pl.col("clean").str.contains(_PREFERENCE)).select(
        "row", name=pl.col("clean").str.replace(_PREFERENCE, "")
    )
    issuers = comparable(shares).select("row", "key", "clean", security=pl.lit("preference"))
    wanted = pl.concat([plain, issuers]).drop_nulls("key")
    known = index.table.select("key", "entity_id", "label", "country", "kind", "listed", known="clean")
    # L&F is not LF, though letters and digits are the same: such names are alike at most.
    hits = wanted.join(known.drop_nulls("key"), on="key").filter(~forms.apart_by_sign("clean", "known"))
    # `대우` is a name of its own before it is a preference share of `대`.
    hits = hits.filter(pl.col("security").is_null() | ~pl.col("security").is_null().any().over("row"))
    abroad = (pl.col("country") != country).fill_null(True) if country else pl.lit(False)
    old = pl.col("kind") == "former"
    return (
        hits.with_columns(
            abroad=abroad,
            old=old,
            listed=pl.col("listed") & ~abroad if country else pl.lit(False),
            as_written=pl.col("clean").str.to_uppercase() == pl.col("known").str.to_uppercase(),
            score=pl.when(old).then(0.97).otherwise(1.0) - pl.when(abroad).then(0.02).otherwise(0.0),
            why=pl.concat_str(pl.lit("same name as "), "known")
            + pl.when(old).then(pl.lit(" (former name)")).otherwise(pl.lit("")),
        )
        .sort("row", "abroad", "old", pl.col("listed").not_(), "entity_id", pl.col("as_written").not_(), "known")
        .unique(["row", "entity_id"], keep="first", maintain_order=True)
        .with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("row"))
    )


def settle_same(index: NameIndex, asked: pl.DataFrame, same: pl.DataFrame) -> pl.DataFrame:
    """`auto` where one entity bears the name, `review` where several do, today or once, or where it is a group's name."""
    first = same.group_by("row", maintain_order=True).agg(
        entity_id=pl.col("entity_id").first(),
        score=pl.col("score").first(),
        security=pl.col("security").first(),
        as_written=pl.col("as_written").first(),
        listed=(pl.col("listed") & ~pl.col("old")).first(),
        # A former name of another company is a rival: who was POSCO in 2021 is POSCO Holdings today. A namesake of which no market is known
        # (delisted, or never listed) is none of a listed company that bears the name today.
        rivals=(
            (pl.col("abroad") == pl.col("abroad").first())
            & (pl.col("listed") | ~(pl.col("listed") & ~pl.col("old")).first())
        ).sum(),
    )
    told = first.join(asked.select("row", "key", "clean"), on="row").join(
        doubts(
            index,
            first.join(asked.select("row", "key", "clean"), on="row").select(
                "row", "key", "clean", "entity_id", "as_written", "listed"
            ),
        ),
        on="row",
        how="left",
    )
    alone = (pl.col("rivals") == 1) & pl.col("doubt").is_null()
    return told.select(
        "row",
        "entity_id",
        score=pl.when(alone).then("score").otherwise(pl.col("score") / pl.col("rivals").clip(2)).cast(pl.Float64),
        decision=pl.when(alone).then(pl.lit("auto")).otherwise(pl.lit("review")),
        security="security",
        reason=pl.when(pl.col("rivals") > 1)
        .then(pl.format("{} companies bear or bore this name", "rivals"))
        .otherwise("doubt"),
    )


def doubts(index: NameIndex, named: pl.DataFrame) -> pl.DataFrame:
    """Why a name is too short a name for one company: row, doubt (only rows with a doubt).

    named: row, key, clean, entity_id, and if known as_written (the entity's registered name letter by letter) and listed. A name that others
    continue is a group's (`Hanwha`, `삼성`): it stands for one company only with its company form (`Hanwha Corporation`), or
    where hardly anybody else continues it; beside a listed company only listed others count, so that a registry of all companies does not make its
    name doubtful. A name that another continues with `Holdings` may be either after a split.
    """
    if "as_written" not in named.columns:
        named = named.with_columns(as_written=pl.lit(False), listed=pl.lit(False))
    short = pl.col("key")
    candidates = named.filter(short.str.len_chars() >= 2)
    if candidates.height == 0:
        return pl.DataFrame(schema={"row": pl.Int64, "doubt": pl.String})
    known = index.table.drop_nulls("key").select("entity_id", other="key", core="core", traded="listed")
    # Names are cut where a company's name may end: after each Latin word, after two to five syllables.
    stems = (
        pl.concat(
            [
                known.filter(pl.col("other").str.contains(r"^\p{Hangul}")).select(
                    "entity_id",
                    "other",
                    "traded",
                    stem=pl.concat_list([pl.col("other").str.slice(0, n) for n in (2, 3, 4, 5)]),
                ),
                known.filter(~pl.col("other").str.contains(r"^\p{Hangul}")).select(
                    "entity_id",
                    "other",
                    "traded",
                    stem=pl.concat_list(
                        [
                            pl.col("core")
                            .str.split(" ")
                            .list.head(n)
                            .list.join("")
                            .str.replace_all(r"[^\p{L}\p{N}]", "")
                            for n in (1, 2)
                        ]
                        + [pl.col("other").str.extract(r"^([A-Z0-9]{2,})\p{Hangul}")]
                    ),
                ),
            ]
        )
        .explode("stem")
        .filter(pl.col("stem").str.len_chars() < pl.col("other").str.len_chars())
        .unique()
    )
    met = candidates.join(stems, left_on="key", right_on="stem", suffix="_other").filter(
        pl.col("entity_id_other") != pl.col("entity_id")
    )
    # A form (Corporation, 주식회사) is what the cleaned name has beyond its key.
    letters = pl.col("clean").str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]|\bAND\b", "")
    counted = met.group_by("row").agg(
        others=pl.col("entity_id_other").filter(pl.col("traded") | ~pl.col("listed")).n_unique(),
        holding=pl.col("other").str.slice(pl.col("key").first().str.len_chars()).is_in(_HOLDING).any(),
        as_written=pl.col("as_written").first(),
        with_form=(letters != pl.col("key")).first(),
        name=pl.col("clean").first(),
    )
    allowed = pl.when(pl.col("as_written")).then(4).otherwise(1)
    return counted.filter(~pl.col("with_form") & (pl.col("holding") | (pl.col("others") >= allowed))).select(
        "row",
        doubt=pl.when(pl.col("holding"))
        .then(
            pl.concat_str("name", pl.lit(" may be the company or its holding company: write the full name or a code"))
        )
        .otherwise(
            pl.format("{} begins the names of {} more companies: write the full name or a code", "name", "others")
        ),
    )
