"""OFAC: the SDN list with alternate names and addresses, in its three files without headers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from screener.readers.delimited import read_delimited
from screener.sources.archive import plain
from screener.sources.rows import Bodies
from screener.sources.source import Files, RawFile, Rows
from screener.store.snapshots import ParseReport

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
    sdn, alt, add = files.source.files
    for row in _rows(files, sdn, report):
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
    for row in _rows(files, add, report):
        if row["ent_num"] in known:
            # An entry may have many addresses; the first is the main one.
            bodies.of(str(row["ent_num"])).place(row["country"])
    for row in _rows(files, alt, report):
        if row["ent_num"] in known and row["alt_name"]:
            if (kind := row["alt_type"]) is not None and kind not in _NAMES:
                report.surprise(f"alt_type {kind}")
            bodies.of(str(row["ent_num"])).name(row["alt_name"], kind=_NAMES.get(kind or "", "alias"))
    yield bodies.rows()


def _rows(files: Files, raw: RawFile, report: ParseReport) -> Iterator[dict[str, str | None]]:
    names, main = raw.heads.split(), files.first if raw.part == "SDN" else None
    if (file := files.part(raw.part) or main) is None:
        return
    frame = read_delimited(plain(files, file, ".csv"), names=names, separator=",", null=("-0-",))
    for place, extra in enumerate(frame.columns[len(names) :], start=len(names) + 1):
        filled = frame[extra].drop_nulls()
        report.surprise(f"{file.part} column {place}", filled[0] if len(filled) else "", frame.height)
    yield from frame.iter_rows(named=True)
