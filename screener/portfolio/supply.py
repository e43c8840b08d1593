"""The user's own deliveries (`--supply`) as a dataset folder: read, resolved, and separate from public evidence.

The rows become facts like any other, checked by the same rules, with one source of their own: publisher `user file`.
Names without a confident match in the store become entities of the user's own; no existing entity is guessed.
"""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from screener.match import ready
from screener.match.match import resolve
from screener.readers.deliveries import LEFT_OUT, OVER, read_deliveries
from screener.readers.remarks import remark
from screener.schema.frames import Reject, SupplyFile
from screener.store.build import StoreState, open_store

USER_PUBLISHER: Final = "user file"


def write_supply(
    con: duckdb.DuckDBPyConnection, path: str | Path, folder: Path, columns: Mapping[str, str] | None = None
) -> SupplyFile:
    """Reads a file of deliveries and writes it as a dataset folder (source, entity, supply).

    Args:
        con: an open store, to resolve names in and for the day of its facts.
        path: each row a delivery or relation (see `screener.readers.deliveries.read_deliveries`). Rows
            that differ only in day and value become one fact: from the first day, last confirmed on the last.
        folder: where the dataset is written; exists.
        columns: column -> heading, where the headings are not recognised.

    Raises:
        ScreenerError: the file cannot be read, has no supplier or buyer column, or `columns` names a missing heading.
    """
    path, name = Path(path), Path(path).name
    # Known as of the day of the store's facts, so that the file counts on the usual known-at day and does not move it.
    newest = con.execute("select max(retrieved_on)::varchar from source").fetchall()[0][0] or "2000-01-01"
    read = read_deliveries(path, where="--supply", given=columns)
    frame, made, on_names = _resolved(con, read.frame)
    to_itself = pl.col("supplier_id") == pl.col("buyer_id")
    over = pl.col("over").is_not_null() & (pl.col("valid_to").str.pad_end(10, "~") >= newest)
    keyed = frame.with_columns(key="supplier")
    on_same = remark(keyed.filter(to_itself), "the supplier is the buyer", LEFT_OUT, heading="supplier")
    on_over = remark(keyed.filter(over & ~to_itself), OVER, LEFT_OUT, heading="status", cell="over")
    facts = _facts(frame.filter(~to_itself & ~over), newest)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    source_id = f"user-file-{sha256[:12]}"
    source = {
        "source_id": source_id,
        "publisher": USER_PUBLISHER,
        "publisher_kind": "other",
        "title": name,
        "language": "und",
        "url": f"https://user-file.invalid/{source_id}",
        "published_on": newest,
        "retrieved_on": newest,
        "grade": "D",
        "note": "the user's own data, not public evidence",
    }
    cited = pl.lit(source_id).alias("source_ids")
    tables = {"source": pl.DataFrame([source]), "entity": made.with_columns(cited), "supply": facts.with_columns(cited)}
    for table, rows in tables.items():
        (folder / table).mkdir(parents=True, exist_ok=True)
        rows.write_csv(folder / table / f"{source_id}.csv")
    rejects = pl.concat([read.remarks, on_names, on_same, on_over]).sort("row", "column", "problem", nulls_last=True)
    rejects = rejects.with_columns(table=pl.lit("supply"), file=pl.lit(name))
    notes = [
        *(f"{name}: {note}" for note in read.notes),
        f"{facts.height} deliveries of {name} are used with the public facts, each marked as from the user's own file",
    ]
    if made.height:
        notes.append(f"{made.height} names are not in the store and are shown as written")
    validated = Reject.validate(rejects.select(Reject.column_names()), cast=True)
    left_out = validated.filter(pl.col("do") == LEFT_OUT)["row"].n_unique()
    return SupplyFile(name, sha256, facts.height, made.height, left_out, validated, notes)


def store_with_supply(
    store: Path,
    datasets: Sequence[str],
    here: Path,
    path: str | Path,
    columns: Mapping[str, str] | None = None,
) -> tuple[StoreState, SupplyFile]:
    """A copy of a store (for what was fetched), in the empty folder `here`, that also has the user's deliveries.

    `datasets` are the user's folders that the store was built from; `path` and `columns` are those of `write_supply`.
    """
    folder = here / "supply"
    folder.mkdir()
    with open_store(store) as con:
        read = write_supply(con, path, folder, columns)
    copy = shutil.copyfile(store, here / "store.duckdb")
    return ready.ready_store(str(copy), (*datasets, str(folder)), lasting=False), read


