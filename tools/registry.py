"""Compiles the registry of listed and delisted companies from the files of the exchange and of OpenDART into datasets/*/registry-krx.csv.

    python tools/registry.py --listed krx_listed.csv --listed-on 2026-03-20 --delisted krx_delisted.csv --codes dart.csv

Columns read (all files are CSV, UTF-8):

* listed: code, isin, name, market, sector, shares, market_cap_krw (one row a security);
* delisted: code, name, market, group, kind, delisting_date, reason, to_code (the exchange names a successor for some);
* codes: corp_code, corp_name, corp_eng_name, stock_code, modify_date (OpenDART's corpCode records).

Companies that other dataset files describe already keep their id, names and group; this script adds what those files lack. An id never changes: a company without a
DART code is `kr-krx-<code>` from the day on which it is first compiled, also when its DART code becomes known. Run again on newer files, the script rewrites its
own files and prints what changed: new, gone, renamed and delisted companies.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

DATASETS: Final = Path(__file__).resolve().parent.parent / "datasets"
OWN: Final = "registry-krx.csv"
LISTED_SOURCE: Final = "krx-listed-2026-03-20"
DELISTED_SOURCE: Final = "krx-delisted-2026-03-22"
CODES_SOURCE: Final = "fss-2025-corpcode"
RATE_SOURCE: Final = "krx-2026-market-cap"
SINCE: Final = "2005-01-01"
_CLASS: Final = re.compile(r"\d?우[A-Z]?(\(전환\))?$")
SHARES_OF_COMPANIES: Final = ("주권", "외국주권", "주식예탁증권")
WON_A_DOLLAR: Final = (
    1471.93  # the rate at which the market values of the other registry files were turned into dollars
)
HEADERS: Final[dict[str, str]] = {
    "entity": "entity_id,kind,name,name_ko,country,sector,market,status,successor_id,source_ids,note",
    "identifier": "entity_id,scheme,value,security,valid_to,source_ids",
    "entity_name": "entity_id,name,lang,kind,source_ids",
    "financial": "entity_id,item,year,amount,currency,amount_usd,source_ids",
}
_FORM: Final = re.compile(
    r"[\s,.]*\b(co\.?\s*,?\s*\.?\s*ltd|corp(oration)?|inc(orporated)?|ltd|limited|company|co)\b[\s,.]*$", re.IGNORECASE
)

Row = dict[str, str]


def main() -> None:
    """Reads the three files, writes the dataset files and prints what changed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    for name in ("listed", "delisted", "codes"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--listed-on", required=True, help="day of the list of listed securities, YYYY-MM-DD")
    asked = parser.parse_args()
    before = _rows("entity", only=OWN)
    tables = compile_registry(_read(asked.listed), _read(asked.delisted), _read(asked.codes), asked.listed_on[:4])
    for table, rows in tables.items():
        path = DATASETS / table / OWN
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, HEADERS[table].split(","), lineterminator="\n", restval="")
            writer.writeheader()
            writer.writerows(rows)
    _print_changes(before, tables["entity"])


def compile_registry(listed: list[Row], delisted: list[Row], codes: list[Row], year: str) -> dict[str, list[Row]]:
    """The rows of each dataset table that the other files do not hold yet."""
    dart = {row["stock_code"]: row for row in codes}
    known = _known_companies()
    main_shares = {row["code"]: row for row in listed if row["code"].endswith("0")}
    gone = {
        row["code"]: row
        for row in delisted
        if row["delisting_date"] >= SINCE
        and row["group"] in SHARES_OF_COMPANIES
        and row["kind"] == "보통주"
        and row["code"] not in main_shares
    }
    ids = {code: known.get(code) or _id(code, dart) for code in (*main_shares, *gone)}
    described = {row["entity_id"] for row in _rows("entity", without=OWN)}
    names = defaultdict(set)
    for row in _rows("entity", without=OWN):
        names[row["entity_id"]] |= {row["name"], row.get("name_ko", "")}
    for row in _rows("entity_name", without=OWN):
        names[row["entity_id"]].add(row["name"])
    numbers = {(r["entity_id"], r["scheme"], r["value"]) for r in _rows("identifier", without=OWN)}
    sized = {r["entity_id"] for r in _rows("financial", without=OWN) if r["item"] == "market_cap" and r["year"] == year}
    out: dict[str, list[Row]] = {table: [] for table in HEADERS}

    for code, row in {**main_shares, **gone}.items():
        entity, is_listed, filed = ids[code], code in main_shares, dart.get(code)
        origin = LISTED_SOURCE if is_listed else DELISTED_SOURCE
        sources = ";".join([origin, *([CODES_SOURCE] if filed else [])])
        english = _english(filed["corp_eng_name"], row["name"]) if filed else ""
        if entity not in described:
            status, successor = ("active", "") if is_listed else _end(row, ids)
            out["entity"].append(
                {
                    "entity_id": entity,
                    "kind": "company",
                    "name": english or row["name"],
                    "name_ko": row["name"],
                    "country": "" if code.startswith("9") else "KR",
                    "sector": row.get("sector", ""),
                    "market": _market(row["market"]) if is_listed else "",
                    "status": status,
                    "successor_id": successor,
                    "source_ids": sources,
                    "note": ""
                    if is_listed
                    else f"Delisted from {_market(row['market'])} on {row['delisting_date']}"
                    + (f": {row['reason']}" if row["reason"] else ""),
                }
            )
            names[entity] |= {english or row["name"], row["name"]}
        if (entity, "krx", code) not in numbers:
            end = "" if is_listed else row["delisting_date"]
            out["identifier"].append(_number(entity, "krx", code, "common", origin, end))
        if filed and (entity, "dart", filed["corp_code"]) not in numbers and entity == f"kr-{filed['corp_code']}":
            out["identifier"].append(_number(entity, "dart", filed["corp_code"], "", CODES_SOURCE))
        if is_listed:
            out["entity_name"].append(_name(entity, row["name"], "ko", "exchange", LISTED_SOURCE))
        if filed:
            for name, lang in ((filed["corp_eng_name"], "en"), (filed["corp_name"], "ko")):
                if name and name not in names[entity] and not (is_listed and name == row["name"]):
                    names[entity].add(name)
                    out["entity_name"].append(_name(entity, name, lang, "alias", CODES_SOURCE))

    value: dict[str, float] = defaultdict(float)
    short = {ids[row["code"]]: row["name"] for row in listed if row["code"].endswith("0")}
    for row in listed:
        issuer = ids[row["code"][:5] + "0"]
        value[issuer] += float(row["market_cap_krw"] or 0)
        if row["code"].endswith("0"):
            out["financial"].append(_size(issuer, "shares", year, float(row["shares"]), ""))
        else:
            for scheme, number in (("krx", row["code"]), ("isin", row["isin"])):
                if (issuer, scheme, number) not in numbers:
                    out["identifier"].append(_number(issuer, scheme, number, "preference", LISTED_SOURCE))
            # The exchange shortens some names once more before the word for the class: 남선알미우 of 남선알미늄.
            if _CLASS.sub("", row["name"]) != short.get(issuer):
                out["entity_name"].append(_name(issuer, row["name"], "ko", "exchange", LISTED_SOURCE))
    out["financial"] += [_size(e, "market_cap", year, won, "KRW") for e, won in value.items() if e not in sized and won]
    return {table: sorted(rows, key=lambda row: tuple(row.values())) for table, rows in out.items()}


