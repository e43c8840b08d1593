"""Compiles organisations on sanctions lists into datasets/*/risk-lists.csv: entities, their other names, and since when which list names them.

    python tools/risk_lists.py --eu 32013R0401.csv --eu 32017R1509.csv … --ofac ofac-sdn.csv --un UN_consolidated.xml

* --eu: the annexes of one EU regulation as a table: celex, programKey, annex, startDate (21.6.2021), schema, name, alias, previousName, address;
* --ofac: entries of the SDN list: uid, name, type, programs (parted by `;`), alternate_names (parted by `;`);
* --ofac-addresses: ADD.CSV of the SDN list, for the countries of entries;
* --ohchr: the UN database of enterprises in Israeli settlements as a table: no, business_enterprise, listed_activity_…, home_state;
* --un: the consolidated list of the Security Council, its official XML.

Organisations only: persons, ships and aircraft are left out. An organisation that several lists name is one entity where its main name or an alias is the same but for
company forms and punctuation, within one programme. Entities that other dataset files hold keep their id; a listing that they have already is not repeated. Ids are made of
the country and the name and stay, because the names of the last run are looked up first. The script prints how many entities and listings are new or gone.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import networkx
from lxml import etree

DATASETS: Final = Path(__file__).resolve().parent.parent / "datasets"
OWN: Final = "risk-lists.csv"
HEADERS: Final[dict[str, str]] = {
    "entity": "entity_id,kind,name,name_local,country,source_ids",
    "entity_name": "entity_id,name,lang,kind,source_ids",
    "listing": "entity_id,list_id,programme,section,valid_from,source_ids",
    "identifier": "entity_id,scheme,value,source_ids",
}
# Programme of a list -> the group within which names are compared.
PROGRAMMES: Final = {
    "EU-MMR": "MM",
    "BURMA-EO14014": "MM",
    "EU-PRK": "KP",
    "DPRK": "KP",
    "DPRK2": "KP",
    "DPRK3": "KP",
    "DPRK4": "KP",
    "EU-UKR": "RU",
    "RUSSIA-EO14024": "RU",
    "UKRAINE-EO13661": "RU",
    "UKRAINE-EO13662": "RU",
    "EU-SDNZ": "SD",
    "SUDAN-EO14098": "SD",
}
# Of these programmes the SDN list holds thousands of entries: they are taken only where an entity is there already.
ONLY_KNOWN: Final = ("RUSSIA-EO14024", "UKRAINE-EO13661", "UKRAINE-EO13662")
SOURCES: Final = {
    "32013R0401": "eu-2013-regulation-401",
    "32014R0269": "eu-2014-regulation-269",
    "32017R1509": "eu-2017-regulation-1509",
    "32023R2147": "eu-2023-regulation-2147",
    "ofac": "ofac-2026-sdn-entities",
    "un": "un-2026-consolidated-list",
    "ohchr": "ohchr-2025-settlements-database",
}
COUNTRIES: Final = {
    "MM": "myanmar|burma|yangon|naypyitaw|nay pyi taw",
    "KP": "dprk|north korea|pyongyang|democratic people.s republic of korea",
    "SD": "sudan|khartoum",
    "AE": r"dubai|u\.?a\.?e\.?|united arab emirates|sharjah|abu dhabi",
    "HK": "hong kong",
    "CN": "china|beijing|shanghai|shenzhen|dalian",
    "RU": "russia|moscow|petersburg|москва|россия",
    "UA": "crimea|ukraine|donetsk|luhansk|sevastopol",
    "BY": "belarus|minsk",
    "TR": "turk|istanbul",
    "IR": r"\biran\b|tehran",
    "SY": "syria|damascus",
    "UZ": "uzbekistan",
    "KZ": "kazakhstan",
    "KG": "kyrgyz",
    "AM": "armenia",
    "IN": r"\bindia\b",
    "SG": "singapore",
    "TH": "thailand|bangkok",
    "MY": "malaysia",
    "RS": "serbia",
    "CY": "cyprus",
    "CF": "central african republic",
    "ML": r"\bmali\b",
}
HOMES: Final = {
    "Israel": "IL",
    "United States of America": "US",
    "France": "FR",
    "Spain": "ES",
    "Germany": "DE",
    "Canada": "CA",
    "China": "CN",
    "Portugal": "PT",
    "Luxembourg": "LU",
    "Netherlands": "NL",
    "Kingdom of the Netherlands": "NL",
    "United Kingdom of Great Britain and Northern Ireland": "GB",
}
_FORMS: Final = re.compile(
    r"\b(pjsc|ojsc|cjsc|jsc|llc|fsue|fgup|pao|oao|zao|ooo|ao|joint[- ]stock|limited liability|public|open|closed|stock|company|co|corporation|corp|"
    r"incorporated|inc|limited|ltd|plc|federal state unitary enterprise|the|of|and)\b"
)
_SCRIPTS: Final = (("ru", r"[а-яё]"), ("zh", r"[一-鿿]"), ("ko", r"[가-힣]"), ("my", r"[က-႟]"), ("ar", r"[؀-ۿ]"))

Row = dict[str, str]


@dataclass
class Entry:
    """One organisation on one list."""

    name: str
    aliases: list[str]
    address: str
    group: str
    list_id: str
    programme: str
    section: str
    since: str
    source: str
    number: str = ""
    only_known: bool = False
    home: str = ""

    @property
    def keys(self) -> list[str]:
        """Its names as they are compared; what is left of three letters or fewer says too little."""
        return [key for name in (self.name, *self.aliases) if len(key := _key(name)) > 3]


@dataclass
class Entity:
    """An organisation, with all entries that name it."""

    entity_id: str
    is_new: bool
    entries: list[Entry] = field(default_factory=list)


def main() -> None:
    """Reads the lists, writes the dataset files and prints what changed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--eu", type=Path, action="append", default=[])
    parser.add_argument("--ofac", type=Path)
    parser.add_argument("--ofac-addresses", type=Path)
    parser.add_argument("--un", type=Path)
    parser.add_argument("--ohchr", type=Path)
    asked = parser.parse_args()
    entries = [entry for path in asked.eu for entry in eu_entries(path)]
    entries += un_entries(asked.un) if asked.un else []
    entries += ofac_entries(asked.ofac, asked.ofac_addresses) if asked.ofac else []
    entries += ohchr_entries(asked.ohchr) if asked.ohchr else []
    before = {(r["entity_id"], r["list_id"]) for r in _rows("listing", only=OWN)}
    tables = rows_of(merge(entries))
    for table, rows in tables.items():
        with (DATASETS / table / OWN).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, HEADERS[table].split(","), lineterminator="\n", restval="")
            writer.writeheader()
            writer.writerows(rows)
    after = {(r["entity_id"], r["list_id"]) for r in tables["listing"]}
    print(f"{len(tables['entity'])} entities, {len(after)} listings ({len(after - before)} new)")
    for entity, list_id in sorted(before - after):
        print(f"gone: {entity} on {list_id}", file=sys.stderr)


