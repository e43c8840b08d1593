"""The user's own supply data (bills of lading, supplier lists) as a dataset folder: read, resolved, and kept apart from public evidence.

The rows become facts like any other, checked by the same rules, with one source of their own: publisher `user file`. Names that
the store does not surely know become entities of the user's, never a guess at one that is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import dataframely as dy
import duckdb
import polars as pl

from screener.errors import ScreenerError
from screener.readers.header import folded
from screener.readers.sheets import display_name
from screener.resolve.match import resolve
from screener.schema.frames import Reject
from screener.schema.tables import columns as table_columns

USER_PUBLISHER: Final = "user file"
_HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "supplier": (
        *("supplier", "supplier name", "shipper", "shipper name", "exporter", "vendor", "vendor name", "seller", "manufacturer"),
        *("공급자", "공급업체", "공급사", "수출자", "판매자", "협력사", "협력업체"),
    ),
    "buyer": (
        *("buyer", "buyer name", "consignee", "consignee name", "importer", "customer", "purchaser", "notify party"),
        *("구매자", "구매사", "수입자", "수하인", "고객사", "바이어"),
    ),
    "supplier_country": ("supplier country", "shipper country", "exporter country", "country of export", "country of origin", "origin country", "원산지", "수출국"),
    "buyer_country": ("buyer country", "consignee country", "importer country", "country of import", "수입국"),
    "hs_code": ("hs", "hs code", "hscode", "hts", "hts code", "hsk", "commodity code", "hs부호", "hs코드", "품목번호", "세번부호"),
    "product": ("product", "goods", "goods description", "product description", "description", "item", "commodity", "품명", "품목", "제품"),
    "origin_region": ("origin region", "region of origin", "origin province", "region", "province", "원산지 지역"),
    "value_usd": ("value usd", "value (usd)", "usd", "amount usd", "fob usd", "cif usd", "customs value usd", "금액(달러)", "금액(usd)"),
    "input_share": ("input share", "share of input", "share", "share of purchases", "비중", "구매비중"),
    "date": ("date", "shipment date", "arrival date", "bill of lading date", "bl date", "invoice date", "선적일", "입항일", "거래일", "날짜"),
    "valid_from": ("valid from", "from", "start", "start date", "since", "contract start", "first delivery", "시작일", "거래시작일", "거래개시일"),
    "valid_to": ("valid to", "to", "end", "end date", "until", "ended", "contract end", "last delivery", "종료일", "거래종료일", "거래중단일"),
}  # fmt: skip
COLUMNS: Final = tuple(_HEADINGS)
_LOOKUP: Final = {folded(word): column for column, words in _HEADINGS.items() for word in words}
_COUNTRIES: Final = {
    **{"china": "CN", "prc": "CN", "people's republic of china": "CN", "중국": "CN", "korea": "KR", "south korea": "KR"},
    **{"republic of korea": "KR", "korea, republic of": "KR", "한국": "KR", "대한민국": "KR", "myanmar": "MM", "burma": "MM", "미얀마": "MM"},
    **{"russia": "RU", "russian federation": "RU", "러시아": "RU", "vietnam": "VN", "viet nam": "VN", "베트남": "VN", "japan": "JP"},
    **{"일본": "JP", "united states": "US", "usa": "US", "미국": "US", "taiwan": "TW", "대만": "TW", "israel": "IL", "이스라엘": "IL"},
}  # fmt: skip
_DAYS: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d %b %Y", "%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True)
class SupplyFile:
    """What was read: facts written, entities that were made for names unknown to the store, rows set aside, and what a reader must know."""

    name: str
    facts: int
    made: int
    rejects: dy.DataFrame[Reject]
    notes: list[str]


def write_supply(
    con: duckdb.DuckDBPyConnection, path: str | Path, folder: Path, columns: Mapping[str, str] | None = None
) -> SupplyFile:
    """Reads a file of deliveries and writes it as a dataset folder (source, entity, supply) for `screener.store.build.ensure`.

    Args:
        con: an open store, to resolve names in and for the day of its facts.
        path: CSV, XLSX or Parquet; a row a delivery, with a supplier and a buyer. Rows that say the same but for day and value are
            added up to one fact: from the first day, last confirmed on the last. A row may be a relation with its span (`valid_from`,
            `valid_to`: days, months or years); one whose end cannot be read is left out, as it might be told as still going.
        folder: where the dataset is written; exists.
        columns: column of COLUMNS -> heading, where the headings are not recognised.

    Raises:
        ScreenerError: the file cannot be read, has no supplier or buyer column, or `columns` names what is not there.
    """
    path = Path(path)
    table = read_table(path, "--supply")
    name = display_name(path)
    found = _found(table.frame.columns, columns or {})
    frame = table.frame.with_row_index("row", offset=table.first_row).select(
        pl.col("row").cast(pl.Int64),
        *(pl.col(found[c]).alias(c) if c in found else pl.lit(None, pl.String).alias(c) for c in COLUMNS),
    )
    frame = frame.filter(pl.any_horizontal(pl.exclude("row").is_not_null()))
    rejects: list[pl.DataFrame] = []
    ends = pl.col("supplier").is_not_null() & pl.col("buyer").is_not_null()
    rejects.append(
        _told(
            frame.filter(~ends),
            name,
            "supplier" if "supplier" in found else None,
            "supplier or buyer is missing",
            "the row was left out",
        )
    )
    frame = _dated(_typed(frame.filter(ends), name, rejects), name, rejects)
    if frame.is_empty():
        why = next((f"{r['problem']}, row {r['row']}" for part in rejects for r in part.head(1).to_dicts()), None)
        raise ScreenerError(
            "the file has no delivery that can be used",
            where=str(path),
            found=why,
            do="give a row a delivery, with a supplier and a buyer",
        )
    frame, made = _resolved(con, frame, name, rejects)
    same = pl.col("supplier_id") == pl.col("buyer_id")
    rejects.append(_told(frame.filter(same), name, "supplier", "the supplier is the buyer", "the row was left out"))
    source_id = "user-file-" + hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    source = _source(con, source_id, name)
    facts = _facts(frame.filter(~same), source["published_on"].item())
    _write(folder, "source", source_id, source)
    _write(folder, "entity", source_id, made.with_columns(source_ids=pl.lit(source_id)))
    _write(folder, "supply", source_id, facts.with_columns(source_ids=pl.lit(source_id)))
    told = Reject.validate(pl.concat(rejects).sort("row", "column", "problem", nulls_last=True), cast=True)
    unused = [heading for heading in table.frame.columns if heading not in found.values()]
    more = f" and {len(unused) - 12} more" if len(unused) > 12 else ""
    notes = [
        *table.notes,
        *([f"columns of {name} that were not used: {', '.join(unused[:12])}{more}"] if unused else []),
        f"{facts.height} deliveries of {name} stand beside the public facts, each shown as from the user's own file",
    ]
    if made.height:
        notes.append(f"{made.height} names are not in the store, they stand as they are written")
    return SupplyFile(name, facts.height, made.height, told, notes)


def _found(headings: list[str], given: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column, heading in given.items():
        if column not in _HEADINGS:
            raise ScreenerError(
                "no such column", where="--supply-column", found=column, do=f"use one of {', '.join(COLUMNS)}"
            )
        if heading not in headings:
            raise ScreenerError(
                "the file has no such heading",
                where=f"--supply-column {column}",
                found=heading,
                do=f"its headings are {', '.join(headings[:20])}",
            )
        found[column] = heading
    for heading in headings:
        column_name = _LOOKUP.get(folded(heading))
        if column_name and column_name not in found and heading not in found.values():
            found[column_name] = heading
    if missing := [column for column in ("supplier", "buyer") if column not in found]:
        raise ScreenerError(
            f"no column with the {missing[0]} was recognised",
            where="--supply",
            found=", ".join(headings[:12]),
            do=f"name it: --supply-column {missing[0]}=HEADING",
        )
    return found


def _typed(frame: pl.DataFrame, name: str, rejects: list[pl.DataFrame]) -> pl.DataFrame:
    """Cells as the dataset takes them; a cell that cannot be read is emptied and told, the row stays."""
    digits = pl.col("hs_code").str.replace_all(r"[^\d]", "")
    share = pl.col("input_share").str.replace_all(r"[%\s,]", "").cast(pl.Float64, strict=False).fill_nan(None)
    share = pl.when(pl.col("input_share").str.contains("%")).then(share / 100).otherwise(share)
    value = pl.col("value_usd").str.replace_all(r"(?i)[$,\s]|usd", "").cast(pl.Float64, strict=False).fill_nan(None)
    region = pl.col("origin_region").str.strip_chars().str.to_uppercase()
    day = pl.coalesce(pl.col("date").str.strip_chars().str.to_date(form, strict=False) for form in _DAYS)
    read = {
        "hs_code": (
            pl.when(digits.str.len_chars().is_between(2, 10)).then(digits),
            "not a customs code of 2 to 10 digits",
        ),
        "input_share": (pl.when(share.is_between(0, 1)).then(share), "not a fraction between 0 and 1"),
        "value_usd": (pl.when(value.is_between(0, 1e17)).then(value), "not an amount"),
        "origin_region": (
            pl.when(region.str.contains(r"^[A-Z]{2}-[A-Z0-9]{1,3}$")).then(region),
            "not a region code such as CN-XJ",
        ),
        "date": (day, "not a day"),
        "supplier_country": (_country("supplier_country"), "not a country that is known here"),
        "buyer_country": (_country("buyer_country"), "not a country that is known here"),
    }
    for column, (expression, problem) in read.items():
        unread = frame.filter(pl.col(column).is_not_null() & expression.is_null())
        rejects.append(_told(unread, name, column, problem, "the cell was left out, the delivery counts"))
    return frame.with_columns(expression.alias(column) for column, (expression, _) in read.items())


def _dated(frame: pl.DataFrame, name: str, rejects: list[pl.DataFrame]) -> pl.DataFrame:
    """Spans as datasets write them; rows whose end cannot be read, or lies before their beginning, are left out."""
    begin, end = _span_cell("valid_from"), _span_cell("valid_to")
    unread = pl.col("valid_from").is_not_null() & begin.is_null()
    rejects.append(
        _told(
            frame.filter(unread),
            name,
            "valid_from",
            "not a day, month or year",
            "the cell was left out, the delivery counts",
        )
    )
    lost = pl.col("valid_to").is_not_null() & end.is_null()
    rejects.append(
        _told(
            frame.filter(lost),
            name,
            "valid_to",
            "not a day, month or year: whether the delivery has ended is not known",
            "the row was left out",
        )
    )
    # A day of delivery is a day on which the relation had begun.
    begun = pl.min_horizontal(begin, pl.col("date").dt.strftime("%Y-%m-%d"))
    frame = frame.filter(~lost).with_columns(begun.alias("valid_from"), end.alias("valid_to"))
    reversed_ = _over_before(pl.col("valid_from"))
    rejects.append(
        _told(frame.filter(reversed_), name, "valid_to", "the end lies before the beginning", "the row was left out")
    )
    return frame.filter(~reversed_)


def _over_before(day: pl.Expr) -> pl.Expr:
    """Whether `valid_to` lies before a day, month or year; a month or year alone covers all its days, as in schema/tables.py."""
    return (pl.col("valid_to").str.pad_end(10, "~") < day).fill_null(False)


def _span_cell(column: str) -> pl.Expr:
    """A day, month or year as datasets write them (2021-06-30, 2021-06, 2021); null where the cell is none of these."""
    text = pl.col(column).str.strip_chars()
    day = pl.coalesce(text.str.to_date(form, strict=False) for form in _DAYS).dt.strftime("%Y-%m-%d")
    month = text.str.replace_all("[./]", "-")
    known = pl.when(
        (month + "-01").str.to_date("%Y-%m-%d", strict=False).is_not_null() & month.str.contains(r"^\d{4}-\d{2}$")
    )
    year = pl.when(text.str.contains(r"^(19|20)\d{2}$")).then(text)
    return pl.coalesce(year, known.then(month), day)


def _country(column: str) -> pl.Expr:
    written = pl.col(column).str.strip_chars()
    named = written.str.to_lowercase().replace_strict(_COUNTRIES, default=None, return_dtype=pl.String)
    return pl.coalesce(named, pl.when(written.str.contains(r"^[A-Za-z]{2}$")).then(written.str.to_uppercase()))


def _resolved(
    con: duckdb.DuckDBPyConnection, frame: pl.DataFrame, name: str, rejects: list[pl.DataFrame]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Adds supplier_id and buyer_id; gives the entities made for names that the store does not surely know."""
    names = pl.concat([frame.select(name=side, country=f"{side}_country") for side in ("supplier", "buyer")])
    names = (
        names.group_by("name")
        .agg(country=pl.col("country").drop_nulls().sort().first())
        .sort("name")
        .with_row_index("row")
    )
    names = names.with_columns(pl.col("row").cast(pl.Int64))
    resolution = resolve(con, names.select("row", "name"), country=None)
    matched = names.join(resolution.matches.select("row", "entity_id", "decision"), on="row", how="left").sort("row")
    guesses = resolution.candidates.filter(pl.col("rank") == 1).select(
        "row", guess=pl.format("{} ({})", "name", "entity_id")
    )
    doubtful = matched.filter(pl.col("decision") == "review").join(guesses, on="row", how="left")
    written = names.select("name", first=pl.lit(None, pl.Int64)).join(
        pl.concat([frame.select("row", name=side) for side in ("supplier", "buyer")])
        .group_by("name")
        .agg(pl.col("row").min()),
        on="name",
        how="left",
    )
    told = doubtful.drop("row").join(written.select("name", "row"), on="name")
    rejects.append(
        told.select(
            table=pl.lit("supply"), file=pl.lit(name), row="row", column=pl.lit(None, pl.String), key="name",
            problem=pl.lit("the store may know this name, not surely"), found=pl.col("guess"),
            do=pl.lit("it stands apart; write the name as the store does if it is the same"),
        )
    )  # fmt: skip
    digest = pl.col("name").map_elements(
        lambda text: hashlib.sha256(text.encode()).hexdigest()[:10], return_dtype=pl.String
    )
    matched = matched.with_columns(
        made_id=pl.concat_str(pl.col("country").str.to_lowercase().fill_null("zz"), pl.lit("-user-"), digest)
    )
    ids = matched.select("name", id=pl.coalesce("entity_id", "made_id"))
    made = matched.filter(pl.col("entity_id").is_null()).select(
        entity_id="made_id",
        kind=pl.lit("company"),
        name="name",
        country="country",
        status=pl.lit("active"),
        note=pl.lit("named in the user's own file"),
    )
    frame = frame.join(ids.rename({"name": "supplier", "id": "supplier_id"}), on="supplier", maintain_order="left")
    return frame.join(ids.rename({"name": "buyer", "id": "buyer_id"}), on="buyer", maintain_order="left"), made


