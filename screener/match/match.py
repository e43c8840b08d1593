"""Resolve portfolio lines, list entries and supplier names to entities: identifiers first, then names, with reasons."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from screener.match import identify, remembered
from screener.match.frames import ID_COLUMNS, ByName, Candidates, Matches, Resolution
from screener.match.names import paper
from screener.match.names.index import NameIndex
from screener.match.names.search import NAME_MATCHES, match_names

_ORDER: Final = {name: place for place, name in enumerate(ID_COLUMNS)}
_WORDS: Final = {
    "isin": "ISIN",
    "stock_code": "stock code",
    "dart": "DART corp code",
    "lei": "LEI",
    "brn": "business registration number",
    "crn": "corporate registration number",
}

_COMPANIES: Final = Path(__file__).with_name("companies.sql")


def resolve(
    con: duckdb.DuckDBPyConnection, queries: pl.DataFrame, *, country: str | None = "KR", index: NameIndex | None = None
) -> Resolution:
    """Resolve each query to an entity of the connection's tables `entity`, `identifier` and `entity_name`.

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
    company. A person's earlier decision on the same query (table `decision`) precedes all of these.
    """
    asked = _completed(queries)
    found = identify.numbers(asked)
    owners, earlier = identify.owners(con, found), remembered.earlier(con, asked)
    known = owners.select("row", "matched_by", "value").unique()
    found = pl.concat(
        [
            found.filter(pl.col("column") != identify.IN_NAME),
            found.filter(pl.col("column") == identify.IN_NAME).join(
                known, on=["row", "matched_by", "value"], how="semi"
            ),
        ]
    )
    companies = _companies(con, owners["entity_id"])
    numbered = _by_number(found, owners, companies)
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
    return _decided(earlier, _merged(asked, found, numbered, results, candidates, companies), companies)


def _in_two_scripts(
    index: NameIndex, named: pl.DataFrame, results: pl.DataFrame, candidates: pl.DataFrame, country: str | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Results and candidates, where a name in two scripts (`기아(Kia Corp)`) is found if both mean one company."""
    unsure = named.join(results.filter(pl.col("decision") != "auto"), on="row", how="semi")
    both = unsure.select(of="row", name=paper.in_two_scripts(pl.col("name"))).drop_nulls().explode("name")
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


def begun(con: duckdb.DuckDBPyConnection, written: str, most: int = 8) -> list[tuple[str, str]]:
    """Korean companies whose names begin as written, largest first: entity id and name; at least two letters."""
    letters = "".join(sign for sign in written.lower() if sign.isalnum())
    if len(letters) < 2:
        return []
    query = Path(__file__).with_name("begun.sql").read_text(encoding="utf-8")
    return con.execute(query, {"written": letters, "most": most}).fetchall()


def _completed(queries: pl.DataFrame) -> pl.DataFrame:
    missing = [pl.lit(None, pl.String).alias(name) for name in ("name", *ID_COLUMNS) if name not in queries.columns]
    return queries.with_columns(missing).select(
        pl.col("row").cast(pl.Int64), *(pl.col(name).cast(pl.String) for name in ("name", *ID_COLUMNS))
    )


def _companies(con: duckdb.DuckDBPyConnection, asked: pl.Series) -> pl.DataFrame:
    """entity_id, label, delisted, final_id (the last successor, or itself) of these entities and their successors."""
    ids = asked.drop_nulls().unique().sort().to_list()
    frame = pl.DataFrame(con.sql(_COMPANIES.read_text(encoding="utf-8"), params={"ids": ids})).cast(pl.String)
    successors = dict(frame.select("entity_id", "successor_id").drop_nulls().iter_rows())
    known, final = set(frame["entity_id"]), {}
    for entity_id, last in successors.items():
        for _ in range(7):
            last = successors.get(last, last) if successors.get(last) in known else last
        final[entity_id] = last if last in known else entity_id
    return frame.select("entity_id", "label", "delisted", final_id=pl.col("entity_id").replace(final))


