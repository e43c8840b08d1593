"""Computes the cost of each name close to a query, on one scale for all scripts, and the likely companies."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import polars as pl

from screener.match.names import forms, one_script, score
from screener.match.names.index import MANY, NameIndex
from screener.match.names.prepared import phonetic_texts

NEAREST: Final = 60
OF_MANY: Final = 40
"""Names compared with a query; fewer if there are more than `index.MANY`, which mostly consist of the same words."""
WIDER: Final = 120
LIKELY: Final = 0.01
"""Names compared, in a small index, with a query whose best match is at least this likely but not certain."""
BY_SOUND: Final = 10
"""Closest names compared across scripts although the company has a name, easier to find, in the query's script."""
SURE: Final = 0.99
"""Probability from which a similar name is accepted without review; docs/names.md has its costs and benefits."""
WORTH_A_LOOK: Final = 0.10
TOGETHER: Final = 2_000
"""Distinct queries weighed together; limits the memory."""
FITTED_AMONG: Final = 2_000
CROWDING: Final = 0.25
"""Power with which the odds of a match fall with more names than in the fit; set by the bulk benchmark."""
NO_RIVAL: Final = 4.0
"""Margin if there is no rival: a small store must not make a match more certain."""
ABROAD: Final = 3.0
FORMER: Final = 1.5
"""Domestic and current names are preferred: abroad costs a word, a former name half of one."""
FORM_LOST: Final = 1.5
"""Cost of a company form that mostly belongs to the name (`forms.form_within`), if the other name has none."""
SIGN_LOST: Final = 1.0
"""Cost of a sign between letters (`forms.JOINED`) that the Hangul name lacks."""
ARTICLE_LOST: Final = 1.5
"""Cost of an article that begins the query but not the Hangul name."""
LETTER_UNSAID: Final = 0.5
"""Cost of a single letter in a Latin name that the Hangul one does not spell by its name."""
WRITTEN_FORM: Final = "코프|코퍼|코포|컴퍼|컴파|콤파|캄파|피엘씨"
"""How company forms begin in Hangul."""
HANGUL: Final = r"\p{Hangul}"
RANKED: Final = 12


def distinct(asked: pl.DataFrame) -> pl.DataFrame:
    """Distinct queries of (row, core, clean), each compared once: number, rows, core, formed, within, article.

    joined: letters that a sign joins, separated (`l f` of L&F); alone: an expression for the single first letter.
    """
    clean = pl.col("clean")
    query = asked.lazy().with_columns(
        formed=forms.core_with_form(clean), within=forms.form_within(clean), article=clean.str.contains(forms.ARTICLE)
    )
    once = query.group_by("core", "formed", "within", "article", maintain_order=True).agg(rows=pl.col("row")).collect()
    core = pl.col("core")
    return once.with_columns(
        number=pl.int_range(pl.len(), dtype=pl.Int64),
        joined=pl.concat_str(
            [core.str.extract(forms.JOINED, side) for side in (1, 2)], separator=" "
        ).str.to_lowercase(),
        alone=core.str.extract(r"^([A-Z]) [A-Z]{2}").replace_strict(
            _letter_names(), default=None, return_dtype=pl.String
        ),
    )


def readings(once: pl.DataFrame) -> pl.DataFrame:
    """number, text (`phonetic` form), only: readings of the queries of `distinct`, and which names each is for.

    Names with the article (`THE CODI`, 더코디) are compared with it, names that write out a company form (지디코프,
    한국앤컴퍼니) with the form.
    """
    texts = phonetic_texts(once.select("number", "core")).with_columns(only=pl.lit(""))
    article = texts.join(once.filter("article"), on="number", how="semi")
    formed = phonetic_texts(once.drop_nulls("formed").select("number", core="formed"))
    return pl.concat(
        [
            texts,
            article.with_columns(text="the " + pl.col("text"), only=pl.lit("the")),
            formed.with_columns(only=pl.lit("form")),
        ]
    )