def eu_entries(path: Path) -> Iterator[Entry]:
    """Organisations in the annexes of an EU regulation."""
    for row in _read(path):
        if row["schema"] not in ("LegalEntity", "Company") or row["programKey"] not in PROGRAMMES:
            continue
        since = "-".join(part.zfill(2) for part in reversed(row["startDate"].split("."))) if row["startDate"] else ""
        yield Entry(
            name=_plain(row["name"]),
            aliases=_aliases(row["alias"] + ";" + row["previousName"]),
            address=row["address"],
            group=PROGRAMMES[row["programKey"]],
            list_id="eu-fsf",
            programme=row["programKey"],
            section="Annex " + row["annex"].replace("I.ENTITIES", "I"),
            since=since,
            source=SOURCES[row["celex"]],
        )


def ofac_entries(path: Path, addresses: Path | None) -> Iterator[Entry]:
    """Organisations of the programmes of interest on the SDN list."""
    places: dict[str, str] = defaultdict(str)
    if addresses:
        with addresses.open(encoding="utf-8", errors="replace", newline="") as file:
            for line in csv.reader(file):
                places[line[0]] += " ".join(line[2:5]).replace("-0-", "") + "; "
    for row in _read(path):
        programmes = [p.strip() for p in row["programs"].split(";")]
        programme = next((p for p in programmes if p in PROGRAMMES), None)
        if row["type"] == "entity" and programme:
            yield Entry(
                name=_plain(_in_capitals(row["name"])),
                aliases=[_in_capitals(alias) for alias in _aliases(row["alternate_names"])],
                address=places[row["uid"]],
                group=PROGRAMMES[programme],
                list_id="us-ofac-sdn",
                programme=programme,
                section="",
                since="",
                source=SOURCES["ofac"],
                number=row["uid"],
                only_known=programme in ONLY_KNOWN,
            )


