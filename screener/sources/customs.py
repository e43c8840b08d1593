"""Korea Customs Service: imports by code and country. At the level of a country they are no fact about any company."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from screener.errors import ScreenerError
from screener.sources.archive import plain
from screener.sources.client import Client
from screener.sources.data_go_kr import explain
from screener.sources.rows import account
from screener.sources.source import Files, Rows, Source
from screener.sources.tables import words
from screener.sources.xmlrecords import records
from screener.store.snapshots import ParseReport

URL: Final = "https://apis.data.go.kr/1220000/nitemtrade/getNitemtradeList"
FIELDS: Final = words("balPayments expDlr expWgt hsCd impDlr impWgt statCd statCdCntnKor1 statKor year")


def fetch(client: Client) -> None:
    """Downloads imports by code and country: `--option hs=854143 --option country=CN --option from=202501 --option to=202512`."""
    options = {"country": "CN", **client.options}
    names = {"strtYymm": "from", "endYymm": "to", "hsSgn": "hs", "cntyCd": "country"}
    asked = {name: options.get(option, "") for name, option in names.items()}
    if not all(asked.values()):
        do = "--option hs=854143 --option from=202501 --option to=202512"
        raise ScreenerError("which goods and months?", where="customs-trade", do=do)
    params = {**asked, "serviceKey": client.key()}
    client.download(URL, "imports", expect="xml", params=params, explain=explain)


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Counts the figures; they are kept raw."""
    for record in records(plain(files, files.first, ".xml"), "item"):
        account({str(child.tag): child.text or "" for child in record}, FIELDS, report)
        report.rows += 1
    yield {}


SOURCE: Final = Source(
    id="customs-trade",
    priority=22,
    title="Imports by code and country",
    publisher="Korea Customs Service (data.go.kr)",
    publisher_kind="customs",
    url="https://www.data.go.kr/data/15100475/openapi.do",
    terms="free with a key",
    frequency="monthly, from the 15th",
    key="DATA_GO_KR_KEY",
    language="ko",
    grade="B",
    fetch=fetch,
    parse=parse,
    parts=(("imports", ""),),
)
