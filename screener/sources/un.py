"""UN Security Council: the consolidated list, its entities."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final

from screener.readers.places import country as country_of
from screener.sources.client import Client
from screener.sources.shapes import Collector, day, entity_id, kind_of, plain
from screener.sources.source import Files, Rows, ShapeError, Source, risk_list
from screener.sources.xmlrecords import Node, records
from screener.store.snapshots import Told

LIST: Final = "un-sc"
URL: Final = "https://scsanctions.un.org/resources/xml/en/consolidated.xml"
# Regimes against armed groups; the others list companies and offices of a state.
_ARMED: Final = frozenset({"Al-Qaida", "Taliban", "CAR", "DRC", "Haiti", "Mali", "Somalia", "Yemen"})
_COMPANY: Final = re.compile(
    r"(?i)\b(?:co|company|corp|corporation|ltd|limited|inc|llc|bank|trading|enterprises?|airlines?|shipping|exchange|group|industr\w+)\b\.?"
)
_KNOWN: Final = frozenset(
    {
        "DATAID",
        "VERSIONNUM",
        "FIRST_NAME",
        "UN_LIST_TYPE",
        "REFERENCE_NUMBER",
        "LISTED_ON",
        "SUBMITTED_ON",
        "NAME_ORIGINAL_SCRIPT",
        "COMMENTS1",
        "LIST_TYPE",
        "LAST_DAY_UPDATED",
        "ENTITY_ALIAS",
        "ENTITY_ADDRESS",
        "SORT_KEY",
        "SORT_KEY_LAST_MOD",
        "DELISTED_ON",
    }
)


_VALUES: Final = frozenset({"VALUE"})
_ALIAS: Final = frozenset({"QUALITY", "ALIAS_NAME", "NOTE"})
_ADDRESS: Final = frozenset({"STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY", "NOTE"})


def fetch(client: Client) -> None:
    """Downloads the consolidated list."""
    client.download(URL, "consolidated", expect="xml")


def parse(files: Files, told: Told) -> Iterator[Rows]:
    """Reads the entities; persons are counted and left out."""
    rows, root = Collector(), dict[str, str]()
    for record in records(plain(files, files.first, ".xml"), {"ENTITY", "INDIVIDUAL"}, root):
        if record.tag == "INDIVIDUAL":
            told.leave("natural persons")
        else:
            _entity(record, rows, told)
        if rows.full():
            yield rows.take()
    if root.get("") != "CONSOLIDATED_LIST":
        raise ShapeError("not the list of the Security Council", where=files.first.url, found=f"<{root.get('')}>")
    if generated := day(root.get("dateGenerated")):
        told.published_on = dt.date.fromisoformat(generated)
    yield rows.take()


def _entity(record: Node, rows: Collector, told: Told) -> None:
    for child in record.children:
        if child.tag not in _KNOWN:
            told.surprise(child.tag, child.text)
        for inner in child.children:
            expected = {"ENTITY_ALIAS": _ALIAS, "ENTITY_ADDRESS": _ADDRESS}.get(child.tag, _VALUES)
            if inner.tag not in expected:
                told.surprise(f"{child.tag}.{inner.tag}", inner.text)
    reference, name = record.get("REFERENCE_NUMBER"), record.get("FIRST_NAME")
    if not reference or not name:
        told.reject("entity", None, "REFERENCE_NUMBER", reference, "no reference number or no name", name)
        return
    told.rows += 1
    known, regime = entity_id("zz", "un", reference), record.get("UN_LIST_TYPE")
    countries = [code for node in record.all("ENTITY_ADDRESS", "COUNTRY") if (code := country_of(node.text))]
    kind = kind_of(name)
    if kind == "company" and regime in _ARMED and not _COMPANY.search(name):
        kind = "armed_group"
    rows.add("entity", entity_id=known, kind=kind, name=name, country=countries[0] if countries else None)
    if original := record.get("NAME_ORIGINAL_SCRIPT"):
        rows.add("entity_name", entity_id=known, name=original, kind="alias")
    for alias in record.all("ENTITY_ALIAS"):
        if text := alias.get("ALIAS_NAME"):
            former = (alias.get("QUALITY") or "").lower().startswith("f.k.a")
            rows.add("entity_name", entity_id=known, name=text, kind="former" if former else "alias")
    rows.add(
        "listing",
        entity_id=known,
        list_id=LIST,
        programme=regime,
        section=reference,
        valid_from=day(record.get("LISTED_ON")),
    )


SOURCE: Final = Source(
    id="un-sc",
    title="United Nations Security Council Consolidated List",
    publisher="United Nations Security Council",
    publisher_kind="un_body",
    url="https://main.un.org/securitycouncil/en/content/un-sc-consolidated-list",
    terms="UN website terms: personal, non-commercial use; no redistribution",
    frequency="when the committees decide",
    fetch=fetch,
    parse=parse,
    parts=(("consolidated", ""),),
    risk_lists=(
        risk_list(
            LIST,
            "United Nations Security Council Consolidated List",
            "United Nations Security Council",
            "UN",
            "asset_freeze",
            "https://main.un.org/securitycouncil/en/content/un-sc-consolidated-list",
        ),
    ),
)