def _by_number(found: pl.DataFrame, borne: pl.DataFrame, companies: pl.DataFrame) -> pl.DataFrame:
    """The result of each row's identifiers.

    row, number_id (the one company, null when they disagree or are unknown), said_id (before succession), matched_by,
    value, security, disagree (sentence), problems (sentence), unknown (sentence).
    """
    order = pl.col("matched_by").replace_strict(_ORDER, return_dtype=pl.Int8)
    written = pl.concat_str(pl.col("matched_by").replace_strict(_WORDS), pl.lit(" "), pl.col("value"))
    hits = (
        borne.join(companies, on="entity_id")
        .with_columns(order=order, written=written)
        .sort("row", "order", "value", "entity_id")
    )
    leads = (
        hits.group_by("row", maintain_order=True)
        .agg(
            companies=pl.col("final_id").n_unique(),
            number_id=pl.col("final_id").first(),
            said_id=pl.col("entity_id").first(),
            said=pl.col("label").first(),
            matched_by=pl.col("matched_by").first(),
            value=pl.col("value").first(),
            # Any identifier of a share decides which share it is: an ISIN before a stock code.
            security=pl.col("security").drop_nulls().first(),
            ended=pl.col("ended").first(),
            others=pl.concat_str(pl.col("written"), pl.lit(" is "), pl.col("label"))
            .unique(maintain_order=True)
            .str.join(", "),
        )
        .with_columns(
            disagree=pl.when(pl.col("companies") > 1).then(
                pl.concat_str(pl.lit("the numbers disagree: "), pl.col("others"))
            )
        )
    )
    borne_values = borne.select("row", "matched_by", "value").unique()
    lost = found.join(borne_values, on=["row", "matched_by", "value"], how="anti").with_columns(
        written.alias("written")
    )
    sentences = (
        lost.sort("row", order, "value")
        .group_by("row", maintain_order=True)
        .agg(
            problems=pl.col("problem").drop_nulls().str.join("; "),
            unknown=pl.col("written").filter(pl.col("problem").is_null()).str.join(" and "),
            foreign=(
                (pl.col("matched_by") == "isin") & pl.col("problem").is_null() & ~pl.col("value").str.starts_with("KR")
            ).any(),
            issues=pl.col("matched_by").filter(pl.col("problem").is_null()).is_in(["isin", "stock_code"]).any(),
        )
        .with_columns(
            pl.when(pl.col("problems") != "").then("problems"), pl.when(pl.col("unknown") != "").then("unknown")
        )
    )
    return leads.drop("companies", "others").join(sentences, on="row", how="full", coalesce=True)


def _merged(
    asked: pl.DataFrame,
    found: pl.DataFrame,
    numbered: pl.DataFrame,
    results: pl.DataFrame,
    candidates: pl.DataFrame,
    companies: pl.DataFrame,
) -> Resolution:
    """Weigh the identifiers against the name."""
    labels = companies.select(name_id="entity_id", name_final="final_id", name_label="label", name_delisted="delisted")
    both = (
        asked.select("row", "name")
        .join(numbered, on="row", how="left")
        .join(
            results.rename(
                {
                    "entity_id": "name_id",
                    "security": "name_security",
                    "reason": "name_reason",
                    "decision": "name_decision",
                    "score": "name_score",
                }
            ),
            on="row",
            how="left",
        )
        .join(labels, on="name_id", how="left")
        .sort("row")
    )
    has_number = pl.col("number_id").is_not_null()
    name_is_sure = (pl.col("name_decision") == "auto").fill_null(False)
    clash = has_number & pl.col("disagree").is_null() & name_is_sure & (pl.col("name_final") != pl.col("number_id"))
    by_number = has_number & pl.col("disagree").is_null() & ~clash
    wrong = pl.col("problems").is_not_null()
    # A valid identifier of a foreign security is not a Korean company, however similar the names are.
    foreign = pl.col("foreign").fill_null(False)
    by_name = ~has_number & name_is_sure & ~wrong & ~foreign
    decision = (
        pl.when(by_number & ~wrong)
        .then(pl.lit("auto"))
        .when(has_number)
        .then(pl.lit("review"))
        .when(by_name)
        .then(pl.lit("auto"))
        .when(pl.col("name_decision").is_in(["auto", "review"]))
        .then(pl.lit("review"))
        .otherwise(pl.lit("none"))
    )
    unknown = pl.concat_str(pl.col("unknown"), pl.lit(" is not in the store"))
    merged_away = pl.concat_str(pl.lit("merged: "), "said", pl.lit(" is now part of "), "final_label")
    name_merged = pl.concat_str(pl.lit("merged: "), "name_label", pl.lit(" is now part of "), "name_final_label")
    clash_said = pl.concat_str(
        pl.col("matched_by").replace_strict(_WORDS, default=None),
        pl.lit(" "),
        "value",
        pl.lit(" is "),
        "said",
        pl.lit(", but the name means "),
        "name_label",
    )
    old_number = pl.when(pl.col("ended").is_not_null() & (pl.col("said_id") == pl.col("number_id"))).then(
        pl.concat_str(pl.lit("the number was given up on "), pl.col("ended").cast(pl.String))
    )
    lines = (
        both.join(companies.select(number_id="entity_id", final_label="label"), on="number_id", how="left")
        .join(companies.select(name_final="entity_id", name_final_label="label"), on="name_final", how="left")
        .with_columns(decision.alias("decision"))
    )
    reasons = [
        pl.col("disagree"),
        pl.when(clash).then(clash_said),
        pl.when(by_number & (pl.col("said_id") != pl.col("number_id"))).then(merged_away),
        pl.when(by_number).then(old_number),
        pl.col("problems"),
        pl.when(~has_number).then(unknown),
        pl.when(~has_number & foreign).then(pl.lit("its security is from another country")),
        pl.when(~has_number & (pl.col("name_final") != pl.col("name_id"))).then(name_merged),
        pl.when(~has_number).then(pl.col("name_reason")),
        pl.when(by_name & (pl.col("name_final") == pl.col("name_id"))).then(
            pl.concat_str(pl.lit("delisted on "), "name_delisted")
        ),
        pl.when(~has_number & pl.col("name").is_null() & pl.col("unknown").is_null() & ~wrong).then(
            pl.lit("the row is empty")
        ),
    ]
    auto_by_number = (pl.col("decision") == "auto") & has_number
    auto_by_name = (pl.col("decision") == "auto") & ~has_number
    matches = lines.select(
        "row",
        entity_id=pl.when(auto_by_number).then("number_id").when(auto_by_name).then("name_final"),
        matched_by=pl.when(has_number)
        .then("matched_by")
        .when(pl.col("name_decision").is_in(["auto", "review"]))
        .then(pl.lit("name")),
        score=pl.when(has_number & pl.col("disagree").is_null() & ~clash)
        .then(1.0)
        .when(has_number)
        .then(0.5)
        .otherwise(pl.col("name_score"))
        .fill_null(0.0)
        .cast(pl.Float64),
        decision="decision",
        security=pl.coalesce("security", "name_security"),
        reason=pl.concat_str(reasons, separator="; ", ignore_nulls=True).replace("", None),
    )
    return Resolution(
        matches=Matches.validate(matches, cast=True),
        candidates=Candidates.validate(_proposals(lines, candidates, companies), cast=True),
        by_name=ByName.validate(
            candidates.join(lines.filter(name_is_sure).select("row", means="name_final"), on="row", how="left"),
            cast=True,
        ),
    )


