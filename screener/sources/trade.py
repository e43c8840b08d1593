"""The user's own trade records: who delivered what to whom, with a mapping of columns that is easy to give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from screener.errors import ScreenerError
from screener.sources.loaded import any_table
from screener.sources.shapes import country_codes, digest
from screener.sources.source import Files, Rows, Source
from screener.store.snapshots import Told

COLUMNS: Final = {
    "supplier": ("supplier", "supplier name", "shipper", "shipper name", "exporter", "seller", "공급사", "수출자"),
    "buyer": ("buyer", "buyer name", "consignee", "consignee name", "importer", "구매사", "수입자"),
    "supplier_country": ("supplier country", "shipper country", "origin country", "country of origin", "country"),
    "buyer_country": ("buyer country", "consignee country", "destination country"),
    "supplier_id": ("supplier id", "supplier_id"),
    "buyer_id": ("buyer id", "buyer_id"),
    "buyer_code": ("buyer stock code", "stock code", "종목코드"),
    "hs_code": ("hs code", "hs", "hscode", "hts", "hs_code"),
    "product": ("product", "goods", "description", "goods description", "품명"),
    "origin_region": ("origin region", "region", "origin_region"),
    "value_usd": ("value usd", "value", "fob value (usd)", "amount usd", "value_usd"),
    "input_share": ("input share", "share", "input_share"),
    "date": ("date", "arrival date", "shipment date", "bill of lading date", "valid_from"),
}


def parse(files: Files, told: Told) -> Iterator[Rows]:
    """Deliveries from CSV, XLSX or Parquet. Columns are known by common headings or given: `--option supplier="Shipper Full Name"`."""
    frame = any_table(files, told)
    heads = {" ".join(name.lower().split()): name for name in reversed(frame.columns)}
    chosen: dict[str, str] = {}
    for column, known in COLUMNS.items():
        given = files.options.get(column)
        if given is not None and given not in frame.columns:
            raise ScreenerError(
                "no such column in the file",
                where=f"--option {column}",
                found=given,
                do="one of: " + ", ".join(frame.columns)[:200],
            )
        if name := given or next((heads[head] for head in known if head in heads), None):
            chosen[column] = name
    for side in ("supplier", "buyer"):
        if side not in chosen and f"{side}_id" not in chosen:
            raise ScreenerError(
                f"no column of the {side}",
                where=files.first.url,
                found=", ".join(frame.columns)[:100],
                do=f'say which it is with --option {side}="HEADING"',
            )
    for name in frame.columns:
        if name not in chosen.values():
            told.surprise(name)
    cells = frame.select(
        pl.col(chosen[column]).cast(pl.String).str.strip_chars().alias(column)
        if column in chosen
        else pl.lit(None, pl.String).alias(column)
        for column in COLUMNS
    )
    yield _rows(cells, told)


def _rows(cells: pl.DataFrame, told: Told) -> Rows:
    def party(side: str) -> pl.Expr:
        # Hashing distinct names once keeps a million rows from being a million calls.
        country = pl.col(f"{side}_code_country").fill_null("")
        return pl.coalesce(
            f"{side}_id",
            pl.when(pl.col(side).is_not_null()).then(
                pl.concat_str(pl.lit("zz-trade-"), _hashed(pl.concat_str(side, pl.lit("|"), country)))
            ),
        )

    codes = {
        side: country_codes(pl.col(f"{side}_country")).alias(f"{side}_code_country") for side in ("supplier", "buyer")
    }
    cells = cells.with_columns(pl.col("supplier", "buyer").replace("", None)).with_columns(*codes.values())
    cells = cells.with_columns(supplier_key=party("supplier"), buyer_key=party("buyer")).with_columns(
        amount=pl.col("value_usd").str.replace_all(r"[,$\s]", "").cast(pl.Float64, strict=False),
        hs=pl.col("hs_code").str.replace_all(r"[^0-9.]", ""),
    )
    good = (
        pl.col("supplier_key").is_not_null()
        & pl.col("buyer_key").is_not_null()
        & (pl.col("supplier_key") != pl.col("buyer_key"))
    )
    for number, record in enumerate(cells.filter(~good).select("supplier", "buyer").head(1000).iter_rows(), start=1):
        told.reject("supply", number, "supplier", None, "supplier or buyer is missing, or both are one", record)
    cells = cells.filter(good)
    told.rows += cells.height
    parties = pl.concat(
        [
            cells.select(
                entity_id=f"{side}_key",
                name=side,
                country=f"{side}_code_country",
                code="buyer_code" if side == "buyer" else pl.lit(None, pl.String),
            )
            for side in ("supplier", "buyer")
        ]
    ).filter(pl.col("name").is_not_null() & pl.col("entity_id").str.starts_with("zz-trade-"))
    parties = parties.unique("entity_id", keep="first", maintain_order=True)
    # Many bills of lading of one pair and product are one relation: its value a year is their sum over the file's newest twelve months.
    year = pl.col("date").str.extract(r"((?:19|20)\d{2})")
    flows = (
        cells.with_columns(year=year)
        .group_by("supplier_key", "buyer_key", "hs", "product", "origin_region", "year", maintain_order=True)
        .agg(
            amount=pl.col("amount").sum(),
            counted=pl.col("amount").is_not_null().any(),
            input_share=pl.col("input_share").drop_nulls().first(),
            last=pl.col("date").drop_nulls().max(),
        )
    )
    share = pl.col("input_share").str.replace("%", "").cast(pl.Float64, strict=False)
    return {
        "entity": parties.select("entity_id", kind=pl.lit("company"), name="name", country="country"),
        "identifier": parties.filter(pl.col("code").str.contains(r"^[0-9][0-9A-Z]{5}$")).select(
            "entity_id", scheme=pl.lit("krx"), value="code", security=pl.lit("common")
        ),
        "supply": flows.select(
            supplier_id="supplier_key",
            buyer_id="buyer_key",
            hs_code=pl.when(pl.col("hs").str.contains(r"^\d[\d.]{0,12}\d$")).then("hs"),
            product="product",
            origin_region=pl.when(pl.col("origin_region").str.contains(r"^[A-Z]{2}-[A-Z0-9]{1,3}$")).then(
                "origin_region"
            ),
            value_usd=pl.when("counted").then(pl.col("amount").cast(pl.String)),
            input_share=pl.when(share.is_between(0, 1)).then(share.cast(pl.String)),
            valid_from="year",
            status=pl.lit("active"),
            confirmed_on=pl.col("last").str.extract(r"^(\d{4}-\d{2}-\d{2})"),
        ),
    }


def _hashed(text: pl.Expr) -> pl.Expr:
    folded = text.str.replace_all(r"\s+", "").str.to_lowercase()
    return folded.map_batches(
        lambda s: s.replace_strict(*_digests(s), default=None, return_dtype=pl.String), return_dtype=pl.String
    )


def _digests(names: pl.Series) -> tuple[list[str], list[str]]:
    distinct = names.drop_nulls().unique().to_list()
    return distinct, [digest(name) for name in distinct]


SOURCE: Final = Source(
    id="trade-records",
    title="Trade records of the user",
    publisher="The user's own records",
    publisher_kind="other",
    url="https://example.org/own-records",
    terms="those under which you hold them",
    frequency="as loaded",
    grade="B",
    parse=parse,
    parts=(("records", ""),),
    max_bytes=16 << 30,
    variants=True,
)
