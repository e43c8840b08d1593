"""KIND: the listed companies, an HTML table that calls itself an .xls file, in EUC-KR."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from screener.sources.client import Client
from screener.sources.rows import Collector, day, entity_id, stock_code
from screener.sources.source import Files, Rows, Source
from screener.sources.tables import Columns, records_of, table_of, words
from screener.store.snapshots import ParseReport

URL: Final = "https://kind.krx.co.kr/corpgeneral/corpList.do"
MARKETS: Final = {"유가": "KOSPI", "유가증권": "KOSPI", "코스피": "KOSPI", "코스닥": "KOSDAQ", "코넥스": "KONEX"}
# Heads of companies are natural persons and are left out.
_COLUMNS: Final = Columns(
    {
        "name": ("회사명",),
        "code": ("종목코드",),
        "market": ("시장구분",),
        "sector": ("업종",),
        "listed": ("상장일",),
    },
    needed=("name", "code"),
    unused=words("주요제품 결산월 대표자명 홈페이지 지역"),
)


def fetch(client: Client) -> None:
    """Downloads the table of all markets."""
    client.download(URL, "corpList", expect="html", params={"method": "download", "searchType": "13"})


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Reads names, codes and markets."""
    rows = Collector()
    table = _COLUMNS.of(table_of(files, holds="종목코드"), files.first.url, report)
    for number, row in enumerate(records_of(table), start=2):
        name, code = row["name"], stock_code(row["code"])
        if not name or code is None:
            report.reject("entity", number, "종목코드", name, "no name or no stock code", row["code"])
            continue
        report.rows += 1
        market = MARKETS.get(row["market"] or "")
        cells = {"name_ko": name, "country": "KR", "sector": row["sector"], "market": market}
        known = rows.entity(entity_id("kr", "krx", code), name, **cells)
        listed = day(row["listed"])
        rows.add("identifier", entity_id=known, scheme="krx", value=code, security="common", valid_from=listed)
    yield rows.take()


SOURCE: Final = Source(
    id="krx-kind",
    priority=4,
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
