"""GLEIF: legal entities of Korea, who consolidates whom, and the ISINs of each."""

import re
from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from screener.schema.identifiers import LEI
from screener.sources.client import Client
from screener.sources.reading import Reading, digits, entity_id
from screener.sources.records import answers_of, columns_of
from screener.sources.source import ShapeError

PAGE_ROWS: Final = 200
_LEFT_OUT: Final = {"FUND": "funds", "SOLE_PROPRIETOR": "sole proprietors"}
_KINDS: Final = {"PREVIOUS": "former", "TRANSLITERATED": "transcription"}


def fetch(client: Client) -> None:
    """Downloads the Korean records; with `--option relations=yes` or `isins=yes` also the worldwide files."""
    records, *whole_world = client.source.files
    asked = {"filter[entity.legalAddress.country]": "KR", "page[size]": str(PAGE_ROWS)}
    client.pages(records, asked, "page[number]", _count)
    for file in whole_world:
        if client.options.get(file.part) == "yes":
            client.download(file)


def _count(body: Any) -> tuple[int, int]:
    return len(body["data"]), int(body["meta"]["pagination"].get("total") or 0)


def parse(reading: Reading) -> None:
    """Reads the records; then relationships and ISINs, of which only those of Korean records count."""
    korean = set[str]()
    for body, _ in answers_of(reading, reading.part("records") or reading.first):
        if not isinstance(body, dict) or not isinstance(body.get("data"), list):
            raise ShapeError("not an answer of the LEI service", where=reading.first.url, found=str(body)[:80])
        for record in body["data"]:
            reading.account(record, "record", "record.")
            _record(reading, record.get("attributes") or {}, korean)
    if reading.part("relations"):
        # Direct consolidation between two Korean records: the parent controls; the share is not stated.
        frame = columns_of(reading, part="relations")
        direct_now = (pl.col("kind") == "IS_DIRECTLY_CONSOLIDATED_BY") & (pl.col("status") == "ACTIVE")
        direct = frame.filter(direct_now & _of(korean, "owned"))
        both = direct.filter(_of(korean, "owner"))
        reading.leave("parents outside Korea (their names are not in the Korean records)", direct.height - both.height)
        stakes = both.select(
            owner_id=_known("owner"),
            owned_id=_known("owned"),
            operates=pl.lit("true"),
            status=pl.lit("active"),
            summary=pl.lit("Consolidates it directly in its accounts; the share is not stated."),
        )
        reading.stage("ownership", stakes.unique(maintain_order=True))
    if reading.part("isins"):
        frame = columns_of(reading, part="isins")
        mine = frame.filter(_of(korean, "lei") & pl.col("isin").str.contains(r"^[A-Z]{2}[A-Z0-9]{9}[0-9]$"))
        # Bonds and warrants have ISINs, too; those of shares of Korean issuers begin with KR7.
        shares = mine.filter(pl.col("isin").str.starts_with("KR7"))
        reading.leave("ISINs that are no Korean shares", mine.height - shares.height)
        reading.stage("identifier", shares.select(entity_id=_known("lei"), scheme=pl.lit("isin"), value="isin"))


def _of(leis: set[str], column: str) -> pl.Expr:
    return pl.col(column).is_in(sorted(leis))


def _known(column: str) -> pl.Expr:
    return pl.concat_str(pl.lit("kr-lei-"), pl.col(column).str.to_lowercase())


def _record(reading: Reading, about: Mapping[str, Any], korean: set[str]) -> None:
    entity = about.get("entity") or {}
    reading.account(about, "attributes")
    reading.account(entity, "entity", "entity.")
    reading.account(about.get("registration") or {}, "registration", "registration.")
    legal = entity.get("legalName") or {}
    others = [*(entity.get("otherNames") or []), *(entity.get("transliteratedOtherNames") or [])]
    for written in (legal, *others):
        reading.account(written, "name", "name.")
    lei, name, category = str(about.get("lei") or ""), _text(legal, "name"), entity.get("category")
    if not LEI.fullmatch(lei) or not name:
        reading.reject("entity", None, "lei", lei, "no LEI or no name", name)
        return
    if category in _LEFT_OUT:
        reading.leave(_LEFT_OUT[category])
        return
    reading.rows += 1
    country = _text(entity.get("legalAddress") or {}, "country")
    if country == "KR":
        korean.add(lei)
    hangul = re.search(r"[\uac00-\ud7a3]", name) is not None
    current = (_text(other, "name") for other in others if "PREVIOUS" not in _text(other, "type"))
    english = next((text for text in current if text and text.isascii()), None)
    # A Korean number with 13 digits is a corporate number, one with 10 a business number.
    registered = entity.get("registeredAs") if country == "KR" else None
    known = reading.entity(
        entity_id("kr" if country == "KR" else "zz", "lei", lei),
        english if hangul and english else name,
        [("lei", lei), ("crn", digits(registered, 13)), ("brn", digits(registered, 10))],
        name_ko=name if hangul else None,
        country=country if re.fullmatch(r"[A-Z]{2}", country) else None,
        status="dissolved" if entity.get("status") == "INACTIVE" else "active",
    )
    for other in others:
        if text := _text(other, "name"):
            kind = next((kind for word, kind in _KINDS.items() if word in _text(other, "type")), "alias")
            lang = _text(other, "language")[:2] or None
            reading.add("entity_name", entity_id=known, name=text, lang=lang, kind=kind)


def _text(record: Mapping[str, Any], name: str) -> str:
    return str(record.get(name) or "").strip()
