"""Public Data Portal: items listed on the Korea Exchange, with their identifiers; imports by code and country."""

from typing import Any, Final

from screener.errors import ScreenerError
from screener.schema.identifiers import ISIN, normalise_stock_code
from screener.sources.archive import plain, stated
from screener.sources.client import Client
from screener.sources.reading import Reading, digits, entity_id
from screener.sources.records import answers_of, fields_of, xml_records
from screener.sources.source import ShapeError, SourceError

PAGE_ROWS: Final = 1000
_MARKETS: Final = ("KOSPI", "KOSDAQ", "KONEX")
# The portal's own errors come as XML with status 200, whatever format was requested.
REASONS: Final = {
    "12": "there is no such service",
    "20": "no access to this service: apply for it on the portal",
    "22": "the day's requests are used up",
    "30": "the key is not registered",
    "31": "the key has expired",
    "32": "the key may not be used from this address",
}


def explain(head: bytes) -> str | None:
    """The portal's error message: XML from its gateway, or a resultCode of the service."""
    if reason := stated(head, "returnReasonCode"):
        return f"{reason}: {REASONS.get(reason) or stated(head, 'returnAuthMsg') or 'not documented'}"
    result = stated(head, "resultCode")
    if result is None or not result.strip("0"):
        return None
    return f"{result}: {stated(head, 'resultMsg') or 'not documented'}"


def fetch_items(client: Client) -> None:
    """Downloads all items of the latest day that the service has."""
    # The service has every day; without a day it would return years of them.
    items = client.source.files[0]
    body, file = client.json(items, {"resultType": "json", "numOfRows": "1", "pageNo": "1"})
    newest = _items(body) or []
    if not newest or not newest[0].get("basDt"):
        raise SourceError("no items", where=file.url, found=str(body)[:80], do="try again later")
    asked = {"resultType": "json", "basDt": str(newest[0]["basDt"]), "numOfRows": str(PAGE_ROWS)}
    client.pages(items, asked, "pageNo", _count)


def _count(body: Any) -> tuple[int, int]:
    return len(_items(body) or []), int(body["response"]["body"].get("totalCount") or 0)


def parse_items(reading: Reading) -> None:
    """Reads the items: a share's codes identify its issuer, which is known by its corporate registration number."""
    newest: dict[str, dict[str, str]] = {}
    for body, _ in answers_of(reading, reading.first):
        if (items := _items(body)) is None:
            where, found = reading.first.url, str(body)[:80]
            raise ShapeError("the answer has no response.body.items", where=where, found=found)
        for written in items:
            reading.account(written, "item")
            item = {name: str(value or "").strip() for name, value in written.items()}
            code = normalise_stock_code(item.get("srtnCd", ""))
            if code is None or not item.get("corpNm"):
                key, code_written = str(written.get("itmsNm")), written.get("srtnCd")
                reading.reject("identifier", None, "srtnCd", key, "no stock code or no company", code_written)
            elif code not in newest or newest[code].get("basDt", "") < item.get("basDt", ""):
                newest[code] = item
    # Common shares first: they give the company its name.
    for code, item in sorted(newest.items(), key=lambda pair: (pair[0][-1] != "0", pair[0])):
        reading.rows += 1
        corporate, name = digits(item.get("crno"), 13), item["corpNm"]
        market, isin = item.get("mrktCtg", "").upper(), item.get("isinCd", "").upper()
        made = entity_id("kr", "crn", corporate) if corporate else entity_id("kr", "krx", code)
        cells = {"name_ko": name, "country": "KR", "market": market if market in _MARKETS else None}
        known = reading.once(made, name, [("crn", corporate)], **cells)
        security = "preference" if code[-1] in "579KLM" else "common"
        for scheme, value in (("krx", code), ("isin", isin if ISIN.fullmatch(isin) else "")):
            if value:
                reading.add("identifier", entity_id=known, scheme=scheme, value=value, security=security)
        if reading.published_on is None:
            reading.state_day(item.get("basDt"))


def fetch_trade(client: Client) -> None:
    """Downloads imports by code and country: `--option hs=854143`, `country=CN`, `from=202501`, `to=202512`."""
    options = {"country": "CN", **client.options}
    names = {"strtYymm": "from", "endYymm": "to", "hsSgn": "hs", "cntyCd": "country"}
    asked = {name: options.get(option, "") for name, option in names.items()}
    if not all(asked.values()):
        do = "--option hs=854143 --option from=202501 --option to=202512"
        raise ScreenerError("which goods and months?", where="customs-trade", do=do)
    client.download(client.source.files[0], asked)


def parse_trade(reading: Reading) -> None:
    """Counts the figures; only the raw file is stored. Figures per country are not facts about any company."""
    for record in xml_records(plain(reading, reading.first, ".xml"), "item"):
        reading.account(fields_of(record), "item")
        reading.rows += 1


def _items(body: Any) -> list[dict[str, Any]] | None:
    """`response.body.items.item[]`; a single item comes without a list, and no items as an empty text."""
    try:
        items = body["response"]["body"]["items"]
    except (KeyError, TypeError):
        return None
    found = items.get("item", []) if isinstance(items, dict) else items or []
    return [found] if isinstance(found, dict) else list(found)