def pair_costs(index: NameIndex, once: pl.DataFrame, asked: pl.DataFrame, near: pl.DataFrame) -> pl.DataFrame:
    """Cost of each pair of texts of a query of `distinct` and of a name close to it.

    asked: `readings` of the queries. near: number, name_id, far (not compared across scripts if the company has a
    name in the query's script). Returns number, name_id, cost, across (two scripts, or one), letters, query_text,
    name_text, t and n (their order).
    """
    names = index.texts.join(near, on="name_id", how="semi").join(index.scripts, on="name_id")
    texts, text = pl.concat([asked["text"], names["text"]]).unique().sort(), pl.col("text")
    # From here on a text is given by its place in these.
    placed = pl.DataFrame({"text": texts}).with_columns(
        place=pl.int_range(pl.len(), dtype=pl.Int64), hangul=text.str.contains(HANGUL)
    )
    heard = asked.join(placed.select("text", t="place", asked_in_hangul="hangul"), on="text")
    placed = placed.with_columns(the=text.str.starts_with("더"), form=text.str.contains(WRITTEN_FORM))
    known = names.join(placed.rename({"place": "n"}), on="text").rename({"text": "name_text"})
    only, across = pl.col("only"), pl.col("hangul") != pl.col("asked_in_hangul")
    easier = pl.when("asked_in_hangul").then("in_hangul").otherwise("in_latin")
    pairs = (
        near.join(heard.rename({"text": "query_text"}), on="number")
        .join(known, on="name_id")
        .filter(pl.when(only == "the").then("the").when(only == "form").then("form").otherwise(pl.lit(True)))
        .filter(~(across & pl.col("far") & easier))
        .with_columns(across=across)
    )
    t, n, in_hangul, two = (pairs[column].to_numpy() for column in ("t", "n", "asked_in_hangul", "across"))
    cost, letters = np.zeros(len(t), dtype=np.float32), np.zeros(len(t), dtype=np.int64)
    ko, la = np.where(in_hangul, t, n), np.where(in_hangul, n, t)
    cost[two], letters[two] = score.across_scripts(texts, ko[two], la[two])
    cost[~two], letters[~two] = one_script.costs(texts, t[~two], n[~two])
    return (
        pairs.with_columns(cost=cost, letters=letters)
        .join(once.drop("rows", "formed"), on="number", maintain_order="left")
        .with_columns(cost=pl.col("cost") + pl.when(only == "form").then(0.0).otherwise(_price()).cast(pl.Float32))
        .select("number", "name_id", "cost", "across", "letters", "query_text", "name_text", "t", "n")
    )


def _price() -> pl.Expr:
    """The cost of parts of the query that the name lacks: a form, an article, a sign, a letter."""
    name, hangul, joined = pl.col("name_text"), pl.col("hangul"), pl.col("joined").is_not_null()
    unsaid = joined & hangul & ~name.str.contains("앤|엔|엠퍼")
    # 앤 is an n or a sign: a query without either does not mean it.
    unmeant = pl.col("core").str.contains("^[A-MO-Z0-9 ]+$") & name.str.contains("앤|엔")
    # `L&F` is written as two separate letters; LF is not such a name.
    together = joined & ~hangul & ~name.str.contains(pl.col("joined"), literal=True)
    lost = [
        (ARTICLE_LOST, pl.col("article") & hangul & ~pl.col("the")),
        (FORM_LOST, pl.col("within") & hangul),
        (SIGN_LOST, unsaid | unmeant),
        (2 * SIGN_LOST, together),
        # A letter that begins the query is spelled by its name (`S Connect` is 에스코넥, not 스코넥).
        (LETTER_UNSAID, hangul & ~name.str.contains(pl.col("alone"))),
    ]
    return pl.sum_horizontal(pl.when(what).then(price).otherwise(0.0) for price, what in lost)


@cache
def _letter_names() -> dict[str, str]:
    """Each letter and a regular expression for it in a Hangul name: its names, or itself."""
    letters = forms.lexicon("letters").filter(pl.col("en").str.contains("^[a-z]$"))
    names = letters.group_by("en").agg(pl.col("ko").str.join("|"))
    return {letter.upper(): f"{said}|{letter}" for letter, said in names.iter_rows()}


