"""UN Security Council: the consolidated list, its entities."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from screener.sources.archive import plain
from screener.sources.client import Client
from screener.sources.rows import Bodies, day, kind_of, state_day
from screener.sources.source import Files, Rows, Source, risk_list
from screener.sources.tables import words
from screener.sources.xmlrecords import records, text
from screener.store.snapshots import ParseReport

if TYPE_CHECKING:
    from lxml import etree

LIST: Final = "un-sc"
NAME: Final = "United Nations Security Council"
URL: Final = "https://scsanctions.un.org/resources/xml/en/consolidated.xml"
PAGE: Final = "https://main.un.org/securitycouncil/en/content/un-sc-consolidated-list"
# Regimes against armed groups; the others list companies and offices of a state.
_ARMED: Final = frozenset({"Al-Qaida", "Taliban", "CAR", "DRC", "Haiti", "Mali", "Somalia", "Yemen"})
_COMPANY: Final = re.compile(
    r"(?i)\b(?:co|company|corp|corporation|ltd|limited|inc|llc|bank|trading|enterprises?|airlines?|shipping|exchange|group"
    r"|industr\w+)\b\.?"
)
_FIELDS: Final = words(
    """DATAID VERSIONNUM FIRST_NAME UN_LIST_TYPE REFERENCE_NUMBER LISTED_ON SUBMITTED_ON NAME_ORIGINAL_SCRIPT COMMENTS1 LIST_TYPE
    LAST_DAY_UPDATED ENTITY_ALIAS ENTITY_ADDRESS SORT_KEY SORT_KEY_LAST_MOD DELISTED_ON"""
)
_INNER: Final = {
    "ENTITY_ALIAS": words("QUALITY ALIAS_NAME NOTE"),
    "ENTITY_ADDRESS": words("STREET CITY STATE_PROVINCE ZIP_CODE COUNTRY NOTE"),
}


def fetch(client: Client) -> None:
    """Downloads the consolidated list."""
    client.download(URL, "consolidated", expect="xml")


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Reads the entities; persons are counted and left out."""
    bodies, path = Bodies("un", LIST, report), plain(files, files.first, ".xml")
    stream = records(path, "ENTITY", "INDIVIDUAL", root="CONSOLIDATED_LIST", title="the list of the Security Council")
    state_day(report, next(stream).get("dateGenerated"))
    for record in stream:
        if record.tag == "INDIVIDUAL":
            report.leave("natural persons")
        else:
            _entity(record, bodies, report)
    yield bodies.rows()


def _entity(record: etree._Element, bodies: Bodies, report: ParseReport) -> None:
    for child in record:
        if child.tag not in _FIELDS:
            report.surprise(str(child.tag), child.text or "")
        for inner in child:
            if inner.tag not in _INNER.get(str(child.tag), ("VALUE",)):
                report.surprise(f"{child.tag}.{inner.tag}", inner.text or "")
    reference, name, regime = (text(record, tag) for tag in ("REFERENCE_NUMBER", "FIRST_NAME", "UN_LIST_TYPE"))
    if not reference or not name:
        report.reject("entity", None, "REFERENCE_NUMBER", reference, "no reference number or no name", name)
        return
    body = bodies.of(reference)
    if kind_of(name) == "company" and regime in _ARMED and not _COMPANY.search(name):
        body.kind = "armed_group"
    body.name(name, order=0)
    body.name(text(record, "NAME_ORIGINAL_SCRIPT"))
    for alias in record.iterfind("ENTITY_ALIAS"):
        former = (text(alias, "QUALITY") or "").lower().startswith("f.k.a")
        body.name(text(alias, "ALIAS_NAME"), kind="former" if former else "alias")
    for country in record.iterfind("ENTITY_ADDRESS/COUNTRY"):
        body.place(country.text)
    body.listed(regime, reference, day(text(record, "LISTED_ON")))


SOURCE: Final = Source(
    id="un-sc",
    priority=12,
    title=f"{NAME} Consolidated List",
    publisher=NAME,
    publisher_kind="un_body",
    url=PAGE,
    terms="UN website terms: personal, non-commercial use; no redistribution",
    frequency="when the committees decide",
    fetch=fetch,
    parse=parse,
    parts=(("consolidated", ""),),
    risk_lists=(risk_list(LIST, f"{NAME} Consolidated List", NAME, "UN", "asset_freeze", PAGE),),
)