def un_entries(path: Path) -> Iterator[Entry]:
    """Organisations under the North Korea resolutions on the consolidated list of the Security Council."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for entity in etree.parse(str(path), parser).iter("ENTITY"):
        if entity.findtext("UN_LIST_TYPE") == "DPRK":
            aliases = [a.text or "" for a in entity.iterfind("ENTITY_ALIAS/ALIAS_NAME")]
            yield Entry(
                name=_plain(_in_capitals(entity.findtext("FIRST_NAME") or "")),
                aliases=[_in_capitals(_plain(a)) for a in aliases if len(a) > 3],
                address=" ".join(t.text or "" for t in entity.iterfind("ENTITY_ADDRESS/*")),
                group="KP",
                list_id="un-sc",
                programme="DPRK",
                section=entity.findtext("REFERENCE_NUMBER") or "",
                since=entity.findtext("LISTED_ON") or "",
                source=SOURCES["un"],
            )


def ohchr_entries(path: Path) -> Iterator[Entry]:
    """Enterprises that the UN database on settlements names; the second table of the file, of those taken off, is left out."""
    last = 0
    for row in _read(path):
        if int(row["no"]) <= last:
            return
        last = int(row["no"])
        yield Entry(
            name=_plain(re.sub(r"(?<=Ltd\.)[a-z]$", "", row["business_enterprise"])),  # the letter of a footnote
            aliases=[],
            address="",
            group="PS",
            list_id="un-ohchr-settlements",
            programme="A/HRC/RES/31/36",
            section=row["listed_activity_subparagraph_of_paragraph_96"],
            since="",
            source=SOURCES["ohchr"],
            home=HOMES.get(row["home_state"], ""),
        )


def merge(entries: list[Entry]) -> list[Entity]:
    """Entries of one organisation brought together: those that share a name within one programme, directly or through others."""
    others: dict[tuple[str, str], str] = {}  # entities of the other files, by country and every name
    for table, column in (("entity", "name"), ("entity", "name_local"), ("entity_name", "name")):
        for row in _rows(table, without=OWN):
            if row.get(column):
                others.setdefault((row["entity_id"][:2].upper(), _key(row[column])), row["entity_id"])
    numbers = {r["value"]: r["entity_id"] for r in _rows("identifier", without=OWN) if r["scheme"] == "ofac"}
    last = {_key(row["name"]): row["entity_id"] for row in _rows("entity", only=OWN)}
    taken = {row["entity_id"] for row in _rows("entity", without=OWN)}
    same = networkx.Graph()
    for place, entry in enumerate(entries):
        same.add_edges_from((place, (entry.group, key)) for key in entry.keys)
        same.add_node(place)
    found = []
    for part in networkx.connected_components(same):
        group = [entries[place] for place in sorted(node for node in part if isinstance(node, int))]
        known = [numbers[e.number] for e in group if e.number in numbers]
        known += [
            others[place, key]
            for e in group
            for key in e.keys
            for place in (_country(e), e.group)
            if (place, key) in others
        ]
        if known:
            found.append(Entity(known[0], False, group))
        elif not all(entry.only_known for entry in group):
            entity_id = next((last[_key(e.name)] for e in group if _key(e.name) in last), None) or _id(group, taken)
            taken.add(entity_id)
            found.append(Entity(entity_id, True, group))
    return found


def rows_of(entities: list[Entity]) -> dict[str, list[Row]]:
    """The rows of each dataset table."""
    listed = {(r["entity_id"], r["list_id"]) for r in _rows("listing", without=OWN)}
    named = defaultdict(set)
    for row in [*_rows("entity", without=OWN), *_rows("entity_name", without=OWN)]:
        named[row["entity_id"]].add(row["name"].casefold())
    numbered = {(r["scheme"], r["value"]) for r in _rows("identifier", without=OWN)}
    out: dict[str, list[Row]] = {table: [] for table in HEADERS}
    for entity in entities:
        main, sources = entity.entries[0], sorted({e.source for e in entity.entries})
        names = list(dict.fromkeys(n for e in entity.entries for n in (e.name, *e.aliases)))
        if entity.is_new:
            kind = "military" if re.search(r"\b(army|navy|brigade|armed forces)\b", main.name, re.I) else "company"
            if re.search(
                r"\b(bureau|ministry|committee|department|office|academy of|administration)\b", main.name, re.I
            ):
                kind = "state_body"
            local = next((n for n in names if _script(n)), "")
            out["entity"].append(
                {
                    "entity_id": entity.entity_id,
                    "kind": kind,
                    "name": main.name,
                    "name_local": local,
                    "country": next(filter(None, map(_country, entity.entries)), ""),
                    "source_ids": ";".join(sources),
                }
            )
            named[entity.entity_id] |= {main.name.casefold(), local.casefold()}
        for entry in entity.entries:
            for name in (entry.name, *entry.aliases):
                if name and name.casefold() not in named[entity.entity_id]:
                    named[entity.entity_id].add(name.casefold())
                    out["entity_name"].append(
                        {
                            "entity_id": entity.entity_id,
                            "name": name,
                            "lang": _script(name) or "en",
                            "kind": "alias",
                            "source_ids": entry.source,
                        }
                    )
            if (entity.entity_id, entry.list_id) not in listed:
                listed.add((entity.entity_id, entry.list_id))
                out["listing"].append(
                    {
                        "entity_id": entity.entity_id,
                        "list_id": entry.list_id,
                        "programme": entry.programme,
                        "section": entry.section,
                        "valid_from": entry.since,
                        "source_ids": entry.source,
                    }
                )
            if entry.number and ("ofac", entry.number) not in numbered:
                numbered.add(("ofac", entry.number))
                out["identifier"].append(
                    {
                        "entity_id": entity.entity_id,
                        "scheme": "ofac",
                        "value": entry.number,
                        "source_ids": entry.source,
                    }
                )
    return {table: sorted(rows, key=lambda row: tuple(row.values())) for table, rows in out.items()}


def _country(entry: Entry) -> str:
    """The country that the list gives, or of the first place that the address names; empty where it names none."""
    if entry.home:
        return entry.home
    places = [
        (match.start(), country)
        for country, words in COUNTRIES.items()
        if (match := re.search(words, entry.address, re.IGNORECASE))
    ]
    return min(places)[1] if places else ""


def _id(group: list[Entry], taken: set[str]) -> str:
    entry, country = group[0], next(filter(None, map(_country, group)), "zz").lower()
    bare = _FORMS.sub(" ", unicodedata.normalize("NFKD", entry.name).encode("ascii", "ignore").decode().lower())
    words = re.findall(r"[a-z0-9]+", bare) or [entry.number or "unnamed"]
    slug = ""
    for word in words:
        if len(slug) + len(word) > 50 and slug:
            break
        slug = f"{slug}-{word}" if slug else word
    base = f"{country}-{slug}"
    number, entity_id = 2, base
    while entity_id in taken:
        entity_id, number = f"{base}-{number}", number + 1
    return entity_id


def _key(name: str) -> str:
    # Myanma and Myanmar, Holding and Holdings are written for one another.
    folded = unicodedata.normalize("NFKC", name).casefold().replace("myanmar", "myanma")
    words = _FORMS.sub(" ", re.sub(r"[\W_]+", " ", folded)).split()
    return " ".join(word[:-1] if len(word) > 4 and word.endswith("s") else word for word in words)


def _aliases(cell: str) -> list[str]:
    parts = (_plain(part) for part in cell.split(";"))
    return list(dict.fromkeys(part for part in parts if 2 < len(part) <= 200))


def _plain(text: str) -> str:
    """One line, ordinary quotation marks, none around the whole."""
    text = re.sub(r"\s+", " ", text.replace("‘", '"').replace("’", '"').replace("“", '"').replace("”", '"'))
    text = re.sub(r'(?<=\w)"(?=\w)', "'", text).strip(" ,.")
    return text[1:-1] if len(text) > 2 and text[0] == text[-1] == '"' and text.count('"') == 2 else text


def _in_capitals(name: str) -> str:
    """A name written in capitals, as an ordinary one; what has no vowel is taken for initials and stays."""
    if name.upper() != name:
        return name
    words = (w if not re.search("[AEIOUY]", w) and w != "LTD" else w.capitalize() for w in name.split(" "))
    return re.sub(r"\b(And|Of|The|For)\b(?!^)", lambda m: m[0].lower() if m.start() else m[0], " ".join(words))


def _script(name: str) -> str:
    return next((lang for lang, letters in _SCRIPTS if re.search(letters, name, re.IGNORECASE)), "")


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _rows(table: str, *, only: str = "*.csv", without: str = "") -> list[Row]:
    return [row for path in sorted((DATASETS / table).glob(only)) if path.name != without for row in _read(path)]


if __name__ == "__main__":
    main()