def _known_companies() -> dict[str, str]:
    """Stock code to entity id, of the other dataset files; and of this script's own, so that ids stay."""
    found = {
        row["value"]: row["entity_id"]
        for only in (True, False)
        for row in _rows("identifier", **({"only": OWN} if only else {"without": OWN}))
        if row["scheme"] == "krx"
    }
    return found


def _id(code: str, dart: dict[str, Row]) -> str:
    return f"kr-{dart[code]['corp_code']}" if code in dart else f"kr-krx-{code.lower()}"


def _end(row: Row, ids: dict[str, str]) -> tuple[str, str]:
    """Status and successor of a delisted company, as far as the exchange's reason says. A company that only left the exchange goes on."""
    if row["to_code"] in ids and row["to_code"] != row["code"]:
        return "merged", ids[row["to_code"]]
    if "합병" in row["reason"] and "미제출" not in row["reason"]:
        return "dissolved", ""
    return ("dissolved" if re.search("해산|파산|존속기간", row["reason"]) else "active"), ""


def _english(written: str, korean: str) -> str:
    """A filer's English name without its company form, in ordinary capitals; what the Korean name writes in Latin letters stays as it is."""
    name = re.sub(r"\s+", " ", written).strip()
    while (shorter := _FORM.sub("", name)) != name and len(shorter) > 1:
        name = shorter
    if name.upper() != name or len(name) <= 4:
        return name
    return " ".join(word if len(word) <= 3 or word in korean else word.capitalize() for word in name.split(" "))


def _market(written: str) -> str:
    return written.split(" ")[0]  # KOSDAQ GLOBAL is a segment of KOSDAQ


def _number(entity: str, scheme: str, value: str, security: str, source: str, end: str = "") -> Row:
    return {
        "entity_id": entity,
        "scheme": scheme,
        "value": value,
        "security": security,
        "valid_to": end,
        "source_ids": source,
    }


def _name(entity: str, name: str, lang: str, kind: str, source: str) -> Row:
    return {"entity_id": entity, "name": name, "lang": lang, "kind": kind, "source_ids": source}


def _size(entity: str, item: str, year: str, amount: float, currency: str) -> Row:
    return {
        "entity_id": entity,
        "item": item,
        "year": year,
        "amount": f"{amount:.0f}",
        "currency": currency,
        "amount_usd": f"{amount / WON_A_DOLLAR:.0f}" if currency else "",
        "source_ids": f"{LISTED_SOURCE};{RATE_SOURCE}" if currency else LISTED_SOURCE,
    }


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _rows(table: str, *, only: str = "*.csv", without: str = "") -> list[Row]:
    return [row for path in sorted((DATASETS / table).glob(only)) if path.name != without for row in _read(path)]


def _print_changes(before: Iterable[Row], after: Iterable[Row]) -> None:
    old, new = ({row["entity_id"]: row for row in rows} for rows in (before, after))
    for entity in sorted(old.keys() | new.keys()):
        was, now = old.get(entity), new.get(entity)
        if was is None and now is not None:
            if old:
                print(f"new       {entity}  {now['name_ko']}")
        elif now is None and was is not None:
            print(f"gone      {entity}  {was['name_ko']}")
        elif was is not None and now is not None:
            for column in ("name_ko", "market", "status"):
                if was[column] != now[column]:
                    print(f"{column:<9} {entity}  {was[column]} -> {now[column]}")
    print(f"{len(new)} companies that no other file describes", file=sys.stderr)


if __name__ == "__main__":
    main()