def _decided(earlier: pl.DataFrame, resolution: Resolution, companies: pl.DataFrame) -> Resolution:
    """Let people's decisions on the same queries precede the computed results."""
    if earlier.height == 0:
        return resolution
    # A company that is no longer in the store cannot be meant; the question is open again.
    known = earlier.select(pl.col("decided_id").is_in(companies["entity_id"].implode())).to_series()
    earlier = earlier.filter(pl.col("decided_id").is_null() | known)
    decided, company = pl.col("decided").is_not_null(), pl.col("decided_id").is_not_null()
    matches = resolution.matches.join(earlier, on="row", how="left").with_columns(
        entity_id=pl.when(decided).then("decided_id").otherwise("entity_id"),
        matched_by=pl.when(decided).then(pl.lit("person")).otherwise("matched_by"),
        score=pl.when(decided).then(pl.when(company).then(1.0).otherwise(0.0)).otherwise("score"),
        decision=pl.when(decided)
        .then(pl.when(company).then(pl.lit("auto")).otherwise(pl.lit("none")))
        .otherwise("decision"),
        reason=pl.when(decided).then("decided").otherwise("reason"),
    )
    matches = matches.select(resolution.matches.columns).sort("row")
    chosen = earlier.drop_nulls("decided_id").join(companies, left_on="decided_id", right_on="entity_id")
    first = chosen.select(
        "row", rank=pl.lit(0, pl.Int64), entity_id="decided_id", name="label", score=pl.lit(1.0), why="decided"
    )
    return replace(
        resolution,
        matches=Matches.validate(matches, cast=True),
        candidates=Candidates.validate(_numbered([first, resolution.candidates]), cast=True),
    )


def _proposals(lines: pl.DataFrame, candidates: pl.DataFrame, companies: pl.DataFrame) -> pl.DataFrame:
    """Candidates by name, preceded by the company of the identifiers if there is one."""
    by_number = (
        lines.filter(pl.col("number_id").is_not_null())
        .join(companies.select(number_id="entity_id", label="label"), on="number_id")
        .select(
            "row",
            rank=pl.lit(0, pl.Int64),
            entity_id="number_id",
            name="label",
            score=pl.lit(1.0),
            why=pl.concat_str(pl.col("matched_by").replace_strict(_WORDS, default=None), pl.lit(" "), "value"),
        )
    )
    return _numbered([by_number, candidates])


def _numbered(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Candidates of several origins, each entity once, ranked again."""
    every = pl.concat([part.select(Candidates.column_names()) for part in parts]).sort("row", "rank")
    every = every.unique(["row", "entity_id"], keep="first", maintain_order=True)
    return every.with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("row"))
