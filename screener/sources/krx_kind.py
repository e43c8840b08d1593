"""KIND: the listed companies, an HTML table that calls itself an .xls file, in EUC-KR."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from screener.sources.rows import Collector, day, entity_id, stock_code
from screener.sources.source import Files, Rows
from screener.sources.tables import rows_of
from screener.store.snapshots import ParseReport

MARKETS: Final = {"유가": "KOSPI", "유가증권": "KOSPI", "코스피": "KOSPI", "코스닥": "KOSDAQ", "코넥스": "KONEX"}


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Reads names, codes and markets. Heads of companies are natural persons and are left out."""
    rows = Collector()
    for number, row in enumerate(rows_of(files, report), start=2):
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
