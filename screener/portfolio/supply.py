"""The user's own deliveries (`--supply`) as a dataset folder: read, resolved, and kept apart from public evidence.

The rows become facts like any other, checked by the same rules, with one source of their own: publisher `user file`.
Names that the store does not surely know become entities of the user's, never a guess at one that is there.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from screener.match.match import resolve
from screener.readers.deliveries import Deliveries, read_deliveries
from screener.readers.remarks import remark
from screener.readers.sheets import display_name
from screener.schema.frames import Reject, SupplyFile
from screener.schema.tables import columns as table_columns
from screener.store.build import open_store

USER_PUBLISHER: Final = "user file"


def write_supply(
    con: duckdb.DuckDBPyConnection, path: str | Path, folder: Path, columns: Mapping[str, str] | None = None
) -> SupplyFile:
    """Reads a file of deliveries and writes it as a dataset folder (source, entity, supply).

    Args:
        con: an open store, to resolve names in and for the day of its facts.
        path: a row a delivery or relation (see `screener.readers.deliveries.read_deliveries`). Rows that say the same
            but for day and value are
            added up to one fact: from the first day, last confirmed on the last.
        folder: where the dataset is written; exists.
        columns: column -> heading, where the headings are not recognised.

    Raises:
        ScreenerError: the file cannot be read, has no supplier or buyer column, or `columns` names what is not there.
    """
    path = Path(path)
    name = display_name(path)
    read = read_deliveries(path, where="--supply", given=columns)
    frame, made, doubts = _resolved(con, read)
    same = frame.filter(pl.col("supplier_id") == pl.col("buyer_id"))
    to_itself = remark(
        same.with_columns(key="supplier"), "the supplier is the buyer", "the row was left out", heading="supplier"
    )
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    source_id = f"user-file-{sha256[:12]}"
    source = _source(con, source_id, name)
    others = frame.join(same.select("row"), on="row", how="anti", maintain_order="left")
    facts = _facts(others, source["published_on"].item())
    _write(folder, "source", source_id, source)
    _write(folder, "entity", source_id, made.with_columns(source_ids=pl.lit(source_id)))
    _write(folder, "supply", source_id, facts.with_columns(source_ids=pl.lit(source_id)))
    remarks = pl.concat([read.remarks, doubts, to_itself])
    rejects = remarks.sort("row", "column", "problem", nulls_last=True).with_columns(
        table=pl.lit("supply"), file=pl.lit(name)
    )
    notes = [
        *(f"{name}: {note}" for note in read.notes),
        f"{facts.height} deliveries of {name} stand beside the public facts, each shown as from the user's own file",
    ]
    if made.height:
        notes.append(f"{made.height} names are not in the store, they stand as they are written")
    validated = Reject.validate(rejects.select(Reject.column_names()), cast=True)
    return SupplyFile(name, sha256, facts.height, made.height, validated, notes)


def store_with_supply(
    store: Path, here: Path, path: str | Path, columns: Mapping[str, str] | None = None
) -> tuple[Path, Path, SupplyFile]:
    """A copy of a store (for what was fetched) and, beside it, the user's deliveries as a dataset folder.

    Args:
        store: the store file, which stays as it is.
        here: an empty folder, which lasts as long as the copy is used.
        path: the user's file, as for `write_supply`.
        columns: as for `write_supply`.

    Returns:
        The copy, still without the deliveries; the dataset folder to be added when it is opened; what was read.
    """
    folder = here / "supply"
    folder.mkdir()
    with open_store(store) as con:
        read = write_supply(con, path, folder, columns)
    return Path(shutil.copyfile(store, here / "store.duckdb")), folder, read


def _resolved(con: duckdb.DuckDBPyConnection, read: Deliveries) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The deliveries with ids; entities made for names that the store does not surely know; remarks."""
    ends = [
        read.frame.select("row", name=pl.coalesce(side, f"{side}_id"), country=f"{side}_country", given=f"{side}_id")
        for side in ("supplier", "buyer")
    ]
    asked = pl.concat(ends).group_by("name").agg(
        pl.col("row").min(), pl.col("country").drop_nulls().sort().first(), pl.col("given").drop_nulls().sort().first()
    ).sort("name").with_row_index("number")  # fmt: skip
    asked = asked.with_columns(pl.col("number").cast(pl.Int64))
    found = resolve(con, asked.select("name", row="number"), country=None)
    matched = asked.join(found.matches.select("entity_id", "decision", number="row"), on="number", how="left").sort(
        "number"
    )
    ids = matched["given"].drop_nulls().unique().sort().to_list()
    there = con.execute("select entity_id from entity where entity_id in (select unnest($1))", [ids]).fetchall()
    known = [entity_id for (entity_id,) in there]
    digest = pl.Series([hashlib.sha256(name.encode()).hexdigest()[:10] for name in matched["name"]], dtype=pl.String)
    matched = matched.with_columns(
        entity_id=pl.coalesce(pl.when(pl.col("given").is_in(known)).then("given"), "entity_id"),
        made_id=pl.concat_str(pl.col("country").str.to_lowercase().fill_null("zz"), pl.lit("-user-"), digest),
    )
    guesses = found.candidates.filter(pl.col("rank") == 1).select(
        number="row", found=pl.format("{} ({})", "name", "entity_id")
    )
    doubtful = matched.filter((pl.col("decision") == "review") & pl.col("entity_id").is_null()).join(
        guesses, on="number", how="left"
    )
    problem = "the store may know this name, not surely"
    do = "it stands apart; write the name as the store does if it is the same"
    doubts = remark(doubtful.with_columns(key="name"), problem, do, cell="found")
    new = matched.filter(pl.col("entity_id").is_null())
    made = new.select(
        "name", "country", entity_id="made_id", kind=pl.lit("company"), status=pl.lit("active"),
        note=pl.lit("named in the user's own file"),
    )  # fmt: skip
    by_name = matched.select("name", id=pl.coalesce("entity_id", "made_id"))
    frame = read.frame
    for side in ("supplier", "buyer"):
        called = frame.with_columns(name=pl.coalesce(side, f"{side}_id"))
        frame = (
            called.drop(f"{side}_id")
            .join(by_name.rename({"id": f"{side}_id"}), on="name", maintain_order="left")
            .drop("name")
        )
    return frame, made, doubts


