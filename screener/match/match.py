"""Resolve portfolio lines, list entries and supplier names to entities: identifiers first, then names, with reasons."""

from dataclasses import replace
from typing import Final

import dataframely as dy
import duckdb
import polars as pl

from screener.files import sql
from screener.match import identify, remembered
from screener.match.frames import ID_COLUMNS, ByName, Candidates, Matches, Resolution, completed
from screener.match.names.index import NameIndex
from screener.match.names.search import NAME_MATCHES, match_names

_WORDS: Final = {
    "isin": "ISIN",
    "stock_code": "stock code",
    "dart": "DART corp code",
    "lei": "LEI",
    "brn": "business registration number",
    "crn": "corporate registration number",
}
_WRITTEN: Final = pl.format("{} {}", pl.col("matched_by").replace_strict(_WORDS, default=None), "value")

_EASTERN: Final = r"[^(/\[|]*[\p{Hangul}\p{Han}\p{Hiragana}\p{Katakana}][^(/\[|]*?"
_LATIN: Final = r"[A-Za-z0-9][^(/\[|\p{Hangul}\p{Han}\p{Hiragana}\p{Katakana}]*?"
# A name in two scripts, in two of four groups: `기아(Kia Corp)`, `Kia / 기아`.
_TWICE: Final = rf"^({_EASTERN})\s*[(/\[|]\s*({_LATIN})\s*[)\]]?$|^({_LATIN})\s*[(/\[|]\s*({_EASTERN})\s*[)\]]?$"


def resolve(
    con: duckdb.DuckDBPyConnection, queries: pl.DataFrame, *, country: str | None = "KR", index: NameIndex | None = None
) -> Resolution:
    """Resolve each query to an entity of the tables `entity`, `identifier` and `entity_name`, by `decision` if one is.

    Args:
        con: an open connection with those tables (or views); only read.
        queries: `frames.Queries`; missing columns count as empty, `row` is unique.
        country: where a name fits several companies, those of this country (ISO 3166-1 alpha-2) are meant; None for
            lists and suppliers, which may be anywhere.
        index: prepared names (see `NameIndex`); by default built from the connection when needed.

    Returns:
        `Resolution` with `frames.Matches`, one row a query sorted by row, `frames.Candidates` and `frames.ByName`.

    Precedence: an identifier with a correct check digit, then a name. Identifiers of different companies, and an
    identifier whose company is not the one that the name certainly means, give `review` and name both. A merged company
    (`successor_id`) resolves to its successor, and the reason says so: a holder of the old shares holds the new
    company. A person's earlier decision on the same query precedes all of these.
    """
    asked = completed(queries)
    found = identify.numbers(asked)
    owners, earlier = identify.owners(con, found), remembered.earlier(con, asked)
    known = owners.select(*identify.NUMBER, known=True).unique()
    found = found.join(known, on=identify.NUMBER, how="left", maintain_order="left")
    found = found.filter(pl.col("known") | (pl.col("column") != identify.IN_NAME))
    numbered = _by_number(found, owners, _companies(con, owners["entity_id"]))
    # A name that only repeats the identifier has been read already.
    named = asked.select("row", "name").drop_nulls("name")
    named = named.join(found.filter(pl.col("column") == "name").select("row"), on="row", how="anti")
    if named.height:
        index = index or NameIndex.about(con, named["name"], country)
        claimed = numbered.filter(pl.col("number_id").is_not_null() & pl.col("disagree").is_null())
        results, candidates = match_names(index, named, country, claimed.select("row", entity_id="number_id"))
        results, candidates = _in_two_scripts(index, named, results, candidates, country)
    else:
        results, candidates = NAME_MATCHES.clear(), Candidates.create_empty()
    companies = _companies(con, pl.concat([owners["entity_id"], results["entity_id"], earlier["decided_id"]]))
    return _decided(earlier, _merged(asked, numbered, results, candidates, companies), companies)


