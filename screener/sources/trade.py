"""The user's own trade records: who delivered what to whom, with a mapping of columns that is easy to give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from screener.readers.deliveries import COLUMNS, read_deliveries
from screener.readers.sheets import MAX_BYTES
from screener.sources.loaded import plain_table
from screener.sources.shapes import digest
from screener.sources.source import Files, Rows, Source
from screener.store.snapshots import Told


def parse(files: Files, told: Told) -> Iterator[Rows]:
    """Deliveries from any table. Headings are known or given: `--option supplier="Shipper Full Name"`."""
    given = {column: heading for column, heading in files.options.items() if column in COLUMNS}
    read = read_deliveries(plain_table(files), where=files.first.url, given=given, option="--option")
    for heading in read.unused:
        told.surprise(heading)
    for remark in read.remarks.head(1000).iter_rows(named=True):
        told.reject("supply", remark["row"], remark["column"], remark["key"], remark["problem"], remark["found"])
    yield _rows(read.frame, told)


def _rows(cells: pl.DataFrame, told: Told) -> Rows:
    def party(side: str) -> pl.Expr:
        # Hashing distinct names once keeps a million rows from being a million calls.
        named = pl.concat_str(side, pl.lit("|"), pl.col(f"{side}_country").fill_null(""))
        return pl.coalesce(f"{side}_id", pl.concat_str(pl.lit("zz-trade-"), _hashed(named)))

    cells = cells.with_columns(supplier_key=party("supplier"), buyer_key=party("buyer"))
    itself = pl.col("supplier_key") == pl.col("buyer_key")
    for row, name in cells.filter(itself).select("row", "supplier").head(1000).iter_rows():
        told.reject("supply", row, "supplier", name, "the supplier is the buyer", name)
    cells = cells.filter(~itself)
    told.rows += cells.height
    parties = pl.concat(
        [
            cells.select(
                entity_id=f"{side}_key",
                name=side,
                country=f"{side}_country",
                code="buyer_code" if side == "buyer" else pl.lit(None, pl.String),
            )
            for side in ("supplier", "buyer")
        ]
    ).filter(pl.col("name").is_not_null() & pl.col("entity_id").str.starts_with("zz-trade-"))
    parties = parties.unique("entity_id", keep="first", maintain_order=True)
    # Many bills of lading of one pair and product in a year are one relation: its value is their sum.
    flows = (
        cells.with_columns(year=pl.coalesce(pl.col("date"), "valid_from").str.slice(0, 4))
        .group_by(
            "supplier_key", "buyer_key", "hs_code", "product", "origin_region", "year", "valid_to", maintain_order=True
        )
        .agg(
            value_usd=pl.when(pl.col("value_usd").is_not_null().any()).then(pl.col("value_usd").sum()),
            input_share=pl.col("input_share").drop_nulls().first(),
            confirmed_on=pl.col("date").max(),
        )
    )
    return {
        "entity": parties.select("entity_id", kind=pl.lit("company"), name="name", country="country"),
        "identifier": parties.filter(pl.col("code").str.contains(r"^[0-9][0-9A-Z]{5}$")).select(
            "entity_id", scheme=pl.lit("krx"), value="code", security=pl.lit("common")
        ),
        "supply": flows.select(
            "hs_code", "product", "origin_region", "valid_to", "confirmed_on",
            supplier_id="supplier_key",
            buyer_id="buyer_key",
            value_usd=pl.col("value_usd").cast(pl.String),
            input_share=pl.col("input_share").cast(pl.String),
            valid_from="year",
            status=pl.when(pl.col("valid_to").is_null()).then(pl.lit("active")).otherwise(pl.lit("ended")),
        ),
    }  # fmt: skip


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
    max_bytes=MAX_BYTES,
    variants=True,
)