def _facts(frame: pl.DataFrame, newest: str) -> pl.DataFrame:
    """Deliveries of one kind as one fact; it has ended where `valid_to` lies before `newest`, the day of the store's facts."""
    said = ("supplier_id", "buyer_id", "hs_code", "product", "origin_region", "input_share", "valid_to")
    facts = frame.group_by(said).agg(
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
        status=pl.when(_over_before(pl.lit(newest))).then(pl.lit("ended")).otherwise(pl.lit("active")),
        summary=pl.format("The user's own file, {}.", rows),
    )


def _source(con: duckdb.DuckDBPyConnection, source_id: str, name: str) -> pl.DataFrame:
    # Known as of the day of the store's facts, so that the file counts at the usual known-at day and moves it for nobody.
    newest = con.execute("select max(retrieved_on)::varchar from source").fetchall()[0][0] or "2000-01-01"
    return pl.DataFrame(
        {
            **{
                "source_id": [source_id],
                "publisher": [USER_PUBLISHER],
                "publisher_kind": ["other"],
                "title": [name],
                "language": ["und"],
            },
            **{
                "url": [f"https://user-file.invalid/{source_id}"],
                "published_on": [newest],
                "retrieved_on": [newest],
                "grade": ["D"],
            },
            "note": ["the user's own data, not public evidence"],
        }
    )


def _write(folder: Path, table: str, name: str, rows: pl.DataFrame) -> None:
    (folder / table).mkdir(parents=True, exist_ok=True)
    wanted = table_columns(table)
    complete = rows.with_columns(pl.lit(None, pl.String).alias(c) for c in wanted if c not in rows.columns)
    complete.select(wanted).write_csv(folder / table / f"{name}.csv")


def _told(rows: pl.DataFrame, file: str, column: str | None, problem: str, do: str) -> pl.DataFrame:
    return rows.select(
        table=pl.lit("supply"),
        file=pl.lit(file),
        row=pl.col("row"),
        column=pl.lit(column, pl.String),
        key=pl.coalesce("supplier", "buyer"),
        problem=pl.lit(problem),
        found=pl.col(column).cast(pl.String) if column else pl.lit(None, pl.String),
        do=pl.lit(do),
    )