def _resolved(con: duckdb.DuckDBPyConnection, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The deliveries with ids; entities for names without a confident match in the store; remarks."""
    called = {side: pl.coalesce(side, f"{side}_id") for side in ("supplier", "buyer")}
    sides = pl.concat(
        frame.select("row", name=name, said=f"{side}_country", given=f"{side}_id", side=pl.lit(f"{side}_id"))
        for side, name in called.items()
    )
    # A name without a country means the same firm as elsewhere in the file; one of two countries means two firms.
    sides = sides.with_columns(said=pl.col("said").fill_null(pl.col("said").drop_nulls().sort().first().over("name")))
    origins = frame.select("row", side=pl.lit("supplier_id"), country="origin")
    sides = sides.join(origins, on=["row", "side"], how="left", maintain_order="left")
    first = pl.col("given", "country").drop_nulls().sort().first()
    names = sides.group_by("name", "said").agg(first, line=pl.col("row").min())
    names = names.with_columns(country=pl.coalesce("said", "country"))
    names = names.sort("name", "said").with_row_index("row").cast({"row": pl.Int64})
    found = resolve(con, names.select("row", "name"), country=None)
    best = found.candidates.filter(pl.col("rank") == 1).select("row", found=pl.format("{} ({})", "name", "entity_id"))
    there = pl.DataFrame(con.sql("select entity_id, country as home from entity")).cast(pl.String)
    is_there = pl.col("given").is_in(there["entity_id"].implode())
    digests = pl.Series([hashlib.sha256(name.encode()).hexdigest()[:10] for name in names["name"]], dtype=pl.String)
    made_id = pl.concat_str(pl.col("country").str.to_lowercase().fill_null("zz"), pl.lit("-user-"), digests)
    matched = (
        names.with_columns(made_id=made_id)
        .join(found.matches.select("row", "entity_id", "decision"), on="row", how="left")
        .join(there, on="entity_id", how="left")
        .sort("row")
    )
    # A firm of another country than Korea is no Korean company, however similar the names are, and the reverse.
    matched = matched.with_columns(elsewhere=((pl.col("said") == "KR") != (pl.col("home") == "KR")).fill_null(False))
    matched = matched.with_columns(
        entity_id=pl.when(~pl.col("elsewhere")).then("entity_id"),
        decision=pl.when("elsewhere").then(pl.lit("review")).otherwise("decision"),
    )
    matched = matched.with_columns(entity_id=pl.coalesce(pl.when(is_there).then("given"), "entity_id"))
    matched = matched.with_columns(id=pl.coalesce("entity_id", "made_id"))
    strangers = matched.filter(pl.col("entity_id").is_null())
    doubtful = strangers.filter(pl.col("decision") == "review").join(best, on="row", how="left")
    doubtful = doubtful.with_columns(row="line", key="name")
    unsure = "it is shown separately; write the name as the store does if it is the same"
    wrong = "it is shown separately; correct the country if it is the same"
    on_names = pl.concat(
        remark(doubtful.filter(pl.col("elsewhere") == elsewhere), problem, do, cell="found")
        for elsewhere, problem, do in (
            (False, "the store may know this name, but not with certainty", unsure),
            (True, "the store has a company of this name in another country", wrong),
        )
    )
    made = strangers.select(
        "name", "country", entity_id="id", kind=pl.lit("company"), status=pl.lit("active"),
        note=pl.lit("named in the user's own file"),
    )  # fmt: skip
    ids = sides.join(matched, on=["name", "said"], nulls_equal=True).pivot("side", index="row", values="id")
    return frame.drop(ids.columns[1:]).join(ids, on="row", maintain_order="left"), made, on_names


def _facts(frame: pl.DataFrame, newest: str) -> pl.DataFrame:
    """Deliveries of one kind as one fact, ended where `valid_to` is before `newest`, the day of the store's facts."""
    same = ("supplier_id", "buyer_id", "hs_code", "product", "origin_region", "input_share", "valid_to")
    facts = frame.group_by(same, maintain_order=True).agg(
        value_usd=pl.when(pl.col("value_usd").is_not_null().any()).then(pl.col("value_usd").sum()),
        valid_from=pl.col("valid_from").min(),
        confirmed_on=pl.col("date").max(),
        rows=pl.when(pl.len() == 1)
        .then(pl.format("row {}", pl.col("row").min()))
        .otherwise(pl.format("{} rows, {} to {}", pl.len(), pl.col("row").min(), pl.col("row").max())),
    )
    has_ended = (pl.col("valid_to").str.pad_end(10, "~") < newest).fill_null(False)
    return facts.sort(same).select(
        pl.exclude("rows"),
        status=pl.when(has_ended).then(pl.lit("ended")).otherwise(pl.lit("active")),
        summary=pl.format("The user's own file, {}.", "rows"),
    )