def weighed(index: NameIndex, asked: pl.DataFrame, country: str | None) -> pl.DataFrame:
    """Entities with a similar name for queries (row, core, clean), best first.

    Returns row, rank, entity_id, label, country, score, margin, kind (`across` scripts or `within` one), cost, letters,
    query_text, name_text, known.
    """
    every, small = distinct(asked), index.searched <= MANY
    score, first = pl.col("score"), pl.col("rank") == 1
    found = []
    for once in every.iter_slices(TOGETHER):
        texts = readings(once)
        near = index.nearest(texts.filter(pl.col("only") == ""), WIDER if small else OF_MANY)
        place = pl.int_range(pl.len()).over("number")
        hangul = texts.filter(pl.col("text").str.contains(HANGUL) & small)["number"].implode()
        near = near.with_columns(far=place >= BY_SOUND, wider=place >= NEAREST, heard=pl.col("number").is_in(hangul))
        costs = pair_costs(index, once, texts, near.filter(~pl.col("wider")))
        best = ranked(index, costs, country)
        unsure = best.filter(first, score < SURE).select("number", likely=score >= LIKELY)
        further = near.filter("far").join(unsure, on="number")
        further = further.filter(pl.when("wider").then("likely").otherwise("heard")).with_columns(far=~pl.col("heard"))
        if further.height:
            again = further.select("number").unique()
            costs = pl.concat([costs.join(again, on="number", how="semi"), pair_costs(index, once, texts, further)])
            best = pl.concat([best.join(again, on="number", how="anti"), ranked(index, costs, country)])
        found.append(best)
    rows = every.select("number", row="rows").explode("row")
    return rows.join(pl.concat(found), on="number").drop("number").sort("row", "rank")


def ranked(index: NameIndex, costs: pl.DataFrame, country: str | None) -> pl.DataFrame:
    """Like `weighed`, by number, from `pair_costs`."""
    known = index.table.select(
        "name_id", "entity_id", "label", "country", known="clean", known_core="core", name_kind="kind"
    )
    abroad = (pl.col("country") != country).fill_null(True) if country else pl.lit(False)
    former = pl.col("name_kind") == "former"
    by_entity = (
        costs.join(known, on="name_id")
        .with_columns(
            cost=pl.col("cost")
            + pl.when(abroad).then(ABROAD).otherwise(0.0)
            + pl.when(former).then(FORMER).otherwise(0.0)
        )
        # Among texts and names of equal cost, the first in the order of names, then of texts.
        .sort("number", "cost", "entity_id", "name_id", ~pl.col("across"), "t", "n")
        .unique(["number", "entity_id"], keep="first", maintain_order=True)
        .filter(pl.int_range(pl.len()).over("number") <= RANKED)
    )
    place, cost = pl.int_range(pl.len(), dtype=pl.Int64), pl.col("cost")
    # The additional cost of the best rival. Candidates after the first are compared with it, and lose.
    # Of several at equal cost only the first has a margin, which is 0: the last must not seem more certain.
    margin = pl.when(place == 0).then((cost.shift(-1) - cost).fill_null(NO_RIVAL)).otherwise(0.0)
    placed = by_entity.with_columns(
        rank=(place + 1).over("number"),
        margin=margin.over("number"),
        behind=(cost - cost.first()).over("number"),
        kind=pl.when("across").then(pl.lit("across")).otherwise(pl.lit("within")),
    ).filter(pl.col("rank") <= RANKED)
    # The curve was fitted on two thousand names; among a million there are more similar ones, and the odds fall.
    crowd = max(1.0, index.searched / FITTED_AMONG) ** CROWDING
    base = score.probability()
    # Another kind of comparison may cost less but prove less: a name of the same script that lacks a letter.
    return (
        placed.with_columns(score=(base / (base + (1.0 - base) * crowd) * (-pl.col("behind")).exp()).cast(pl.Float64))
        .sort("number", pl.col("score").neg(), "rank")
        .with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("number"))
    )
