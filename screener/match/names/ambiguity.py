"""Separates names of one company from names that may mean several: groups, holdings, spin-offs, former names."""

from __future__ import annotations

from typing import Final

import polars as pl

from screener.match.names import forms
from screener.match.names.index import NameIndex

FOREIGN: Final = "its company form is of another country"
FEW_LETTERS: Final = "two letters spelled by their names may be another word"
ONE_WORD: Final = "one word that only sounds the same may be a company of another country"
SHOWN: Final = 5
HANGUL: Final = r"\p{Hangul}"
_HOLDING: Final = ("HOLDINGS", "HOLDING", "홀딩스", "지주", "FINANCIALGROUP", "금융지주", "그룹", "GROUP")


MAIN: Final = ("primary", "exchange", "former")
"""Kinds of names that a company itself has or had, and the one under which its shares are traded."""
LETTERS: Final = 3
"""With at least so many letters spelled by name in Hangul, a name is certainly a company's: 이지 may be EG or easy."""


def same_names(index: NameIndex, asked: pl.DataFrame, country: str | None) -> pl.DataFrame:
    """Entities with the same name: ignoring form and punctuation, then without `paper`, then spelled in letters.

    asked: row, clean, core, key, security, foreign, how (1: without `paper`). Returns row, rank, entity_id, label,
    score, why, security, kind, known, other_key (of the entity's name), abroad, old, tier: 0 for a listed company of
    the country with this name today, 1 for one that had it, 2 for others at home, 3 abroad; all 2 if no country is
    meant. doubt: why the same name may still not mean the company.
    """
    known = index.table.drop_nulls("key").select(
        "entity_id", "label", "country", "kind", "listed", "merged", other_key="key", known="clean", known_core="core"
    )
    # L&F is not LF, though letters and digits are the same: such names are at most similar.
    hits = asked.join(known, left_on="key", right_on="other_key", coalesce=False).filter(~forms.apart_by_sign())
    written_out = pl.col("core").str.contains(HANGUL)  # the sound of Latin letters is weighed, not looked up
    rest = asked.filter(written_out).join(hits.select("row").unique(), on="row", how="anti")
    rest = rest.with_columns(spelled=forms.spelled(pl.col("core")))
    letters = rest.join(index.spelled, on="spelled").join(known.unique("known"), on="known", how="left")
    few = ~pl.col("spelled").str.contains(HANGUL) & (pl.col("spelled").str.len_chars() < LETTERS)
    hits = pl.concat(
        [
            hits.with_columns(doubt=pl.lit(None, pl.String)),
            letters.with_columns(how=pl.col("how") + 2, doubt=pl.when(few).then(pl.lit(FEW_LETTERS))).select(
                *hits.columns, "doubt"
            ),
        ]
    )
    # `대우` is a name of its own rather than a preference share of `대`.
    hits = hits.filter(pl.col("how") == pl.col("how").min().over("row"))
    abroad = (pl.col("country") != country).fill_null(True) if country else pl.lit(False)
    old = pl.col("kind") == "former"
    # A company that merged into another was listed once: its name and a former name of a listed company weigh the same.
    home = pl.lit(country is not None) & (pl.col("listed") | pl.col("merged"))
    tier = pl.when(abroad).then(3).when(~home).then(2).otherwise((old | pl.col("merged")).cast(pl.Int32))
    # A foreign company form means another company, unless the company is foreign or uses such a form itself.
    # 株式会社オリオン is a company of Japan: there one word in kana or Cyrillic proves too little.
    clean, one_word = pl.col("clean"), ~pl.col("core").str.contains(" ", literal=True)
    japanese = clean.str.contains("[株有合].会社") & clean.str.contains(r"\p{Katakana}")
    sound = one_word & (japanese | clean.str.contains(r"^\p{Cyrillic}+$"))
    elsewhere = pl.col("foreign") & (pl.col("country") == "KR").fill_null(False) & ~forms.foreign(pl.col("known"))
    return (
        hits.with_columns(
            abroad=abroad,
            old=old,
            tier=tier,
            doubt=pl.coalesce("doubt", pl.when(elsewhere).then(pl.lit(FOREIGN)).when(sound).then(pl.lit(ONE_WORD))),
            as_written=pl.col("clean").str.to_uppercase() == pl.col("known").str.to_uppercase(),
            score=pl.when(old).then(0.97).otherwise(1.0)
            - pl.when(abroad).then(0.02).otherwise(0.0)
            - pl.when(pl.col("how") > 1).then(0.01).otherwise(0.0),
            why=pl.concat_str(pl.lit("same name as "), "known")
            + pl.when(old).then(pl.lit(" (former name)")).otherwise(pl.lit("")),
        )
        .sort("row", "tier", "old", "entity_id", pl.col("as_written").not_(), pl.col("kind") == "alias", "known")
        .unique(["row", "entity_id"], keep="first", maintain_order=True)
        .with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("row"))
    )


