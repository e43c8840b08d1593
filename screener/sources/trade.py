"""The user's own trade records: who delivered what to whom, stored as a source of its own."""

import polars as pl

from screener.readers.deliveries import COLUMNS, mapped, read_deliveries
from screener.sources.archive import plain
from screener.sources.reading import Reading, digest


def parse(reading: Reading) -> None:
    """Deliveries from any table. Headings are known or given: `--option supplier="Shipper Full Name"`."""
    path = plain(reading, reading.first) if reading.first.path.suffix == ".gz" else reading.first.path
    given = {name: heading for name, heading in reading.options.items() if name in COLUMNS}
    read = read_deliveries(path, where=reading.first.url, given=given, option="--option")
    for name in read.unused:
        reading.surprise(name)
    for row, column, key, problem, found, _ in read.remarks.head(1000).iter_rows():
        reading.reject("supply", row, column, key, problem, found)
    frame = read.frame.with_columns(_party("supplier"), _party("buyer"))
    itself = pl.col("supplier_key") == pl.col("buyer_key")
    for row, name in frame.filter(itself).select("row", "supplier").iter_rows():
        reading.reject("supply", row, "supplier", name, "supplier and buyer are one", name)
    frame = frame.filter(~itself)
    reading.rows += frame.height
    no_code = pl.lit(None, pl.String)
    parties = pl.concat(
        frame.select(entity_id=f"{side}_key", name=side, country=f"{side}_country", code=code)
        for side, code in (("supplier", no_code), ("buyer", pl.col("buyer_code")))
    )
    parties = parties.filter(pl.col("name").is_not_null() & pl.col("entity_id").str.starts_with("zz-trade-"))
    parties = parties.unique("entity_id", keep="first", maintain_order=True)
    reading.stage("entity", parties.select("entity_id", "name", "country", kind=pl.lit("company")))
    reading.common_shares(parties.select("entity_id", value="code"))
    # Bills of lading of one pair and product are one relation a year: its value is their sum.
    value = pl.col("value_usd")
    flows = frame.group_by(
        *("hs_code", "product", "origin_region", "valid_to"),
        supplier_id="supplier_key",
        buyer_id="buyer_key",
        valid_from=pl.when(pl.col("date").is_not_null()).then(pl.col("date").str.slice(0, 4)).otherwise("valid_from"),
        maintain_order=True,
    ).agg(
        value_usd=pl.when(value.is_not_null().any()).then(value.sum()).cast(pl.String),
        input_share=pl.col("input_share").drop_nulls().first().cast(pl.String),
        confirmed_on=pl.col("date").drop_nulls().max(),
    )
    has_ended = pl.col("valid_to").is_not_null()
    reading.stage(
        "supply", flows.with_columns(status=pl.when(has_ended).then(pl.lit("ended")).otherwise(pl.lit("active")))
    )


def _party(side: str) -> pl.Expr:
    """The id in the file, else one from name and country."""
    text = pl.concat_str(side, pl.lit("|"), pl.col(f"{side}_country").fill_null(""))
    made = pl.concat_str(pl.lit("zz-trade-"), mapped(text, digest))
    return pl.coalesce(f"{side}_id", made).alias(f"{side}_key")
