"""From names as written to entities: the same name first, then names that look or sound alike."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import polars as pl

from screener.match.frames import Candidates
from screener.match.names import ambiguity, forms, paper, score, why, words
from screener.match.names.index import MANY, NameIndex, comparable, spoken_texts

NAME_MATCHES: Final = pl.DataFrame(
    schema={
        "row": pl.Int64,
        "entity_id": pl.String,
        "score": pl.Float64,
        "decision": pl.String,
        "security": pl.String,
        "reason": pl.String,
    }
)
"""What `match_names` says of each name: the best entity, how surely (0–1), what may be done with it, and why."""

SURE: Final = 0.99
"""Probability from which a name alike is taken without a person; see docs/names.md for what it costs and brings."""
WORTH_A_LOOK: Final = 0.10
SHOWN: Final = 5
LEAST_SHOWN: Final = 0.001
AGREED: Final = 0.3
"""Cost a letter up to which a name is taken for one of the company that the number names."""
NEAREST_OF_FEW: Final = 80
NEAREST_OF_MANY: Final = 40
WIDER: Final = 300
FITTED_AMONG: Final = 2_000
CROWDING: Final = 0.25
"""Power with which the odds of a match fall as names grow more than those of the fit; set by the bulk benchmark."""
NO_RIVAL: Final = 4.0
"""Margin where nothing else is near: that a store is small does not make a name surer."""
FORM_LOST: Final = 1.5
"""Cost of a company form that mostly belongs to the name (`forms.form_within`), where the other name has none."""
SIGN_LOST: Final = 1.0
"""Cost of a sign between letters (`forms.JOINED`), where the Hangul name says nothing of it."""
ARTICLE_LOST: Final = 1.5
"""Cost of an article that the query opens with and the Hangul name does not."""
CLOSE: Final = 0.3
"""Margin up to which two companies are too near each other to take the cheaper one without a person."""
AS_ALIKE: Final = "two companies are about as alike"
NOBODY: Final = "no company of a like name"
LETTER_UNSAID: Final = 0.5
"""Cost of a letter that stands alone in a Latin name and is not read by its name in the Hangul one."""
WRITTEN_FORM: Final = "코프|코퍼|코포|컴퍼|컴파|콤파|캄파|피엘씨"
"""How company forms begin in Hangul."""
HANGUL: Final = r"\p{Hangul}"


def match_names(
    index: NameIndex, named: pl.DataFrame, country: str | None, claimed: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Match names (row, name) against the index: `NAME_MATCHES` for every row, and `frames.Candidates`.

    `claimed` (row, entity_id) says what the numbers of a row say: a name that is like one of that company's names needs no search.
    """
    asked = comparable(named)
    same = ambiguity.same_names(index, asked, country)
    settled_parts = [ambiguity.settle_same(index, same)]
    rest = _without_paper(asked.join(same.select("row").unique(), on="row", how="anti"))
    near = pl.DataFrame()
    if rest.height and claimed is not None and claimed.height:
        agreed = _agreed(index, rest, claimed)
        settled_parts.append(agreed)
        rest = rest.join(agreed.select("row"), on="row", how="anti")
    if rest.height:
        near = alike(index, rest, country)
        settled_parts.append(_settle_alike(index, rest, near))
    settled = pl.concat(settled_parts)
    matches = (
        named.select("row")
        .join(settled, on="row", how="left")
        .with_columns(
            pl.col("score").fill_null(0.0),
            pl.col("decision").fill_null("none"),
            reason=pl.when(pl.col("decision").is_null()).then(pl.lit(NOBODY)).otherwise("reason"),
        )
    )
    candidates = same.select("row", "rank", "entity_id", name="label", score="score", why="why")
    if near.height:
        shown = near.filter((pl.col("rank") <= SHOWN) & (pl.col("score") >= LEAST_SHOWN))
        candidates = pl.concat([candidates, why.explained(shown).select(candidates.columns)])
    # A proposal is no surer than its row: one that bears the very name of several must not be shown with a score of 1.
    most = matches.filter(pl.col("decision") == "review").select("row", most="score")
    candidates = (
        candidates.join(most, on="row", how="left", maintain_order="left")
        .with_columns(pl.min_horizontal("score", "most").alias("score"))
        .drop("most")
    )
    return matches, candidates.cast(Candidates.create_empty().schema).sort("row", "rank")


