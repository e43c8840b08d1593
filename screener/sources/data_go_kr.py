"""Public Data Portal: items listed on the Korea Exchange, with ISIN, market and corporate registration number."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from screener.sources.client import Client
from screener.sources.shapes import Collector, account, day, entity_id, lines
from screener.sources.source import Files, Rows, ShapeError, Source, SourceError
from screener.store.snapshots import Told

URL: Final = "https://apis.data.go.kr/1160100/service/GetKrxListedInfoService/getItemInfo"
PAGE_ROWS: Final = 1000
MAX_PAGES: Final = 500
FIELDS: Final = frozenset({"basDt", "srtnCd", "isinCd", "mrktCtg", "itmsNm", "crno", "corpNm"})
# The portal's own errors come as XML with status 200, whatever format was asked for.
REASONS: Final = {
    "12": "there is no such service",
    "20": "no access to this service: apply for it on the portal",
    "22": "the day's requests are used up",
    "30": "the key is not registered",
    "31": "the key has expired",
    "32": "the key may not be used from this address",
}


def explain(head: bytes) -> str | None:
    """What an error of the portal says: XML of its gateway, or a resultCode of the service."""
    text = head.decode("utf-8", "replace")
    if found := re.search(r"<returnReasonCode>\s*(\d+)", text):
        told = re.search(r"<returnAuthMsg>([^<]*)", text)
        return f"{found[1]}: {REASONS.get(found[1], told[1] if told else 'not documented')}"
    if (found := re.search(r'"resultCode"\s*:\s*"?(\d+)', text) or re.search(r"<resultCode>\s*(\d+)", text)) and int(
        found[1]
    ) != 0:
        message = re.search(r'"resultMsg"\s*:\s*"([^"]*)"', text) or re.search(r"<resultMsg>([^<]*)", text)
        return f"{found[1]}: {message[1] if message else 'not documented'}"
    return None


def pages(client: Client, url: str, part: str, params: Mapping[str, str]) -> None:
    """Downloads all pages of a service of the portal into one bundle.

    Raises:
        SourceError: a page is missing, or the pages do not hold as many rows as the service says that it has.
    """
    seen, total, page = 0, None, 1
    with client.bundle(part, url) as bundle:
        while total is None or seen < total:
            asked = {
                **params,
                "serviceKey": client.key(),
                "resultType": "json",
                "numOfRows": str(PAGE_ROWS),
                "pageNo": str(page),
            }
            body, file = client.json(url, asked, explain=explain)
            items = items_of(body)
            if items is None:
                raise SourceError("the answer has no response.body.items", where=file.url, found=str(body)[:80])
            bundle.add(file, {"page": str(page)})
            total = int(body["response"]["body"].get("totalCount") or 0)
            seen += len(items)
            client.progress(seen, total or None)
            if not items and seen < total:
                raise SourceError(
                    "the pages end too early", where=file.url, found=f"{seen} of {total} rows", do="try again later"
                )
            page += 1
            if page > MAX_PAGES:
                raise SourceError("more pages than there can be", where=file.url, found=total)


def items_of(body: Any) -> list[dict[str, Any]] | None:
    """`response.body.items.item[]`; one item comes without its list, and no items as an empty text."""
    try:
        items = body["response"]["body"]["items"]
    except (KeyError, TypeError):
        return None
    found = items.get("item", []) if isinstance(items, dict) else items or []
    return [found] if isinstance(found, dict) else list(found)


def fetch(client: Client) -> None:
    """Downloads the items of the latest day that the service has."""
    # The service keeps every day; without a day it would give years of them.
    body, file = client.json(
        URL, {"serviceKey": client.key(), "resultType": "json", "numOfRows": "1", "pageNo": "1"}, explain=explain
    )
    items = items_of(body)
    if not items or not items[0].get("basDt"):
        raise SourceError("no items", where=file.url, found=str(body)[:80], do="try again later")
    file.path.unlink(missing_ok=True)
    pages(client, URL, "items", {"basDt": str(items[0]["basDt"])})


def parse(files: Files, told: Told) -> Iterator[Rows]:
    """Reads the items: each share is a number of its issuer, told by the corporate registration number."""
    newest: dict[str, tuple[str, dict[str, Any]]] = {}
    for answer in lines(files, files.first):
        if (items := items_of(answer["body"])) is None:
            raise ShapeError(
                "the answer has no response.body.items", where=files.first.url, found=str(answer["body"])[:80]
            )
        for item in items:
            account(item, FIELDS, told)
            code = str(item.get("srtnCd") or "").strip().upper()
            # Short codes of shares begin with A on this service: A005930.
            code = code[1:] if len(code) == 7 and code.startswith("A") else code
            if not re.fullmatch(r"[0-9][0-9A-Z]{5}", code) or not item.get("corpNm"):
                told.reject(
                    "identifier",
                    None,
                    "srtnCd",
                    str(item.get("itmsNm")),
                    "no stock code or no company",
                    item.get("srtnCd"),
                )
            elif code not in newest or newest[code][0] < str(item.get("basDt")):
                newest[code] = (str(item.get("basDt")), item)
    rows, named = Collector(), set[str]()
    # Common shares first: the company is told by them.
    for code, (written, item) in sorted(newest.items(), key=lambda pair: (pair[0][-1] != "0", pair[0])):
        told.rows += 1
        corporate = re.sub(r"\D", "", str(item.get("crno") or ""))
        known = entity_id("kr", "crn", corporate) if len(corporate) == 13 else entity_id("kr", "krx", code)
        market = str(item.get("mrktCtg") or "").strip().upper()
        if known not in named:
            named.add(known)
            name = str(item["corpNm"]).strip()
            rows.add(
                "entity",
                entity_id=known,
                kind="company",
                name=name,
                name_ko=name,
                country="KR",
                market=market if market in ("KOSPI", "KOSDAQ", "KONEX") else None,
            )
            if len(corporate) == 13:
                rows.add("identifier", entity_id=known, scheme="crn", value=corporate)
        security = "preference" if code[-1] in "579KLM" else "common"
        rows.add("identifier", entity_id=known, scheme="krx", value=code, security=security)
        isin = str(item.get("isinCd") or "").strip().upper()
        if re.fullmatch(r"[A-Z]{2}[A-Z0-9]{9}[0-9]", isin):
            rows.add("identifier", entity_id=known, scheme="isin", value=isin, security=security)
        if told.published_on is None and (iso := day(written)):
            told.published_on = dt.date.fromisoformat(iso)
    yield rows.take()


SOURCE: Final = Source(
    id="data-go-kr-krx",
    title="Items listed on the Korea Exchange (GetKrxListedInfoService)",
    publisher="Financial Services Commission (data.go.kr)",
    publisher_kind="registry",
    url="https://www.data.go.kr/data/15094775/openapi.do",
    terms="free with a key; no restriction of use (KOGL type 0)",
    frequency="daily, on business days after 13:00 of the next one",
    key="DATA_GO_KR_KEY",
    language="ko",
    fetch=fetch,
    parse=parse,
    parts=(("items", ""),),
    interval=0.05,
    max_bytes=64 << 20,
)
