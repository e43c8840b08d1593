"""GLEIF: legal entities of Korea, who consolidates whom, and the ISINs of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from screener.readers.delimited import read_delimited
from screener.sources.archive import plain
from screener.sources.client import Client
from screener.sources.records import answers_of
from screener.sources.rows import LEI, Collector, digits, entity_id
from screener.sources.source import Files, Rows, ShapeError
from screener.sources.tables import columns_of
from screener.store.snapshots import KeptFile, ParseReport

PAGE_ROWS: Final = 200


def fetch(client: Client) -> None:
    """Downloads the Korean records; with `--option relations=yes` or `isins=yes` the files for the whole world, too."""
    records, *whole_world = client.source.files
    asked = {"filter[entity.legalAddress.country]": "KR", "page[size]": str(PAGE_ROWS)}
    client.pages(records, asked, "page[number]", _count)
    for file in whole_world:
        if client.options.get(file.part) == "yes":
            client.download(file)


def _count(body: Any) -> tuple[int, int]:
    return len(body["data"]), int(body["meta"]["pagination"].get("total") or 0)


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Reads the records; then relationships and ISINs, of which only those of Korean records count."""
    rows, korean = Collector(), set[str]()
    for body, _ in answers_of(files, files.part("records") or files.first):
        if not isinstance(body, dict) or not isinstance(body.get("data"), list):
            raise ShapeError("not an answer of the LEI service", where=files.first.url, found=str(body)[:80])
        for record in body["data"]:
            files.account(record, "record", report, "record.")
            _record(files, record.get("attributes") or {}, rows, korean, report)
        if rows.full():
            yield rows.take()
    yield rows.take()
    if relations := files.part("relations"):
        yield _relations(files, relations, korean, report)
    if isins := files.part("isins"):
        frame = columns_of(files, report, read_delimited(plain(files, isins, ".csv"), separator=","), isins.part)
        mine = frame.filter(_of(korean, "lei") & pl.col("isin").str.contains(r"^[A-Z]{2}[A-Z0-9]{9}[0-9]$"))
        # Bonds and warrants have ISINs as well; shares of Korean issuers begin with KR7.
        shares = mine.filter(pl.col("isin").str.starts_with("KR7"))
        report.leave("ISINs that are no Korean shares", mine.height - shares.height)
        yield {"identifier": shares.select(entity_id=_known("lei"), scheme=pl.lit("isin"), value="isin")}


def _of(leis: set[str], column: str) -> pl.Expr:
    return pl.col(column).is_in(sorted(leis))


def _known(column: str) -> pl.Expr:
    return pl.concat_str(pl.lit("kr-lei-"), pl.col(column).str.to_lowercase())


def _record(files: Files, about: Mapping[str, Any], rows: Collector, korean: set[str], report: ParseReport) -> None:
    entity = about.get("entity") or {}
    files.account(about, "attributes", report)
    files.account(entity, "entity", report, "entity.")
    files.account(about.get("registration") or {}, "registration", report, "registration.")
    legal = entity.get("legalName") or {}
    others = [*(entity.get("otherNames") or []), *(entity.get("transliteratedOtherNames") or [])]
    for written in (legal, *others):
        files.account(written, "name", report, "name.")
    lei, name = str(about.get("lei") or ""), _text(legal, "name")
    if not LEI.fullmatch(lei) or not name:
        report.reject("entity", None, "lei", lei, "no LEI or no name", name)
        return
    if entity.get("category") in ("FUND", "SOLE_PROPRIETOR"):
        report.leave("funds" if entity["category"] == "FUND" else "sole proprietors")
        return
    report.rows += 1
    country = _text(entity.get("legalAddress") or {}, "country")
    if country == "KR":
        korean.add(lei)
    hangul = re.search(r"[\uac00-\ud7a3]", name) is not None
    current = (_text(other, "name") for other in others if "PREVIOUS" not in _text(other, "type"))
    english = next((text for text in current if text and text.isascii()), None)
    # A Korean number is a corporate number by its 13 digits, a business number by its 10.
    registered = entity.get("registeredAs") if country == "KR" else None
    known = rows.entity(
        entity_id("kr" if country == "KR" else "zz", "lei", lei),
        english if hangul and english else name,
        [("lei", lei), ("crn", digits(registered, 13)), ("brn", digits(registered, 10))],
        name_ko=name if hangul else None,
        country=country if re.fullmatch(r"[A-Z]{2}", country) else None,
        status="dissolved" if entity.get("status") == "INACTIVE" else "active",
    )
    kinds = {"PREVIOUS": "former", "TRANSLITERATED": "transcription"}
    for other in others:
        if text := _text(other, "name"):
            kind = next((kind for word, kind in kinds.items() if word in _text(other, "type")), "alias")
            lang = _text(other, "language")[:2] or None
            rows.add("entity_name", entity_id=known, name=text, lang=lang, kind=kind)


def _text(record: Mapping[str, Any], name: str) -> str:
    return str(record.get(name) or "").strip()


def _relations(files: Files, file: KeptFile, korean: set[str], report: ParseReport) -> Rows:
    """Direct consolidation between two Korean records: a parent controls; the share is not stated."""
    frame = columns_of(files, report, read_delimited(plain(files, file, ".csv"), separator=","), file.part)
    direct_now = (pl.col("kind") == "IS_DIRECTLY_CONSOLIDATED_BY") & (pl.col("status") == "ACTIVE")
    direct = frame.filter(direct_now & _of(korean, "owned"))
    both = direct.filter(_of(korean, "owner"))
    report.leave("parents outside Korea (their names are not in the Korean records)", direct.height - both.height)
    summary = "Consolidates it directly in its accounts; the share is not stated."
    stakes = both.select(
        owner_id=_known("owner"),
        owned_id=_known("owned"),
        operates=pl.lit("true"),
        status=pl.lit("active"),
        summary=pl.lit(summary),
    )
    return {"ownership": stakes.unique(maintain_order=True)}
