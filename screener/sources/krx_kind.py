"""KIND: the listed companies, an HTML table that calls itself an .xls file, in EUC-KR."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from screener.readers.delimited import utf8_file
from screener.readers.html import html_tables
from screener.sources.client import Client
from screener.sources.shapes import Collector, day, entity_id
from screener.sources.source import Files, Rows, ShapeError, Source
from screener.store.snapshots import Told

URL: Final = "https://kind.krx.co.kr/corpgeneral/corpList.do"
MARKETS: Final = {"유가": "KOSPI", "유가증권": "KOSPI", "코스피": "KOSPI", "코스닥": "KOSDAQ", "코넥스": "KONEX"}
_NAME, _CODE, _MARKET, _SECTOR, _LISTED = "회사명", "종목코드", "시장구분", "업종", "상장일"
_KNOWN: Final = frozenset(
    {_NAME, _CODE, _MARKET, _SECTOR, _LISTED, "주요제품", "결산월", "대표자명", "홈페이지", "지역"}
)


def fetch(client: Client) -> None:
    """Downloads the table of all markets."""
    client.download(URL, "corpList", expect="html", params={"method": "download", "searchType": "13"})


def parse(files: Files, told: Told) -> Iterator[Rows]:
    """Reads names, codes and markets; heads of companies are natural persons and are left out."""
    rows = Collector()
    page = utf8_file(files.first.path, files.folder).read_text(encoding="utf-8")
    table = next((table for table in html_tables(page) if _CODE in table.rows[0] and _NAME in table.rows[0]), None)
    if table is None:
        raise ShapeError(
            "no table of companies in it", where=files.first.url, found=page[:80], do="see whether the page has changed"
        )
    for head in table.rows[0]:
        if head not in _KNOWN:
            told.surprise(head)
    for number, row in enumerate(table.dicts(), start=2):
        name = row.get(_NAME, "").strip()
        # A spreadsheet on the way turns 005930 into 5930; letters came into new codes in 2024 (0000J0).
        code = row.get(_CODE, "").strip().upper()
        code = code.zfill(6) if re.fullmatch(r"\d{1,6}", code) else code
        if not name or not re.fullmatch(r"[0-9][0-9A-Z]{5}", code):
            told.reject("entity", number, _CODE, name, "no name or no stock code", row.get(_CODE))
            continue
        told.rows += 1
        known = entity_id("kr", "krx", code)
        rows.add(
            "entity",
            entity_id=known,
            kind="company",
            name=name,
            name_ko=name,
            country="KR",
            sector=row.get(_SECTOR) or None,
            market=MARKETS.get(row.get(_MARKET, "").strip()),
        )
        rows.add(
            "identifier", entity_id=known, scheme="krx", value=code, security="common", valid_from=day(row.get(_LISTED))
        )
    yield rows.take()


SOURCE: Final = Source(
    id="krx-kind",
    title="Listed companies (KIND)",
    publisher="Korea Exchange (KIND)",
    publisher_kind="registry",
    url="https://kind.krx.co.kr/corpgeneral/corpList.do?method=loadInitPage",
    terms="KRX website terms; for own use",
    frequency="daily",
    language="ko",
    fetch=fetch,
    parse=parse,
    parts=(("corpList", ""),),
    max_bytes=64 << 20,
)
