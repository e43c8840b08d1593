"""OFAC: the SDN list with alternate names and addresses, in its three files without headers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from screener.readers.delimited import read_delimited
from screener.sources.archive import plain
from screener.sources.rows import Bodies
from screener.sources.source import Files, Rows
from screener.store.snapshots import ParseReport

# ofac.treasury.gov, "SDN data formats": the columns of SDN.CSV, ALT.CSV and ADD.CSV, in their order.
COLUMNS: Final = {
    "SDN": tuple(
        "ent_num name sdn_type program title call_sign vess_type tonnage grt vess_flag vess_owner remarks".split()
    ),
    "ALT": ("ent_num", "alt_num", "alt_type", "alt_name", "alt_remarks"),
    "ADD": ("ent_num", "add_num", "address", "city", "country", "add_remarks"),
}
_LEFT_OUT: Final = {"individual": "natural persons", "vessel": "vessels", "aircraft": "aircraft"}
_NAMES: Final = {"aka": "alias", "fka": "former", "nka": "alias"}
# Numbers that the remarks give: `Unified Social Credit Code (USCC) 9165…`, `LEI 5493…`.
_NUMBERS: Final = {
    "uscc": re.compile(r"\(USCC\)\s*([0-9A-Z]{18})\b"),
    "lei": re.compile(r"(?:LEI|Legal Entity Number)\s*([0-9A-Z]{18}[0-9]{2})\b"),
}


def parse(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Reads the three files; only SDN must be there. Persons, vessels and aircraft are left out."""
    bodies, known = Bodies("ofac", "us-ofac-sdn", report), set[str]()
    for row in _rows(files, "SDN", report):
        number, name, remarks = row["ent_num"] or "", row["name"], row["remarks"] or ""
        if (kind := row["sdn_type"]) is not None:
            report.leave(_LEFT_OUT.get(kind, f"entries of type {kind}"))
        elif not number.isdigit() or not name:
            report.reject("entity", None, "ent_num", number, "no number or no name", name)
        elif number not in known:
            known.add(number)
            body = bodies.of(number)
            body.name(name, order=0)
            body.numbers |= {("ofac", number): None}
            body.numbers |= {(s, found[1]): None for s, form in _NUMBERS.items() if (found := form.search(remarks))}
            # What an entry is linked to stays as a note, it is no stake.
            linked = "; ".join(text.strip(" .") for text in re.findall(r"Linked To: [^;]+", remarks))
            # One listing a programme: `CUBA] [BURMA-EO14014` are two.
            for programme in re.split(r"[\[\]]", row["program"] or ""):
                if programme.strip():
                    body.listed(programme.strip(), note=linked or None)
    for row in _rows(files, "ADD", report):
        if row["ent_num"] in known:
            # An entry may have many addresses; the first is the main one.
            bodies.of(str(row["ent_num"])).place(row["country"])
    for row in _rows(files, "ALT", report):
        if row["ent_num"] in known and row["alt_name"]:
            if (kind := row["alt_type"]) is not None and kind not in _NAMES:
                report.surprise(f"alt_type {kind}")
            bodies.of(str(row["ent_num"])).name(row["alt_name"], kind=_NAMES.get(kind or "", "alias"))
    yield bodies.rows()


def _rows(files: Files, part: str, report: ParseReport) -> Iterator[dict[str, str | None]]:
    names, file = COLUMNS[part], files.part(part)
    if file is None and part == "SDN":
        file = files.first
    if file is None:
        return
    frame = read_delimited(plain(files, file, ".csv"), names=names, separator=",", null=("-0-",))
    for place, extra in enumerate(frame.columns[len(names) :], start=len(names) + 1):
        filled = frame[extra].drop_nulls()
        report.surprise(f"{file.part} column {place}", filled[0] if len(filled) else "", frame.height)
    yield from frame.iter_rows(named=True)
