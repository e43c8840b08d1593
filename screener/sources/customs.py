"""Korea Customs Service: imports by code and country. At the level of a country they are no fact about any company."""

from __future__ import annotations

from collections.abc import Iterator

from screener.errors import ScreenerError
from screener.sources.archive import plain
from screener.sources.client import Client
from screener.sources.data_go_kr import explain as explain  # of errors of the same portal
from screener.sources.source import Files, Rows
from screener.sources.xmlrecords import records
from screener.store.snapshots import ParseReport


def fetch(client: Client) -> None:
    """Downloads imports by code and country: `--option hs=854143`, `country=CN`, `from=202501`, `to=202512`."""
    options = {"country": "CN", **client.options}
    names = {"strtYymm": "from", "endYymm": "to", "hsSgn": "hs", "cntyCd": "country"}
    asked = {name: options.get(option, "") for name, option in names.items()}
    if not all(asked.values()):
        do = "--option hs=854143 --option from=202501 --option to=202512"
        raise ScreenerError("which goods and months?", where="customs-trade", do=do)
    client.download(client.source.files[0], asked)


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Counts the figures; they are kept raw."""
    for record in records(plain(files, files.first, ".xml"), "item"):
        files.account({str(child.tag): child.text or "" for child in record}, "item", report)
        report.rows += 1
    yield {}