def _facts(frame: pl.DataFrame, newest: str) -> pl.DataFrame:
    """Deliveries of one kind as one fact, ended where `valid_to` lies before `newest`, the day of the store's facts."""
    said = ("supplier_id", "buyer_id", "hs_code", "product", "origin_region", "input_share", "valid_to")
    facts = frame.group_by(said, maintain_order=True).agg(
        value_usd=pl.when(pl.col("value_usd").is_not_null().any()).then(pl.col("value_usd").sum()),
        valid_from=pl.col("valid_from").min(),
        confirmed_on=pl.col("date").max(),
        deliveries=pl.len(),
        first=pl.col("row").min(),
        last=pl.col("row").max(),
    )
    rows = (
        pl.when(pl.col("first") == pl.col("last"))
        .then(pl.format("row {}", "first"))
        .otherwise(pl.format("{} rows, {} to {}", "deliveries", "first", "last"))
    )
    return facts.sort(said).select(
        *said,
        "value_usd",
        "valid_from",
        "confirmed_on",
        status=pl.when((pl.col("valid_to").str.pad_end(10, "~") < newest).fill_null(False))
        .then(pl.lit("ended"))
        .otherwise(pl.lit("active")),
        summary=pl.format("The user's own file, {}.", rows),
    )


def _source(con: duckdb.DuckDBPyConnection, source_id: str, name: str) -> pl.DataFrame:
    # Known as of the day of the store's facts, so that the file counts at the usual known-at day and moves it for
    # nobody.
    newest = con.execute("select max(retrieved_on)::varchar from source").fetchall()[0][0] or "2000-01-01"
    return pl.DataFrame(
        {
            "source_id": [source_id],
            "publisher": [USER_PUBLISHER],
            "publisher_kind": ["other"],
            "title": [name],
            "language": ["und"],
            "url": [f"https://user-file.invalid/{source_id}"],
            "published_on": [newest],
            "retrieved_on": [newest],
            "grade": ["D"],
            "note": ["the user's own data, not public evidence"],
        }
    )


def _write(folder: Path, table: str, name: str, rows: pl.DataFrame) -> None:
    (folder / table).mkdir(parents=True, exist_ok=True)
    wanted = table_columns(table)
    complete = rows.with_columns(pl.lit(None, pl.String).alias(c) for c in wanted if c not in rows.columns)
    complete.select(wanted).write_csv(folder / table / f"{name}.csv")
