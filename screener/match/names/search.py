"""From written names to entities: equal names first, then names that look or sound alike."""

from __future__ import annotations

from typing import Final

import polars as pl

from screener.match.frames import Candidates
from screener.match.names import ambiguity, forms, paper, why
from screener.match.names.ambiguity import SHOWN
from screener.match.names.index import NameIndex
from screener.match.names.prepared import comparable
from screener.match.names.weigh import SURE, WORTH_A_LOOK, distinct, pair_costs, readings, weighed

NAME_MATCHES: Final = pl.DataFrame(
    schema={"row": pl.Int64, "entity_id": pl.String, "score": pl.Float64}
    | dict.fromkeys(("decision", "security", "reason"), pl.String)
)
"""The result of `match_names` for each name: the best entity, its confidence (0–1), the decision, and why."""

LEAST_SHOWN: Final = 0.001
AGREED: Final = 0.3
"""Cost per letter up to which a name counts as one of the company that the identifier gives."""
CLOSE: Final = 0.3
"""Margin up to which two companies are too close to take the cheaper one without review."""
AS_ALIKE: Final = "two companies are about equally similar"
NOBODY: Final = "no company with a similar name"
SOUNDS_FOREIGN: Final = "it only sounds like a company of another country"
HANGUL: Final = r"\p{Hangul}"