def settle_same(index: NameIndex, same: pl.DataFrame) -> pl.DataFrame:
    """`auto` if one entity has the name, `review` if several have or had it, or if it is a group's name.

    Portfolios hold listed securities. So where a country is meant, a listed company that has the name today precedes
    one that had it, and both precede unlisted companies. There the name of a listed company is its own however many
    longer names begin with it (LG, 한화). Not so where its Korean name shows that `Corporation` is part of the name:
    `Hyundai` alone is not 현대코퍼레이션.
    """
    part = pl.col("key").str.contains("코퍼레이션")
    longer = pl.col("entity_id").is_in(index.table.filter(part)["entity_id"].unique().implode()) & ~part
    first = same.filter(pl.col("rank") == 1).join(
        same.group_by("row").agg(rivals=(pl.col("tier") == pl.col("tier").min()).sum()), on="row"
    )
    own = (pl.col("tier") < 2) & pl.col("kind").is_in(MAIN) & ~longer
    named = first.filter(~own & pl.col("security").is_null()).select(
        *("row", "clean", "entity_id", "as_written"),
        key="other_key",
        listed=pl.col("tier") == 0,
        form=pl.when(longer).then(pl.lit("CORP")).otherwise(pl.lit("")),
    )
    settled = first.join(doubts(index, named), on="row", how="left").with_columns(
        doubt=pl.coalesce("doubt", "doubt_right")
    )
    alone = (pl.col("rivals") == 1) & pl.col("doubt").is_null()
    return settled.select(
        "row",
        "entity_id",
        score=pl.when(alone).then("score").otherwise(pl.col("score") / pl.col("rivals").clip(2)).cast(pl.Float64),
        decision=pl.when(alone).then(pl.lit("auto")).otherwise(pl.lit("review")),
        security="security",
        reason=pl.when(pl.col("rivals") > 1)
        .then(pl.format("{} companies bear or bore this name", "rivals"))
        .when(pl.col("doubt").is_null() & pl.col("old"))
        .then(pl.format("{} is a former name", "known"))
        .otherwise("doubt"),
    )


def doubts(index: NameIndex, named: pl.DataFrame) -> pl.DataFrame:
    """Why a name is too short to mean one company: row, doubt (only rows with a doubt).

    named: row, key, clean, entity_id, as_written (the entity's registered name letter by letter), listed, form (the
    company form that makes it this company's name; empty for any).
    A name with which others' names begin is a group's (`Hanwha`, `삼성`): it means one company only with its company
    form (`Hanwha Corporation`), or if hardly any other name begins with it. For a listed company only other listed ones
    count, so that a full registry does not make its name ambiguous. A name to which another adds `Holdings` may mean
    either after a split.
    """
    continued = index.continuing(named).filter(pl.col("other_id") != pl.col("entity_id"))
    # A form (Corporation, 주식회사) is the part of the cleaned name that its key lacks.
    letters = pl.col("clean").str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]|\bAND\b", "")
    counted = continued.group_by("row").agg(
        others=pl.col("other_id").filter(pl.col("traded") | ~pl.col("listed")).n_unique(),
        holding=pl.col("other").str.slice(pl.col("key").first().str.len_chars()).is_in(_HOLDING).any(),
        as_written=pl.col("as_written").first(),
        with_form=(
            (letters != pl.col("key"))
            & letters.str.contains(pl.col("form"), literal=True)
            # Nobody in Korea calls itself so: D B Corp Ltd is a newspaper in India.
            & ~letters.str.contains("^[A-Z]{2}CORP(?:ORATION)?(?:LTD|LIMITED)$")
        ).first(),
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


def beginnings(index: NameIndex, asked: pl.DataFrame) -> pl.DataFrame:
    """Companies for unknown names: names that begin with it (`삼성`), else names it begins or ends with (웅진코웨이).

    asked: row, clean, core, key. Returns row, rank, entity_id, label, score, why, decision (`review` if several),
    reason.
    """
    continued = (
        index.continuing(asked)
        .sort("row", pl.col("traded").not_(), "other", "other_id")
        .unique(["row", "other_id"], keep="first", maintain_order=True)
    )
    many = pl.col("other_id").n_unique().over("row")
    of_several = continued.select(
        "row",
        pl.col("other_id").alias("entity_id"),
        "label",
        score=pl.lit(0.3),
        why=pl.lit("its name begins so"),
        decision=pl.lit("review"),
        reason=pl.format("{} begins the names of {} companies: write the full name or a code", "clean", many),
    )
    stems = [side(pl.col("core"), pl.col("key")) for side in (forms.stems, forms.ends)]
    own = asked.join(of_several.select("row").unique(), on="row", how="anti")
    own = own.with_columns(stem=pl.concat_list(stems)).explode("stem")
    size = pl.col("stem").str.len_chars()
    known = index.table.filter("sought").select("entity_id", "label", "listed", "key", known="clean")
    head = pl.col("key").str.starts_with(pl.col("stem"))
    begun = (
        own.join(known, left_on="stem", right_on="key")
        .filter(head | pl.col("listed"))
        .sort("row", size, pl.col("listed"), descending=True, maintain_order=True)
        .filter(size == size.max().over("row", head))
        .unique(["row", "entity_id"], keep="first", maintain_order=True)
        .select(
            "row",
            "entity_id",
            "label",
            score=pl.lit(0.05),
            why=pl.format("has {} in its name", "known"),
            decision=pl.lit("none"),
            reason=pl.when(head)
            .then(pl.format("begins like {}, but is another name", "known"))
            .otherwise(pl.format("ends like {}, but is another name", "known"))
            .first()
            .over("row"),
        )
    )
    every = pl.concat([of_several, begun])
    return every.with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("row")).filter(
        pl.col("rank") <= SHOWN
    )