def _without_paper(asked: pl.DataFrame) -> pl.DataFrame:
    """The names without what stands beside them, as they are searched among names alike: row, clean, core, key, security, foreign."""
    bare, security = paper.company(pl.col("clean"))
    # A syllable at the end of a name that is nobody's may well be its own.
    own = pl.col("clean").str.contains(r"\p{Hangul}우$") | (bare == "")
    cut = asked.select("row", name=pl.when(own).then("clean").otherwise(bare), security=pl.when(~own).then(security))
    # One sign is nobody's name, and the sketch of it is everybody's.
    named = comparable(cut).filter(pl.col("key").str.len_chars() > 1)
    return named.with_columns(foreign=forms.foreign(pl.col("clean")))


def _agreed(index: NameIndex, asked: pl.DataFrame, claimed: pl.DataFrame) -> pl.DataFrame:
    """Rows whose name is like a name of the company that their number names, as `NAME_MATCHES`."""
    own = index.table.select("name_id", "entity_id")
    near = asked.select("row", "core").join(claimed, on="row").join(own, on="entity_id")
    cost = pl.col("cost") / pl.col("letters").clip(4, 40)
    costs = pair_costs(index, asked.select("row", "core", "clean"), near=near.select("core", "name_id"))
    return (
        costs.join(own, on="name_id")
        .join(claimed, on=["row", "entity_id"])
        .filter(cost <= AGREED)
        .group_by("row")
        .agg(pl.col("entity_id").first())
        .select(
            "row",
            "entity_id",
            score=pl.lit(1.0),
            decision=pl.lit("auto"),
            security=pl.lit(None, pl.String),
            reason=pl.lit(None, pl.String),
        )
    )


