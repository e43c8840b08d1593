"""The user's own trade records: who delivered what to whom, stored as a source of its own."""

from __future__ import annotations

from typing import Final

import polars as pl

from screener.readers.deliveries import COLUMNS, read_deliveries
from screener.sources.archive import plain
from screener.sources.reading import Reading
from screener.sources.rows import digest

_SIDES: Final = ("supplier", "buyer")


def parse(reading: Reading) -> None:
    """Deliveries from any table. Headings are known or given: `--option supplier="Shipper Full Name"`."""
    path = plain(reading, reading.first) if reading.first.path.suffix == ".gz" else reading.first.path
    given = {name: heading for name, heading in reading.options.items() if name in COLUMNS}
    read = read_deliveries(path, where=reading.first.url, given=given, option="--option")
    for name in read.unused:
        reading.surprise(name)
    for row, column, key, problem, found, _ in read.remarks.head(1000).iter_rows():
        reading.reject("supply", row, column, key, problem, found)
    _rows(read.frame, reading)


def _rows(frame: pl.DataFrame, reading: Reading) -> None:
    frame = frame.with_columns(_party(side) for side in _SIDES)
    itself = pl.col("supplier_key") == pl.col("buyer_key")
    for number, name in frame.filter(itself).select("row", "supplier").iter_rows():
        reading.reject("supply", number, "supplier", name, "supplier and buyer are one", name)
    frame = frame.filter(~itself)
    reading.rows += frame.height
    parties = pl.concat(
        frame.select(
            entity_id=f"{side}_key",
            name=side,
            country=f"{side}_country",
            code="buyer_code" if side == "buyer" else pl.lit(None, pl.String),
        )
        for side in _SIDES
    ).filter(pl.col("name").is_not_null() & pl.col("entity_id").str.starts_with("zz-trade-"))
    parties = parties.unique("entity_id", keep="first", maintain_order=True)
    # Many bills of lading of one pair and product are one relation a year: its value is their sum.
    begins = pl.when(pl.col("date").is_not_null()).then(pl.col("date").str.slice(0, 4)).otherwise("valid_from")
    same = ("supplier_key", "buyer_key", "hs_code", "product", "origin_region", "begins", "valid_to")
    value = pl.col("value_usd")
    flows = (
        frame.with_columns(begins=begins)
        .group_by(*same, maintain_order=True)
        .agg(
            value_usd=pl.when(value.is_not_null().any()).then(value.sum()),
            input_share=pl.col("input_share").drop_nulls().first(),
            confirmed_on=pl.col("date").drop_nulls().max(),
        )
    )
    reading.frame("entity", parties.select("entity_id", "name", "country", kind=pl.lit("company")))
    reading.common_shares(parties.select("entity_id", value="code"))
    stated = flows.select(
        *("hs_code", "product", "origin_region", "valid_to", "confirmed_on"),
        supplier_id="supplier_key",
        buyer_id="buyer_key",
        value_usd=value.cast(pl.String),
        input_share=pl.col("input_share").cast(pl.String),
        valid_from="begins",
        status=pl.when(pl.col("valid_to").is_null()).then(pl.lit("active")).otherwise(pl.lit("ended")),
    )
    reading.frame("supply", stated)


def _party(side: str) -> pl.Expr:
    """The id that the file gives, else one of name and country; distinct names are hashed once, not a million times."""
    text = pl.concat_str(side, pl.lit("|"), pl.col(f"{side}_country").fill_null(""))
    hashed = text.map_batches(_digests, return_dtype=pl.String)
    return pl.coalesce(f"{side}_id", pl.concat_str(pl.lit("zz-trade-"), hashed)).alias(f"{side}_key")


def _digests(texts: pl.Series) -> pl.Series:
    distinct = texts.drop_nulls().unique()
    return texts.replace_strict(distinct, [digest(text) for text in distinct], default=None, return_dtype=pl.String)