def match_names(
    index: NameIndex, named: pl.DataFrame, country: str | None, claimed: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Match names (row, name) against the index: `NAME_MATCHES` for every row, and `frames.Candidates`.

    `claimed` (row, entity_id) has the company of a row's identifiers: a name similar to one of that company's needs no
    search. A name in many rows is matched once.
    """
    if claimed is None:
        claimed = pl.DataFrame(schema={"row": named.schema["row"], "entity_id": pl.String})
    rows = named.join(claimed, on="row", how="left").rename({"entity_id": "claim"})
    once = rows.unique(["name", "claim"], keep="first", maintain_order=True)
    matches, candidates = _matched(
        index, once.select("row", "name"), country, once.select("row", entity_id="claim").drop_nulls()
    )
    same = once.select("name", "claim", first="row")
    copies = rows.join(same, on=["name", "claim"], nulls_equal=True, maintain_order="left").select("row", "first")
    return (
        copies.join(matches, left_on="first", right_on="row", maintain_order="left").drop("first"),
        copies.join(candidates, left_on="first", right_on="row").drop("first").sort("row", "rank"),
    )


def _matched(
    index: NameIndex, named: pl.DataFrame, country: str | None, claimed: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Like `match_names`, for distinct names."""
    asked = _asked(named)
    same = ambiguity.same_names(index, asked, country)
    settled_parts = [ambiguity.settle_same(index, same)]
    # A single character is no name, and its sketch matches everything.
    rest = asked.filter("sought", pl.col("key").str.len_chars() > 1).join(same, on="row", how="anti")
    near = pl.DataFrame()
    if rest.height and claimed.height:
        agreed = _agreed(index, rest, claimed)
        settled_parts.append(agreed)
        rest = rest.join(agreed.select("row"), on="row", how="anti")
    if rest.height:
        near = weighed(index, rest, country)
        settled_parts.append(_settle_fuzzy(index, rest, near))
    settled = pl.concat(settled_parts)
    taken = settled.filter((pl.col("decision") != "none") & (pl.col("score") > 0)).select("row")
    begun = ambiguity.beginnings(index, asked.filter(pl.col("how") == 0).join(taken, on="row", how="anti"))
    proposed = begun.filter(pl.col("rank") == 1).select(
        "row",
        begun_decision="decision",
        begun_reason="reason",
        begun_score=pl.when(pl.col("decision") == "review").then("score"),
    )
    matches = (
        named.select("row")
        .join(settled, on="row", how="left")
        .join(proposed, on="row", how="left")
        .select(
            "row",
            entity_id=pl.when(pl.col("begun_score").is_null()).then("entity_id"),
            score=pl.coalesce("begun_score", "score", pl.lit(0.0)),
            decision=pl.coalesce("begun_decision", "decision", pl.lit("none")),
            security="security",
            reason=pl.coalesce(
                "begun_reason", pl.when(pl.col("decision").is_null()).then(pl.lit(NOBODY)).otherwise("reason")
            ),
        )
    )
    parts = [same, begun]
    if near.height:
        parts.append(why.explained(near.filter((pl.col("rank") <= SHOWN) & (pl.col("score") >= LEAST_SHOWN))))
    # A proposal scores no higher than its row: one of several with the same name must not be shown with a score of 1.
    most = matches.filter(pl.col("decision") == "review").select("row", most="score")
    shown = (
        pl.concat([part.select("row", "entity_id", "score", "why", name="label") for part in parts])
        .with_row_index("place")
        .sort("row", pl.col("score").neg(), "place")
        .unique(["row", "entity_id"], keep="first", maintain_order=True)
        .join(most, on="row", how="left", maintain_order="left")
        .with_columns(
            rank=pl.int_range(1, pl.len() + 1).over("row"), score=pl.min_horizontal("score", "most").cast(pl.Float64)
        )
    )
    schema = Candidates.create_empty().schema
    return matches, shown.select(pl.col(column).cast(kind) for column, kind in schema.items())


def _asked(named: pl.DataFrame) -> pl.DataFrame:
    """Names as written, and without additions (see `paper`): row, clean, core, key, security, foreign, how, sought.

    how: 1 if something was cut off. sought: the form that the search uses, the last of each row.
    """
    clean, name = pl.col("clean"), pl.col("name")
    whole = comparable(named)
    bare, security = paper.company(clean)
    # The last syllable of an unknown name may well belong to it.
    parts = whole.with_columns(name=bare, security=security, sought=~clean.str.contains(r"\p{Hangul}우$"))
    cut = comparable(parts.filter((name != "") & (name != clean)).drop("clean", "core", "key"))
    whole = whole.join(cut.filter("sought"), on="row", how="left").with_columns(
        sought=pl.col("sought").is_null(), security=pl.lit(None, pl.String)
    )
    columns = ("row", "clean", "core", "key", "security", "sought")
    both = pl.concat([whole.select(*columns, how=0), cut.select(*columns, how=1)])
    return both.with_columns(foreign=forms.foreign(clean))


def _agreed(index: NameIndex, asked: pl.DataFrame, claimed: pl.DataFrame) -> pl.DataFrame:
    """Rows whose name is similar to a name of the company of their identifier, as `NAME_MATCHES`."""
    own, nothing = index.table.select("name_id", "entity_id"), pl.lit(None, pl.String)
    once = distinct(asked)
    rows = once.select("number", row="rows").explode("row")
    near = rows.join(claimed, on="row").join(own, on="entity_id")
    cost = pl.col("cost") / pl.col("letters").clip(4, 40)
    near = near.select("number", "name_id", far=pl.lit(False)).unique()
    costs = pair_costs(index, once, readings(once), near)
    return (
        costs.join(rows, on="number")
        .join(own, on="name_id")
        .join(claimed, on=["row", "entity_id"])
        .filter(cost <= AGREED)
        .group_by("row")
        .agg(pl.col("entity_id").first())
        .select("row", "entity_id", score=pl.lit(1.0), decision=pl.lit("auto"), security=nothing, reason=nothing)
    )


def _named_otherwise(index: NameIndex, best: pl.DataFrame) -> pl.DataFrame:
    """Rows found by a name in another script though the company has one in the query's script: row, otherwise (doubt).

    That one should have matched. Where a store has only a part of all companies, a name that sounds like one in another
    script is mostly of a company that the store lacks (코아스 sounds like KOGAS, which is 한국가스공사).
    """
    asked = best.filter((pl.col("kind") == "across") & (pl.col("score") >= SURE)).select(
        "row", "entity_id", hangul=pl.col("query_text").str.contains(HANGUL)
    )
    # `POSCO홀딩스` is in both scripts: 포스코홀딩스 is a match.
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


def _settle_fuzzy(index: NameIndex, asked: pl.DataFrame, near: pl.DataFrame) -> pl.DataFrame:
    """`auto` if the best is certain and unambiguous, `review` if a person should decide, else `none`."""
    best = near.filter(pl.col("rank") == 1).join(
        asked.select("row", "core", "key", "clean", "security", "foreign"), on="row"
    )
    # The company's name may only begin with the query: `HD Hyundai` is not HD Hyundai Construction Equipment.
    doubt = ambiguity.doubts(
        index, best.select("row", "key", "clean", entity_id=pl.lit(""), as_written=False, listed=False, form=pl.lit(""))
    )
    # The eleventh and the twelfth vehicle of one sponsor differ only in their numbers.
    numbers = [pl.col(side).str.extract_all("[0-9]+").list.join(" ") for side in ("query_text", "name_text")]
    apart = (numbers[0] != numbers[1]) & (numbers[0] != "") & (numbers[1] != "")
    signed = (pl.col("kind") == "within") & forms.apart_by_sign()
    in_hangul = pl.col("query_text").str.contains(HANGUL)
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
                # A name in Hangul is mostly of a Korean firm, which the store need not have.
                pl.when((pl.col("kind") == "across") & in_hangul & (pl.col("country") != "KR")).then(
                    pl.lit(SOUNDS_FOREIGN)
                ),
                pl.when((pl.col("kind") == "across") & (pl.col("margin") < CLOSE)).then(pl.lit(AS_ALIKE)),
            )
        )
        # However similar the names: the score must not suggest certainty.
        .with_columns(
            score=pl.when(pl.col("doubt").is_not_null()).then(pl.min_horizontal("score", 0.5)).otherwise("score")
        )
    )
    certain = (pl.col("score") >= SURE) & pl.col("doubt").is_null()
    return best.select(
        "row",
        entity_id=pl.when(pl.col("score") >= WORTH_A_LOOK).then("entity_id"),
        score="score",
        decision=pl.when(certain)
        .then(pl.lit("auto"))
        .when(pl.col("score") >= WORTH_A_LOOK)
        .then(pl.lit("review"))
        .otherwise(pl.lit("none")),
        security="security",
        reason=pl.when(certain)
        .then(None)
        .when(pl.col("score") < LEAST_SHOWN)
        .then(pl.lit(NOBODY))
        .when(pl.col("score") < WORTH_A_LOOK)
        .then(pl.lit("only names with little similarity"))
        .when(pl.col("doubt").is_not_null())
        .then("doubt")
        .when(pl.col("margin") < 1.0)
        .then(pl.lit(AS_ALIKE))
        .otherwise(pl.lit("the names are similar, but a match is not certain")),
    )
