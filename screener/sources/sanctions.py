"""Official sanctions lists: OFAC, United Nations, European Union, United Kingdom. Persons are left out."""

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from screener.readers.sheets import read_delimited
from screener.sources.archive import plain
from screener.sources.reading import Bodies, Reading, day, kind_of
from screener.sources.records import rows_of
from screener.sources.source import RawFile

_LEFT_OUT: Final = {"individual": "natural persons", "vessel": "vessels", "ship": "vessels", "aircraft": "aircraft"}

# --- OFAC --------------------------------------------------------------------------------------------------

_OFAC_NAMES: Final = {"aka": "alias", "fka": "former", "nka": "alias"}
# Identifiers in the remarks: `Unified Social Credit Code (USCC) 9165…`, `LEI 5493…`.
_NUMBERS: Final = {
    "uscc": re.compile(r"\(USCC\)\s*([0-9A-Z]{18})\b"),
    "lei": re.compile(r"(?:LEI|Legal Entity Number)\s*([0-9A-Z]{18}[0-9]{2})\b"),
}


def parse_ofac(reading: Reading) -> None:
    """The SDN list with alternate names and addresses, in three files without headings; only SDN is required."""
    bodies, known = Bodies(reading, "ofac"), set[str]()
    sdn, alt, add = reading.source.files
    for row in _ofac_rows(reading, sdn):
        number, name, remarks = row["ent_num"] or "", row["name"], row["remarks"] or ""
        if (kind := row["sdn_type"]) is not None:
            reading.leave(_LEFT_OUT.get(kind, f"entries of type {kind}"))
        elif not number.isdigit() or not name:
            reading.reject("entity", None, "ent_num", number, "no number or no name", name)
        elif number not in known:
            known.add(number)
            body = bodies.of(number)
            body.name(name, order=0)
            body.numbers.append(("ofac", number))
            body.numbers += [(s, found[1]) for s, form in _NUMBERS.items() if (found := form.search(remarks))]
            # What an entry is linked to becomes a note, not a stake.
            linked = "; ".join(text.strip(" .") for text in re.findall(r"Linked To: [^;]+", remarks))
            # One listing per programme: `CUBA] [BURMA-EO14014` are two.
            for programme in re.split(r"[\[\]]", row["program"] or ""):
                if programme.strip():
                    body.listed(programme=programme.strip(), note=linked or None)
    for row in _ofac_rows(reading, add):
        if row["ent_num"] in known:
            # An entry may have many addresses; the first is the main one.
            bodies.of(str(row["ent_num"])).place(row["country"])
    for row in _ofac_rows(reading, alt):
        if row["ent_num"] in known and row["alt_name"]:
            if (kind := row["alt_type"]) is not None and kind not in _OFAC_NAMES:
                reading.surprise(f"alt_type {kind}")
            bodies.of(str(row["ent_num"])).name(row["alt_name"], kind=_OFAC_NAMES.get(kind or "", "alias"))
    bodies.add_all()


def _ofac_rows(reading: Reading, raw: RawFile) -> Iterator[dict[str, str | None]]:
    """The rows of one of the three files; none if it is missing."""
    if (file := reading.part(raw.part)) is None:
        return
    names = raw.heads.split()
    frame = read_delimited(plain(reading, file, ".csv"), names=names).with_columns(pl.all().replace("-0-", None))
    for place, extra in enumerate(frame.columns[len(names) :], start=len(names) + 1):
        filled = frame[extra].drop_nulls()
        reading.surprise(f"{file.part} column {place}", filled[0] if len(filled) else "", frame.height)
    yield from frame.iter_rows(named=True)


# --- United Nations ----------------------------------------------------------------------------------------

# Regimes against armed groups; the others list companies and offices of a state.
_ARMED: Final = frozenset({"Al-Qaida", "Taliban", "CAR", "DRC", "Haiti", "Mali", "Somalia", "Yemen"})
_COMPANY: Final = re.compile(
    r"(?i)\b(?:co|company|corp|corporation|ltd|limited|inc|llc|bank|trading|enterprises?|airlines?|shipping|exchange"
    r"|group|industr\w+)\b\.?"
)


def parse_un(reading: Reading) -> None:
    """The consolidated list of the Security Council."""
    bodies = Bodies(reading, "un")
    for row in rows_of(reading):
        reference, name, regime = row["reference"], row["name"], row["regime"]
        if not reference or not name:
            reading.reject("entity", None, "REFERENCE_NUMBER", reference, "no reference number or no name", name)
            continue
        body = bodies.of(reference)
        if kind_of(name) == "company" and regime in _ARMED and not _COMPANY.search(name):
            body.kind = "armed_group"
        body.name(name, order=0)
        body.name(row["script"])
        former = (row["quality"] or "").lower().startswith("f.k.a")
        body.name(row["alias"], kind="former" if former else "alias")
        body.place(row["country"])
        body.listed(programme=regime, section=reference, valid_from=day(row["since"]))
    bodies.add_all()


# --- European Union and United Kingdom: a row per combination of name, address and document, CSV or XML ------


def parse_eu(reading: Reading) -> None:
    """The financial sanctions files (FSF)."""
    bodies, persons = Bodies(reading, "eu"), set[str]()
    for row in rows_of(reading):
        number = row["number"] or ""
        reading.state_day(row["generated"])
        if {"P", "PERSON"} & {(row["type"] or "").upper(), (row["class"] or "").upper()}:
            persons.add(number)
        elif not number.isdigit():
            reading.reject("entity", None, "logicalId", number, "no number", row["name"])
        else:
            body = bodies.of(number)
            language = (row["language"] or "").lower()
            # The English name first, then the first in the file.
            body.name(row["name"], order=0 if language in ("", "en") else 1, lang=language or None)
            body.place(row["country"])
            if row["programme"] or row["regulation"]:
                since = day(row["designated"]) or day(row["in_force"]) or day(row["published"])
                programme = f"EU-{row['programme']}" if row["programme"] else None
                body.listed(programme=programme, section=row["regulation"], valid_from=since)
    reading.leave("natural persons", len(persons))
    bodies.add_all()


# An entity's whole name is in `Name 6`; only if it is split do the others precede it.
_UK_NAMES: Final = tuple(f"Name {number}" for number in range(1, 7))


def parse_uk(reading: Reading) -> None:
    """The UK Sanctions List of the FCDO. Since 28 January 2026 it is the only official list."""
    bodies, left_out = Bodies(reading, "uk"), dict[str, str]()
    for row in rows_of(reading):
        number, sort = row["number"], (row["sort"] or "entity").lower()
        if number is None:
            continue
        if sort != "entity":
            left_out[number] = _LEFT_OUT.get(sort, f"entries of type {sort}")
            continue
        body = bodies.of(number)
        name = " ".join(" ".join(part for column in _UK_NAMES if (part := row[column])).split())
        body.name(name, order=0 if (row["name_type"] or "").lower() == "primary name" else 1)
        body.name(row["script"], order=2)
        body.place(row["country"])
        body.listed(programme=row["regime"], section=number, valid_from=day(row["since"]), note=row["measures"])
    for what in left_out.values():
        reading.leave(what)
    bodies.add_all()
