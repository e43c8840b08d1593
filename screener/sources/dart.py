"""DART: every filing company of Korea with its corp code, names and stock code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from screener.readers.delimited import read_delimited
from screener.sources.client import Client
from screener.sources.shapes import plain, wanted
from screener.sources.source import Files, Rows, ShapeError, Source
from screener.sources.xmlrecords import records
from screener.store.snapshots import Told

BASE: Final = "https://opendart.fss.or.kr/api/"
FIELDS: Final = ("corp_code", "corp_name", "corp_eng_name", "stock_code", "modify_date")
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
PUBLISHER: Final = "Financial Supervisory Service (OpenDART)"
TERMS: Final = "free with a key; Korea Open Government Licence, source to be named"


def explain(head: bytes) -> str | None:
    """What an error says that comes in place of a file: XML or JSON with a status."""
    text = head.decode("utf-8", "replace")
    found = re.search(r"<status>\s*(\w+)\s*</status>", text) or re.search(r'"status"\s*:\s*"(\w+)"', text)
    if found is None or found[1] == "000":
        return None
    message = re.search(r"<message>([^<]*)</message>", text) or re.search(r'"message"\s*:\s*"([^"]*)"', text)
    return f"{found[1]}: {STATUS.get(found[1], message[1] if message else 'not documented')}"


def fetch(client: Client) -> None:
    """Downloads the ZIP of all corp codes."""
    client.download(
        BASE + "corpCode.xml", "CORPCODE", expect="zip", params={"crtfc_key": client.key()}, explain=explain
    )


def parse(files: Files, told: Told) -> Iterator[Rows]:
    """Reads the ZIP, its CORPCODE.xml, or a CSV with the same columns."""
    path = plain(files, files.first, (".xml", ".csv"))
    with open(path, "rb") as file:
        head = file.read(2048)
    if (problem := explain(head)) is not None:
        raise ShapeError(
            "an error message instead of the companies", where=files.first.url, found=problem, do="fetch it again"
        )
    frame = (
        _from_xml(path, told)
        if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")
        else read_delimited(path, files.folder)
    )
    yield rows(wanted(frame, files.first.url, FIELDS[:2], FIELDS, told), told)


def rows(frame: pl.DataFrame, told: Told) -> Rows:
    """Entities, stock codes and corp codes of records in the columns of CORPCODE.xml.

    Spreadsheets eat leading zeros; corp codes and stock codes are filled up again.
    """
    blank_is_null = pl.all().str.strip_chars().replace("", None)
    frame = frame.with_columns(blank_is_null).with_columns(
        pl.col("corp_code").str.zfill(8),
        pl.when(pl.col("stock_code").str.contains(r"^\d{1,6}$"))
        .then(pl.col("stock_code").str.zfill(6))
        .otherwise("stock_code"),
    )
    good = pl.col("corp_code").str.contains(r"^\d{8}$") & (
        pl.col("corp_name").is_not_null() | pl.col("corp_eng_name").is_not_null()
    )
    for record in frame.filter(~good.fill_null(False)).head(1000).to_dicts():
        told.reject("entity", None, "corp_code", record["corp_code"], "no corp code or no name", record["corp_name"])
    frame = frame.filter(good).unique("corp_code", keep="last", maintain_order=True)
    told.rows += frame.height
    known = pl.concat_str(pl.lit("kr-"), "corp_code")
    code = pl.col("stock_code").str.to_uppercase()
    entity = frame.select(
        entity_id=known,
        kind=pl.lit("company"),
        # Some 3 % of the English names are empty; the Korean name then stands for both.
        name=pl.coalesce("corp_eng_name", "corp_name"),
        name_ko="corp_name",
        country=pl.lit("KR"),
    )
    numbers = [
        frame.select(entity_id=known, scheme=pl.lit("dart"), value="corp_code", security=pl.lit(None, pl.String))
    ]
    listed = frame.filter(code.str.contains(r"^[0-9][0-9A-Z]{5}$"))
    numbers.append(listed.select(entity_id=known, scheme=pl.lit("krx"), value=code, security=pl.lit("common")))
    return {"entity": entity, "identifier": pl.concat(numbers)}


def _from_xml(path: Path, told: Told) -> pl.DataFrame:
    collected: dict[str, list[str]] = {name: [] for name in FIELDS}
    for record in records(path, {"list"}):
        cells = {child.tag: child.text for child in record.children}
        for name in FIELDS:
            collected[name].append(cells.pop(name, ""))
        for name, text in cells.items():
            told.surprise(name, text)
    return pl.DataFrame(collected, schema=dict.fromkeys(FIELDS, pl.String))


SOURCE: Final = Source(
    id="dart",
    title="Corporation codes (corpCode)",
    publisher=PUBLISHER,
    publisher_kind="registry",
    url="https://opendart.fss.or.kr/guide/detail.do?apiGrpCd=DS001&apiId=2019018",
    terms=TERMS,
    frequency="daily",
    key="DART_API_KEY",
    language="ko",
    fetch=fetch,
    parse=parse,
    parts=(("CORPCODE", ""),),
)