def _in_two_scripts(
    index: NameIndex, named: pl.DataFrame, results: pl.DataFrame, candidates: pl.DataFrame, country: str | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Results and candidates, where a name in two scripts (`기아(Kia Corp)`) is found if both mean one company."""
    unsure = named.join(results.filter(pl.col("decision") != "auto"), on="row", how="semi")
    forms = pl.concat_list(pl.col("name").str.extract(_TWICE, group) for group in range(1, 5)).list.drop_nulls()
    both = unsure.filter(pl.col("name").str.contains(_TWICE)).select(of="row", name=forms).explode("name")
    if both.is_empty():
        return results, candidates
    both = both.with_row_index("row").cast({"row": pl.Int64})
    again = match_names(index, both.select("row", "name"), country)
    agree = (pl.col("decision") == "auto").all() & (pl.col("entity_id").n_unique() == 1)
    first = again[0].join(both, on="row").filter(agree.over("of")).group_by("of").agg(pl.col("row").min())
    kept, new = (
        [frame.join(first, left_on="row", right_on="of", how="anti") for frame in (results, candidates)],
        [frame.join(first, on="row").with_columns(row="of").drop("of") for frame in again],
    )
    return pl.concat([kept[0], new[0]]).sort("row"), pl.concat([kept[1], new[1]]).sort("row", "rank")


def starting_with(con: duckdb.DuckDBPyConnection, written: str) -> list[tuple[str, str]]:
    """The largest Korean companies whose names start as written: entity id and name; at least two letters."""
    letters = "".join(sign for sign in written.lower() if sign.isalnum())
    if len(letters) < 2:
        return []
    return con.execute(sql(__file__, "starting_with.sql"), {"written": letters}).fetchall()


def _companies(con: duckdb.DuckDBPyConnection, asked: pl.Series) -> pl.DataFrame:
    """These entities and their successors, as companies.sql describes them."""
    ids = asked.drop_nulls().unique().sort().to_list()
    return pl.DataFrame(con.sql(sql(__file__, "companies.sql"), params={"ids": ids})).cast(pl.String)


def _by_number(found: pl.DataFrame, owners: pl.DataFrame, companies: pl.DataFrame) -> pl.DataFrame:
    """The result of each row's identifiers.

    row, number_id (the one company, null when they disagree or are unknown), said_id (before succession), matched_by,
    value, security, disagree (sentence), problems (sentence), unknown (sentence), foreign (has a valid foreign ISIN).
    """
    order = pl.col("matched_by").cast(pl.Enum(ID_COLUMNS))
    others = pl.format("{} is {}", _WRITTEN, "label").unique(maintain_order=True).str.join(", ")
    leads = (
        owners.join(companies, on="entity_id")
        .sort("row", order, "value", "entity_id")
        .group_by("row", maintain_order=True)
        .agg(
            pl.col("matched_by", "value", "ended").first(),
            number_id=pl.col("final_id").first(),
            said_id=pl.col("entity_id").first(),
            said=pl.col("label").first(),
            # Any identifier of a share decides which share it is: an ISIN before a stock code.
            security=pl.col("security").drop_nulls().first(),
            disagree=pl.when(pl.col("final_id").n_unique() > 1).then(pl.format("the numbers disagree: {}", others)),
        )
    )
    valid, is_foreign = pl.col("problem").is_null(), ~pl.col("value").str.starts_with("KR")
    sentences = (
        found.filter(pl.col("known").is_null())
        .sort("row", order, "value")
        .group_by("row", maintain_order=True)
        .agg(
            problems=pl.col("problem").drop_nulls().str.join("; ").replace("", None),
            unknown=_WRITTEN.filter(valid).str.join(" and ").replace("", None),
            foreign=((pl.col("matched_by") == "isin") & valid & is_foreign).any(),
        )
    )
    return leads.join(sentences, on="row", how="full", coalesce=True)


def _merged(
    asked: pl.DataFrame,
    numbered: pl.DataFrame,
    results: pl.DataFrame,
    candidates: pl.DataFrame,
    companies: pl.DataFrame,
) -> Resolution:
    """Weigh the identifiers against the name."""
    by_name = results.rename(lambda column: column if column == "row" else f"name_{column}")
    labels = companies.select(
        name_entity_id="entity_id", name_final="final_id", name_label="label", name_delisted="delisted"
    )
    lines = (
        asked.select("row", "name")
        .join(numbered, on="row", how="left")
        .join(by_name, on="row", how="left")
        .join(labels, on="name_entity_id", how="left")
        .join(companies.select(number_id="entity_id", final_label="label"), on="number_id", how="left")
        .join(companies.select(name_final="entity_id", name_final_label="label"), on="name_final", how="left")
        .sort("row")
    )
    has_number = pl.col("number_id").is_not_null()
    name_is_sure = (pl.col("name_decision") == "auto").fill_null(False)
    name_is_likely = pl.col("name_decision").is_in(["auto", "review"])
    name_has_merged = pl.col("name_final") != pl.col("name_entity_id")
    agree = has_number & pl.col("disagree").is_null()
    clash = agree & name_is_sure & (pl.col("name_final") != pl.col("number_id"))
    by_number = agree & ~clash
    wrong = pl.col("problems").is_not_null()
    # A valid identifier of a foreign security is not a Korean company, however similar the names are.
    foreign = pl.col("foreign").fill_null(False)
    auto_by_number = by_number & ~wrong
    auto_by_name = ~has_number & name_is_sure & ~wrong & ~foreign
    merged = "merged: {} is now part of {}"
    given_up = pl.format("the number was given up on {}", pl.col("ended").cast(pl.String))
    reasons = [
        pl.col("disagree"),
        pl.when(clash).then(pl.format("{} is {}, but the name means {}", _WRITTEN, "said", "name_label")),
        pl.when(by_number & (pl.col("said_id") != pl.col("number_id"))).then(pl.format(merged, "said", "final_label")),
        pl.when(by_number & (pl.col("said_id") == pl.col("number_id"))).then(given_up),
        pl.col("problems"),
        pl.when(~has_number).then(pl.format("{} is not in the store", "unknown")),
        pl.when(~has_number & foreign).then(pl.lit("its security is from another country")),
        pl.when(~has_number & name_has_merged).then(pl.format(merged, "name_label", "name_final_label")),
        pl.when(~has_number).then(pl.col("name_reason")),
        pl.when(auto_by_name & ~name_has_merged).then(pl.format("delisted on {}", "name_delisted")),
        pl.when(~has_number & pl.col("name").is_null() & pl.col("unknown").is_null() & ~wrong).then(
            pl.lit("the row is empty")
        ),
    ]
    matches = lines.select(
        "row",
        entity_id=pl.when(auto_by_number).then("number_id").when(auto_by_name).then("name_final"),
        matched_by=pl.when(has_number).then("matched_by").when(name_is_likely).then(pl.lit("name")),
        score=pl.when(by_number).then(1.0).when(has_number).then(0.5).otherwise(pl.col("name_score").fill_null(0.0)),
        decision=pl.when(auto_by_number | auto_by_name)
        .then(pl.lit("auto"))
        .when(has_number | name_is_likely)
        .then(pl.lit("review"))
        .otherwise(pl.lit("none")),
        security=pl.coalesce("security", "name_security"),
        reason=pl.concat_str(reasons, separator="; ", ignore_nulls=True).replace("", None),
    )
    numbers = lines.drop_nulls("number_id").select("row", entity_id="number_id", name="final_label", why=_WRITTEN)
    means = lines.filter(name_is_sure).select("row", means="name_final")
    return Resolution(
        matches=Matches.validate(matches, cast=True),
        candidates=_preceded(numbers, candidates),
        by_name=ByName.validate(candidates.join(means, on="row", how="left"), cast=True),
    )


def _decided(earlier: pl.DataFrame, resolution: Resolution, companies: pl.DataFrame) -> Resolution:
    """Let people's decisions on the same queries precede the computed results."""
    if earlier.height == 0:
        return resolution
    # A company that is no longer in the store cannot be meant; the question is open again.
    known = earlier.select(pl.col("decided_id").is_in(companies["entity_id"].implode())).to_series()
    earlier = earlier.filter(pl.col("decided_id").is_null() | known)
    company = pl.col("decided_id").is_not_null()
    decided = resolution.matches.join(earlier, on="row").select(
        "row",
        entity_id="decided_id",
        matched_by=pl.lit("person"),
        score=company.cast(pl.Float64),
        decision=pl.when(company).then(pl.lit("auto")).otherwise(pl.lit("none")),
        security="security",
        reason="decided",
    )
    others = resolution.matches.join(earlier, on="row", how="anti")
    chosen = earlier.drop_nulls("decided_id").join(companies, left_on="decided_id", right_on="entity_id")
    chosen = chosen.select("row", entity_id="decided_id", name="label", why="decided")
    return replace(
        resolution,
        matches=Matches.validate(pl.concat([others, decided]).sort("row"), cast=True),
        candidates=_preceded(chosen, resolution.candidates),
    )


def _preceded(first: pl.DataFrame, candidates: pl.DataFrame) -> dy.DataFrame[Candidates]:
    """The candidates, each entity once, preceded by a certain one (row, entity_id, name, why) and ranked again."""
    certain = first.with_columns(rank=pl.lit(0, pl.Int64), score=pl.lit(1.0)).select(Candidates.column_names())
    every = pl.concat([certain, candidates.select(Candidates.column_names())]).sort("row", "rank")
    every = every.unique(["row", "entity_id"], keep="first", maintain_order=True)
    ranked = every.with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("row"))
    return Candidates.validate(ranked, cast=True)