def pair_costs(
    index: NameIndex, asked: pl.DataFrame, most: int | None = None, near: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Cheapest pair of texts for each query and each name near it.

    asked: row, core, clean; near: core, name_id (searched for unless given). Gives row, name_id, cost, kind (`across` scripts or `within` one), letters, query_text, name_text.
    """
    most = most or (NEAREST_OF_FEW if index.searched <= MANY else NEAREST_OF_MANY)
    # Queries of the same core are compared once.
    clean = pl.col("clean")
    once = (
        asked.with_columns(
            formed=forms.core_with_form(clean),
            within=forms.form_within(clean).fill_null(False),
            article=clean.str.contains(forms.ARTICLE).fill_null(False),
        )
        .group_by("core", "formed", "within", "article", maintain_order=True)
        .agg(pl.col("row"))
        .with_row_index("q")
        .with_columns(pl.col("q").cast(pl.Int64))
    )
    texts = spoken_texts(once.select("q", "core"))
    if near is None:
        near = index.nearest(texts.select(row="q", text="text"), most).select(q="row", name_id="name_id")
    else:
        near = near.unique().join(once.select("q", "core"), on="core").select("q", "name_id")
    both = (
        texts.join(once.select("q", "core", "within", "article"), on="q")
        .rename({"text": "query_text"})
        .join(near, on="q")
        .join(index.texts.rename({"text": "name_text"}), on="name_id")
        .with_columns(price=_lost())
    )
    # Names that say the article (`THE CODI`, 더코디) are compared with it.
    said = pl.col("article") & pl.col("name_text").str.starts_with("더")
    both = both.with_columns(query_text=pl.when(said).then("the " + pl.col("query_text")).otherwise("query_text"))
    both = both.drop("core", "within", "article")
    both = pl.concat([both, _with_forms(once, both)])
    hangul = pl.col("query_text").str.contains(HANGUL), pl.col("name_text").str.contains(HANGUL)
    # A text without letters of its own (digits, a Latin brand) may meet either script as it stands.
    both = both.with_columns(across=hangul[0] != hangul[1], query_is_korean=hangul[0])
    across, within = both.filter(pl.col("across")), both.filter(~pl.col("across"))
    if across.height:
        across = across.with_columns(
            ko=pl.when("query_is_korean").then("query_text").otherwise("name_text"),
            la=pl.when("query_is_korean").then("name_text").otherwise("query_text"),
        )
        ko, la = across["ko"].unique().sort(), across["la"].unique().sort()
        sides = words.KoreanSide.of(ko), words.LatinSide.of(la)
        ko_ids = across["ko"].replace_strict(ko, np.arange(len(ko)), return_dtype=pl.Int64).to_numpy()
        la_ids = across["la"].replace_strict(la, np.arange(len(la)), return_dtype=pl.Int64).to_numpy()
        cost = score.across_scripts(*sides, ko_ids, la_ids)
        across = across.with_columns(
            cost=pl.Series(cost, dtype=pl.Float32), letters=pl.col("la").str.replace_all(" ", "").str.len_chars()
        )
    else:
        across = across.with_columns(cost=pl.lit(0.0, pl.Float32), letters=pl.lit(0, pl.UInt32))
    long = within.select(
        score.spelled_out(pl.col("query_text")).alias("a"), score.spelled_out(pl.col("name_text")).alias("b")
    )
    cost = score.in_one_script(long["a"], long["b"]) if within.height else np.zeros(0, dtype=np.float32)
    cost = np.minimum(cost, score.cut_off(within["query_text"], within["name_text"]))
    weight = pl.when(pl.col("query_is_korean")).then(2).otherwise(1)
    within = within.with_columns(
        cost=pl.Series(cost, dtype=pl.Float32),
        # A trade word that only one side spells right is no trade word of the pair.
        letters=(
            pl.min_horizontal(
                pl.max_horizontal(score.own_letters(long["a"]), score.own_letters(long["b"])),
                pl.col("query_text").str.len_chars(),
                pl.col("name_text").str.len_chars(),
            )
            * weight
        ).cast(pl.UInt32),
    )
    columns = ["q", "name_id", "cost", "price", "kind", "letters", "query_text", "name_text"]
    every = pl.concat(
        [
            across.with_columns(kind=pl.lit("across")).select(columns),
            within.with_columns(kind=pl.lit("within")).select(columns),
        ]
    )
    best = (
        every.with_columns(pl.col("cost") + pl.col("price"))
        .sort("q", "name_id", "cost", "kind", "query_text", "name_text")
        .unique(["q", "name_id"], keep="first", maintain_order=True)
    )
    return once.select("q", "row").explode("row").join(best, on="q").drop("q", "price")


def _lost() -> pl.Expr:
    """Price of what the texts of a pair no longer show, of core and within (the query's), name_text: company forms and signs between letters."""
    core, name = pl.col("core"), pl.col("name_text")
    form = pl.col("within") & name.str.contains(HANGUL)
    said = name.str.contains("앤|엔")
    unsaid = core.str.contains(forms.JOINED) & name.str.contains(HANGUL) & ~said & ~name.str.contains("엠퍼")
    # 앤 is an n or a sign: a name without both does not mean it.
    unmeant = said & core.str.contains("^[A-MO-Z0-9 ]+$")
    # `L&F` is written as two letters apart; LF is no such name.
    joined = pl.concat_str([core.str.extract(forms.JOINED, side) for side in (1, 2)], separator=" ").str.to_lowercase()
    together = ~name.str.contains(HANGUL) & ~name.str.contains(joined, literal=True).fill_null(True)
    unnamed = pl.col("article") & name.str.contains(HANGUL) & ~name.str.starts_with("더")
    price = (
        pl.when(unnamed).then(ARTICLE_LOST).otherwise(0.0)
        + pl.when(form).then(FORM_LOST).otherwise(0.0)
        + pl.when(unsaid | unmeant).then(SIGN_LOST).otherwise(0.0)
        + pl.when(together).then(2 * SIGN_LOST).otherwise(0.0)
        + _letters_unsaid()
    )
    return price.cast(pl.Float32)


def _letters_unsaid() -> pl.Expr:
    """Price of a single letter that opens the query's core and that a Hangul name does not say by its name (`S Connect` is 에스코넥, not 스코넥)."""
    said = _letter_names()
    meant = (
        pl.col("core")
        .str.extract(r"^([A-Z]) [A-Z]{2}")
        .replace_strict(list(said), list(said.values()), default=None, return_dtype=pl.String)
    )
    name = pl.col("name_text")
    unsaid = name.str.contains(HANGUL) & ~name.str.contains(meant)
    return pl.when(unsaid.fill_null(False)).then(LETTER_UNSAID).otherwise(0.0)


@cache
def _letter_names() -> dict[str, str]:
    """Each letter and a regular expression of what says it in a Hangul name: its names, or itself."""
    said: dict[str, list[str]] = {}
    for row in forms.read_lexicon("letters"):
        if len(row["en"]) == 1 and row["en"].isalpha():
            said.setdefault(row["en"], []).append(row["ko"])
    return {letter.upper(): "|".join([*forms, letter]) for letter, forms in said.items()}


def _with_forms(once: pl.DataFrame, both: pl.DataFrame) -> pl.DataFrame:
    """Pairs (as `both`) of queries with their company form, and names that write such a form out in Hangul (지디코프, 한국앤컴퍼니)."""
    formed = once.drop_nulls("formed")
    if formed.height == 0:
        return both.clear()
    written_out = both.filter(pl.col("name_text").str.contains(WRITTEN_FORM)).unique(["q", "name_id", "name_text"])
    texts = spoken_texts(formed.select("q", core="formed")).rename({"text": "query_text"})
    free = pl.lit(0.0, pl.Float32).alias("price")
    return written_out.drop("query_text").join(texts, on="q").with_columns(free).select(both.columns)


def alike(index: NameIndex, asked: pl.DataFrame, country: str | None) -> pl.DataFrame:
    """Entities with a like name, best first: row, rank, entity_id, label, score, margin, kind, cost, letters, query_text, name_text, known.

    What finds nothing sure among its nearest names is searched once more among many more of them, where the index is small.
    """
    first = weighed(index, asked, country, None)
    if index.searched > MANY:
        return first
    unsure = first.filter((pl.col("rank") == 1) & (pl.col("score") < SURE)).select("row")
    again = asked.filter(
        ~pl.col("row").is_in(first["row"].unique().to_list()) | pl.col("row").is_in(unsure["row"].to_list())
    )
    if again.height == 0:
        return first
    wider = weighed(index, again, country, WIDER)
    return pl.concat([first.join(again.select("row"), on="row", how="anti"), wider])


def weighed(index: NameIndex, asked: pl.DataFrame, country: str | None, most: int | None) -> pl.DataFrame:
    """As `alike`, of one search among the `most` nearest names."""
    costs = pair_costs(index, asked.select("row", "core", "clean"), most)
    known = index.table.select("name_id", "entity_id", "label", "country", known="clean", name_kind="kind")
    abroad = (pl.col("country") != country).fill_null(True) if country else pl.lit(False)
    by_entity = (
        costs.join(known, on="name_id")
        .with_columns(
            abroad=abroad,
            # Home and present names are meant first: abroad costs a word, a former name half of one.
            cost=pl.col("cost")
            + pl.when(abroad).then(3.0).otherwise(0.0)
            + pl.when(pl.col("name_kind") == "former").then(1.5).otherwise(0.0),
        )
        .sort("row", "cost", "entity_id", "name_id")
        .unique(["row", "entity_id"], keep="first", maintain_order=True)
    )
    following = pl.col("cost").shift(-1).over("row")
    first = pl.col("cost").first().over("row")
    ranked = by_entity.with_columns(
        rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("row"),
        # How much dearer the best rival is; those behind the first are judged against it, and lose.
        # Of several that cost the same only the first has a margin, which is none: the last of them is no surer.
        margin=pl.when(pl.int_range(pl.len()).over("row") == 0)
        .then((following - pl.col("cost")).fill_null(NO_RIVAL))
        .otherwise(0.0),
        behind=(pl.col("cost") - first),
    ).filter(pl.col("rank") <= 12)
    # The curve was fitted among two thousand names; among a million there are more look-alikes, and the odds fall.
    crowd = max(1.0, index.searched / FITTED_AMONG) ** CROWDING
    sure = score.probability()
    # What another kind of comparison finds may cost less and be worth less: a name of the same script that lacks a letter.
    return (
        ranked.with_columns(score=(sure / (sure + (1.0 - sure) * crowd) * (-pl.col("behind")).exp()).cast(pl.Float64))
        .sort("row", pl.col("score").neg(), "rank")
        .with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("row"))
    )


def _named_otherwise(index: NameIndex, best: pl.DataFrame) -> pl.DataFrame:
    """Rows whose company was found by a name in another script, though it has one in the script asked in: row, otherwise (the doubt).

    By that one it would have been found. Where a store holds a part of all companies only, what sounds like one in another script is mostly
    a company that the store lacks (코아스 sounds like KOGAS, which is 한국가스공사).
    """
    asked = best.filter((pl.col("kind") == "across") & (pl.col("score") >= SURE)).select(
        "row", "entity_id", hangul=pl.col("query_text").str.contains(HANGUL)
    )
    # `POSCO홀딩스` is of both scripts: whoever writes 포스코홀딩스 has found it.
    of_both = pl.col("clean").str.contains(HANGUL) & pl.col("clean").str.contains("[A-Za-z]{2}")
    main = index.table.filter((pl.col("kind") == "primary") & ~of_both).select("name_id", "entity_id", "clean")
    own = main.join(asked.select("entity_id").unique(), on="entity_id", how="semi").with_columns(
        hangul=pl.col("clean").str.contains(HANGUL)
    )
    return (
        asked.join(own, on=["entity_id", "hangul"])
        .sort("row", "name_id")
        .group_by("row", maintain_order=True)
        .agg(
            otherwise=pl.format(
                "found by its name in another script; in this one it is called {}", pl.col("clean").first()
            )
        )
    )


def _settle_alike(index: NameIndex, asked: pl.DataFrame, near: pl.DataFrame) -> pl.DataFrame:
    """`auto` where the best is sure and nothing makes it ambiguous, `review` where a person should look, else `none`."""
    best = near.filter(pl.col("rank") == 1).join(asked.select("row", "key", "clean", "security", "foreign"), on="row")
    # The company found may itself only continue the name: `HD Hyundai` is not HD Hyundai Construction Equipment.
    doubt = ambiguity.doubts(index, best.select("row", "key", "clean", entity_id=pl.lit("")))
    # The eleventh and the twelfth vehicle of one house differ in nothing else.
    numbers = [pl.col(side).str.extract_all("[0-9]+").list.join(" ") for side in ("query_text", "name_text")]
    apart = (numbers[0] != numbers[1]) & (numbers[0] != "") & (numbers[1] != "")
    signed = (pl.col("kind") == "within") & forms.apart_by_sign("clean", "known")
    best = (
        best.join(doubt, on="row", how="left")
        .join(_named_otherwise(index, best), on="row", how="left")
        .with_columns(
            doubt=pl.coalesce(
                pl.when(apart).then(pl.lit("the numbers in the names differ")),
                pl.when(signed).then(pl.lit(forms.APART_BY_SIGN)),
                pl.when(pl.col("foreign") & (pl.col("country") == "KR")).then(pl.lit(ambiguity.FOREIGN)),
                "doubt",
                "otherwise",
                pl.when((pl.col("kind") == "across") & (pl.col("margin") < CLOSE)).then(pl.lit(AS_ALIKE)),
            )
        )
        # However alike: who takes the score for what it is must not take the company for sure.
        .with_columns(
            score=pl.when(pl.col("doubt").is_not_null()).then(pl.min_horizontal("score", 0.5)).otherwise("score")
        )
    )
    sure = (pl.col("score") >= SURE) & pl.col("doubt").is_null()
    return best.select(
        "row",
        entity_id=pl.when(pl.col("score") >= WORTH_A_LOOK).then("entity_id"),
        score="score",
        decision=pl.when(sure)
        .then(pl.lit("auto"))
        .when(pl.col("score") >= WORTH_A_LOOK)
        .then(pl.lit("review"))
        .otherwise(pl.lit("none")),
        security="security",
        reason=pl.when(sure)
        .then(None)
        .when(pl.col("score") < LEAST_SHOWN)
        .then(pl.lit(NOBODY))
        .when(pl.col("score") < WORTH_A_LOOK)
        .then(pl.lit("only names that are somewhat alike"))
        .when(pl.col("doubt").is_not_null())
        .then("doubt")
        .when(pl.col("margin") < 1.0)
        .then(pl.lit(AS_ALIKE))
        .otherwise(pl.lit("the names are alike, but not surely one")),
    )
