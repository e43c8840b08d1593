"""What each name near a query costs, in one currency for all scripts, and which companies that makes likely."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import polars as pl

from screener.match.names import forms, score, words
from screener.match.names.index import MANY, NameIndex
from screener.match.names.one_script import OneScript, cut_off, spelled_out
from screener.match.names.prepared import phonetic_texts
from screener.match.names.sound import Flags, Floats, Ints

NEAREST: Final = 60
OF_MANY: Final = 40
"""Names compared with a query; fewer where there are more than `index.MANY`, most of them made of the same words."""
WIDER: Final = 120
LIKELY: Final = 0.01
"""Names compared with a query whose best nearby name is this likely but not sure, where the index is small."""
BY_SOUND: Final = 12
"""Nearest names compared across scripts although the company has a name, easier to find, in the script asked in."""
SURE: Final = 0.99
"""Probability from which a name alike is taken without a person; see docs/names.md for what it costs and brings."""
WORTH_A_LOOK: Final = 0.10
TOGETHER: Final = 4_000
"""Distinct queries that are weighed together: bounds the memory."""
FITTED_AMONG: Final = 2_000
CROWDING: Final = 0.25
"""Power with which the odds of a match fall as names grow more than those of the fit; set by the bulk benchmark."""
NO_RIVAL: Final = 4.0
"""Margin where nothing else is near: that a store is small does not make a name surer."""
ABROAD: Final = 3.0
FORMER: Final = 1.5
"""Home and present names are meant first: abroad costs a word, a former name half of one."""
FORM_LOST: Final = 1.5
"""Cost of a company form that mostly belongs to the name (`forms.form_within`), where the other name has none."""
SIGN_LOST: Final = 1.0
"""Cost of a sign between letters (`forms.JOINED`), where the Hangul name says nothing of it."""
ARTICLE_LOST: Final = 1.5
"""Cost of an article that the query opens with and the Hangul name does not."""
LETTER_UNSAID: Final = 0.5
"""Cost of a letter that stands alone in a Latin name and is not read by its name in the Hangul one."""
WRITTEN_FORM: Final = "코프|코퍼|코포|컴퍼|컴파|콤파|캄파|피엘씨"
"""How company forms begin in Hangul."""
HANGUL: Final = r"\p{Hangul}"
RANKED: Final = 12

_ANY, _WITH_ARTICLE, _WITH_FORM = 0, 1, 2
_PAIRS: Final = {"q": pl.Int64, "name_id": pl.Int64, "cost": pl.Float32, "across": pl.Boolean, "letters": pl.Int64}


def distinct(asked: pl.DataFrame) -> pl.DataFrame:
    """Queries (row, core, clean) of which none is compared twice: q, rows, core, formed, within, article."""
    clean = pl.col("clean")
    query = asked.with_columns(
        formed=forms.core_with_form(clean),
        within=forms.form_within(clean).fill_null(False),
        article=clean.str.contains(forms.ARTICLE).fill_null(False),
    )
    once = query.group_by("core", "formed", "within", "article", maintain_order=True).agg(rows=pl.col("row"))
    return once.with_row_index("q").with_columns(pl.col("q").cast(pl.Int64))


def readings(once: pl.DataFrame) -> pl.DataFrame:
    """q, text (`phonetic` form), only: readings of the queries of `distinct`, and which names each is for.

    Names that say the article (`THE CODI`, 더코디) are compared with it, names that write a company form out (지디코프,
    한국앤컴퍼니) with the form.
    """
    texts = phonetic_texts(once.select("q", "core"))
    article = texts.join(once.filter("article").select("q"), on="q", how="semi")
    formed = phonetic_texts(once.drop_nulls("formed").select("q", core="formed"))
    parts = [
        texts.with_columns(only=pl.lit(_ANY)),
        article.with_columns(text="the " + pl.col("text"), only=pl.lit(_WITH_ARTICLE)),
        formed.with_columns(only=pl.lit(_WITH_FORM)),
    ]
    return pl.concat([part.select("q", "text", "only") for part in parts])


def pair_costs(index: NameIndex, once: pl.DataFrame, asked: pl.DataFrame, near: pl.DataFrame) -> pl.DataFrame:
    """Cheapest pair of texts for each query of `distinct` and each of the names near it.

    asked: `readings` of the queries. near: q, name_id, far (not compared across scripts where the company has a name in
    the script asked in). Gives q, name_id, cost, across (two scripts, or one), letters, query_text, name_text.
    """
    # Texts by number, in their order: from here on a pair is two numbers.
    names = index.texts.join(near.select("name_id").unique(), on="name_id", how="semi")
    heard, known = asked["text"].unique().sort(), names["text"].unique().sort()
    asked = asked.with_columns(t=asked["text"].replace_strict(heard, np.arange(len(heard)), return_dtype=pl.Int64))
    names = names.with_columns(n=names["text"].replace_strict(known, np.arange(len(known)), return_dtype=pl.Int64))
    signs = _signs(known)
    pairs = near.join(asked.select("q", "t", "only"), on="q").join(names.select("name_id", "n"), on="name_id")
    if pairs.height == 0:
        return pl.DataFrame(schema=_PAIRS | {"query_text": pl.String, "name_text": pl.String})
    q, name_id, t, n, only, far = (pairs[column].to_numpy() for column in ("q", "name_id", "t", "n", "only", "far"))
    the, formed = signs["the"].to_numpy(), signs["formed"].to_numpy()
    hangul, name_hangul = heard.str.contains(HANGUL).to_numpy(), signs["hangul"].to_numpy()
    across = hangul[t] != name_hangul[n]
    meant = (only == _ANY) | ((only == _WITH_ARTICLE) & the[n]) | ((only == _WITH_FORM) & formed[n])
    meant &= ~(across & far & index.has_script[hangul[t].astype(np.int64), name_id])
    q, name_id, t, n, only, across = (x[meant] for x in (q, name_id, t, n, only, across))
    cost, letters = np.zeros(len(q), dtype=np.float32), np.zeros(len(q), dtype=np.int64)
    by_sound, by_letter = np.flatnonzero(across), np.flatnonzero(~across)
    cost[by_sound], letters[by_sound] = _across(heard, known, t[by_sound], n[by_sound], hangul)
    cost[by_letter], letters[by_letter] = _within(heard, known, t[by_letter], n[by_letter])
    cost += np.where(
        only == _WITH_FORM, np.float32(0), _price(once, signs, known, np.searchsorted(once["q"].to_numpy(), q), n)
    )
    # The cheapest of each query and name; of like ones the first in the order of texts.
    order = np.lexsort((n, t, ~across, cost, name_id, q))
    q, name_id = q[order], name_id[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (q[1:] != q[:-1]) | (name_id[1:] != name_id[:-1])
    best = order[first]
    found = pl.DataFrame(
        {
            "q": q[first],
            "name_id": name_id[first],
            "cost": cost[best],
            "across": across[best],
            "letters": letters[best],
        },
        schema=_PAIRS,
    )
    return found.with_columns(query_text=heard.gather(t[best]), name_text=known.gather(n[best]))


def _signs(names: pl.Series) -> pl.DataFrame:
    """What names have that a query may lack: hangul, the (article), formed (form spelled out), sign (앤/엔), ampere."""
    name = pl.col("name")
    return pl.DataFrame({"name": names}).select(
        hangul=name.str.contains(HANGUL),
        the=name.str.starts_with("더"),
        formed=name.str.contains(WRITTEN_FORM),
        sign=name.str.contains("앤|엔"),
        ampere=name.str.contains("엠퍼"),
    )


def _across(heard: pl.Series, known: pl.Series, t: Ints, n: Ints, hangul: Flags) -> tuple[Floats, Ints]:
    """Cost of each pair of texts in two scripts, and letters of the Latin side."""
    if not len(t):
        return np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int64)
    both = pl.concat([heard, known])
    korean, ko = np.unique(np.where(hangul[t], t, len(heard) + n), return_inverse=True)
    latin, la = np.unique(np.where(hangul[t], len(heard) + n, t), return_inverse=True)
    side = words.LatinSide.of(both.gather(latin))
    cost = score.across_scripts(words.KoreanSide.of(both.gather(korean)), side, ko, la)
    return cost, side.rows.length[la]


def _within(heard: pl.Series, known: pl.Series, t: Ints, n: Ints) -> tuple[Floats, Ints]:
    """Cost of each pair of texts in one script, and letters of its shorter side."""
    if not len(t):
        return np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int64)
    own, left = np.unique(t, return_inverse=True)
    other, right = np.unique(n, return_inverse=True)
    right = right + len(own)
    written = pl.concat([heard.gather(own), known.gather(other)])
    texts = OneScript.of(pl.DataFrame({"x": written}).select(spelled_out(pl.col("x"))).to_series())
    cost = np.minimum(texts.costs(left, right), cut_off(written, left, right))
    size = written.str.len_chars().to_numpy()
    # A trade word that only one side spells right is no trade word of the pair.
    letters = np.maximum(texts.own_letters(left), texts.own_letters(right))
    letters = np.minimum(np.minimum(letters, size[left]), size[right])
    return cost, np.asarray(letters * np.where(texts.hangul[left], 2, 1))


def _price(once: pl.DataFrame, signs: pl.DataFrame, known: pl.Series, q: Ints, n: Ints) -> Floats:
    """For each pair of a row of `once` and a text, the price of what the texts lost: forms, articles, signs, …"""
    core = pl.col("core")
    query = once.select(
        "within",
        "article",
        joined=pl.concat_str(
            [core.str.extract(forms.JOINED, side) for side in (1, 2)], separator=" "
        ).str.to_lowercase(),
        # 앤 is an n or a sign: a name without both does not mean it.
        unmeant=core.str.contains("^[A-MO-Z0-9 ]+$"),
        alone=core.str.extract(r"^([A-Z]) [A-Z]{2}").replace_strict(
            list(_letter_names()), list(_letter_names().values()), default=None, return_dtype=pl.String
        ),
    )
    within, article, unmeant = (query[column].to_numpy()[q] for column in ("within", "article", "unmeant"))
    joined, alone = query["joined"].is_not_null().to_numpy()[q], query["alone"].is_not_null().to_numpy()[q]
    hangul, the, sign, ampere = (signs[column].to_numpy()[n] for column in ("hangul", "the", "sign", "ampere"))
    unsaid = joined & hangul & ~sign & ~ampere
    price = (
        ARTICLE_LOST * (article & hangul & ~the)
        + FORM_LOST * (within & hangul)
        + SIGN_LOST * (unsaid | (sign & unmeant))
    )

    def lacks(pairs: Ints, what: str, literal: bool) -> Ints:
        texts = pl.DataFrame({"name": known.gather(n[pairs]), "what": query[what].gather(q[pairs])})
        there: Flags = texts.select(pl.col("name").str.contains(pl.col("what"), literal=literal)).to_series().to_numpy()
        return np.asarray(pairs[~there])

    # `L&F` is written as two letters apart; LF is no such name.
    price[lacks(np.flatnonzero(joined & ~hangul), "joined", True)] += 2 * SIGN_LOST
    # A letter that opens the query is said by its name (`S Connect` is 에스코넥, not 스코넥).
    price[lacks(np.flatnonzero(alone & hangul), "alone", False)] += LETTER_UNSAID
    return np.asarray(price, dtype=np.float32)


@cache
def _letter_names() -> dict[str, str]:
    """Each letter and a regular expression of what says it in a Hangul name: its names, or itself."""
    said: dict[str, list[str]] = {}
    for row in forms.read_lexicon("letters"):
        if len(row["en"]) == 1 and row["en"].isalpha():
            said.setdefault(row["en"], []).append(row["ko"])
    return {letter.upper(): "|".join([*names, letter]) for letter, names in said.items()}


def weighed(index: NameIndex, asked: pl.DataFrame, country: str | None) -> pl.DataFrame:
    """Entities with a like name for queries (row, core, clean), best first.

    Gives row, rank, entity_id, label, country, score, margin, kind (`across` scripts or `within` one), cost, letters,
    query_text, name_text, known.
    """
    every, small = distinct(asked), index.searched <= MANY
    likely = pl.col("score").is_between(LIKELY, SURE, closed="left") & (pl.col("rank") == 1)
    found = []
    for once in every.iter_slices(TOGETHER):
        texts = readings(once)
        plain = texts.filter(pl.col("only") == _ANY).select(row="q", text="text")
        near = index.nearest(plain, WIDER if small else OF_MANY).select(q="row", name_id="name_id")
        place = pl.int_range(pl.len()).over("q")
        near = near.with_columns(far=place >= BY_SOUND, wider=place >= NEAREST)
        costs = pair_costs(index, once, texts, near.filter(~pl.col("wider")))
        best = ranked(index, costs, country)
        again = best.filter(likely).select("q")
        wider = near.filter("wider").join(again, on="q", how="semi")
        if wider.height:
            more = pair_costs(index, once, texts, wider)
            costs = pl.concat([costs.join(again, on="q", how="semi"), more])
            best = pl.concat([best.join(again, on="q", how="anti"), ranked(index, costs, country)])
        found.append(best)
    rows = every.select("q", row="rows").explode("row")
    return rows.join(pl.concat(found), on="q").drop("q").sort("row", "rank")


def ranked(index: NameIndex, costs: pl.DataFrame, country: str | None) -> pl.DataFrame:
    """As `weighed`, by q, of `pair_costs`."""
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
        .sort("q", "cost", "entity_id", "name_id")
        .unique(["q", "entity_id"], keep="first", maintain_order=True)
    )
    following, first = pl.col("cost").shift(-1).over("q"), pl.col("cost").first().over("q")
    place = pl.int_range(pl.len(), dtype=pl.Int64).over("q")
    placed = by_entity.with_columns(
        rank=place + 1,
        # How much dearer the best rival is; those behind the first are judged against it, and lose.
        # Of several that cost the same only the first has a margin, which is none: the last of them is no surer.
        margin=pl.when(place == 0).then((following - pl.col("cost")).fill_null(NO_RIVAL)).otherwise(0.0),
        behind=(pl.col("cost") - first),
        kind=pl.when("across").then(pl.lit("across")).otherwise(pl.lit("within")),
    ).filter(pl.col("rank") <= RANKED)
    # The curve was fitted among two thousand names; among a million there are more look-alikes, and the odds fall.
    crowd = max(1.0, index.searched / FITTED_AMONG) ** CROWDING
    sure = score.probability()
    # Another kind of comparison may cost less and be worth less: a name of the same script that lacks a letter.
    return (
        placed.with_columns(score=(sure / (sure + (1.0 - sure) * crowd) * (-pl.col("behind")).exp()).cast(pl.Float64))
        .sort("q", pl.col("score").neg(), "rank")
        .with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("q"))
    )
