"""DART: every filing company of Korea with its corp code, names and stock code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from screener.readers.delimited import read_delimited
from screener.sources.archive import plain
from screener.sources.kinds import stated
from screener.sources.source import Files, Rows, ShapeError
from screener.sources.tables import columns_of
from screener.sources.xmlrecords import is_xml, records
from screener.store.snapshots import ParseReport

# opendart.fss.or.kr, "messages and explanations" of every API.
STATUS: Final = {
    "010": "the key is not known",
    "011": "the key is blocked",
    "012": "the key may not be used from this address",
    "013": "there is no data",
    "014": "there is no such file",
    "020": "the day's requests are used up (about 20,000)",
    "021": "too many companies in one request",
    "100": "a field has a wrong value",
    "101": "no access in this way",
    "800": "the service is being maintained",
    "900": "an error of the service",
    "901": "the key has expired",
}


def explain(head: bytes) -> str | None:
    """What an error says that comes in place of a file: XML or JSON with a status."""
    status = stated(head, "status")
    if status is None or status == "000":
        return None
    return f"{status}: {STATUS.get(status) or stated(head, 'message') or 'not documented'}"


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Reads the ZIP, its CORPCODE.xml, or a CSV with the same columns."""
    path = plain(files, files.first, ".xml", ".csv")
    with path.open("rb") as file:
        problem = explain(file.read(2048))
    if problem is not None:
        what = "an error message instead of the companies"
        raise ShapeError(what, where=files.first.url, found=problem, do="fetch it again")
    if is_xml(path):
        listed = [{str(child.tag): (child.text or "").strip() for child in record} for record in records(path, "list")]
        names = dict.fromkeys(name for record in listed for name in record)
        frame = pl.DataFrame(listed, schema=dict.fromkeys(names, pl.String))
    else:
        frame = read_delimited(path)
    yield _rows(columns_of(files, report, frame), report)


def _rows(frame: pl.DataFrame, report: ParseReport) -> Rows:
    # A hundred thousand companies: read as columns. Spreadsheets eat leading zeros; both codes are filled up again.
    filled = pl.when(pl.col("stock_code").str.contains(r"^\d{1,6}$")).then(pl.col("stock_code").str.zfill(6))
    frame = frame.with_columns(pl.all().str.strip_chars().replace("", None)).with_columns(
        pl.col("corp_code").str.zfill(8), stock_code=filled.otherwise("stock_code").str.to_uppercase()
    )
    named = pl.any_horizontal(pl.col("corp_name", "corp_eng_name").is_not_null())
    good = (pl.col("corp_code").str.contains(r"^\d{8}$") & named).fill_null(False)
    for row in frame.filter(~good).head(1000).iter_rows(named=True):
        report.reject("entity", None, "corp_code", row["corp_code"], "no corp code or no name", row["corp_name"])
    frame = frame.filter(good).unique("corp_code", keep="last", maintain_order=True)
    report.rows += frame.height
    known = pl.concat_str(pl.lit("kr-"), "corp_code")
    listed = frame.filter(pl.col("stock_code").str.contains(r"^[0-9][0-9A-Z]{5}$"))
    return {
        # Some 3 % of the English names are empty; the Korean name then stands for both.
        "entity": frame.select(
            entity_id=known,
            kind=pl.lit("company"),
            name=pl.coalesce("corp_eng_name", "corp_name"),
            name_ko="corp_name",
            country=pl.lit("KR"),
        ),
        "identifier": pl.concat(
            [
                frame.select(entity_id=known, scheme=pl.lit("dart"), value="corp_code"),
                listed.select(entity_id=known, scheme=pl.lit("krx"), value="stock_code", security=pl.lit("common")),
            ],
            how="diagonal",
        ),
    }
