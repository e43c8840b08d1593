"""UN Security Council: the consolidated list, its entities."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from screener.sources.archive import plain
from screener.sources.records import fields_of, text, xml_records
from screener.sources.rows import Bodies, day, kind_of, state_day
from screener.sources.source import Files, Rows
from screener.store.snapshots import ParseReport

if TYPE_CHECKING:
    from lxml import etree

# Regimes against armed groups; the others list companies and offices of a state.
_ARMED: Final = frozenset({"Al-Qaida", "Taliban", "CAR", "DRC", "Haiti", "Mali", "Somalia", "Yemen"})
_COMPANY: Final = re.compile(
    r"(?i)\b(?:co|company|corp|corporation|ltd|limited|inc|llc|bank|trading|enterprises?|airlines?|shipping|exchange"
    r"|group|industr\w+)\b\.?"
)


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Reads the entities; persons are counted and left out."""
    bodies, path = Bodies("un", "un-sc", report), plain(files, files.first, ".xml")
    stream = xml_records(
        path, "ENTITY", "INDIVIDUAL", root="CONSOLIDATED_LIST", title="the list of the Security Council"
    )
    state_day(report, next(stream).get("dateGenerated"))
    for record in stream:
        if record.tag == "INDIVIDUAL":
            report.leave("natural persons")
        else:
            _entity(files, record, bodies, report)
    yield bodies.rows()


def _entity(files: Files, record: etree._Element, bodies: Bodies, report: ParseReport) -> None:
    files.account(fields_of(record), "entity", report)
    for child in record:
        files.account(fields_of(child), str(child.tag), report, f"{child.tag}.")
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
