"""Small tables: verdicts of Norges Bank, the UN settlements database, Korean business groups, customs figures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import polars as pl

from screener.errors import ScreenerError
from screener.readers.delimited import read_delimited, utf8_file
from screener.readers.html import html_tables
from screener.readers.places import country as country_of
from screener.sources.archive import unpacked
from screener.sources.client import Client, told_kind
from screener.sources.data_go_kr import explain
from screener.sources.loaded import any_table
from screener.sources.shapes import Collector, account, day, digest, entity_id, plain, slug
from screener.sources.source import Files, Rows, ShapeError, Source
from screener.sources.xmlrecords import records
from screener.store.snapshots import Told

NBIM_URL: Final = "https://www.nbim.no/en/responsible-investment/exclusion-of-companies/"
_DECISIONS: Final = {
    "exclusion": "exclusion",
    "excluded": "exclusion",
    "observation": "observation",
    "under observation": "observation",
}


def fetch_nbim(client: Client) -> None:
    """Downloads the page of all decisions."""
    client.download(NBIM_URL, "page", expect="html")


def parse_nbim(files: Files, told: Told) -> Iterator[Rows]:
    """Decisions of Norges Bank: verdicts only, never an input of a score. An HTML page, or a CSV with the same columns."""
    path = unpacked(files.first.path, files.folder)
    with open(path, "rb") as file:
        is_page = told_kind(file.read(4096)) in ("html", "xml")
    if is_page:
        tables = [
            t
            for t in html_tables(utf8_file(path, files.folder).read_text(encoding="utf-8"))
            if t.rows[0] and "company" in t.rows[0][0].lower()
        ]
        if not tables:
            raise ShapeError(
                "no table of companies on the page", where=files.first.url, do="see whether the page has changed"
            )
        records = [record for table in tables for record in table.dicts()]
    else:
        records = [
            {name: value or "" for name, value in row.items()} for row in read_delimited(path, files.folder).to_dicts()
        ]
    rows = Collector()
    for record in records:
        cells = {name.lower().strip(): value for name, value in record.items()}
        account(cells, ("company", "category", "criterion", "decision", "publishing date", "published", "date"), told)
        name, decision = cells.get("company", ""), _DECISIONS.get(cells.get("decision", "").lower())
        decided = day((cells.get("publishing date") or cells.get("published") or cells.get("date") or "").strip())
        if not name or decision is None or decided is None:
            told.reject("verdict", None, "decision", name, "no company, decision or date", cells.get("decision"))
            continue
        told.rows += 1
        known = entity_id("zz", "nbim", slug(name, 40), digest(name)[:6])
        rows.add("entity", entity_id=known, kind="company", name=name)
        rows.add(
            "verdict",
            entity_id=known,
            institution="Norges Bank",
            decision=decision,
            decided_on=decided,
            summary=cells.get("criterion") or cells.get("category"),
        )
    yield rows.take()


_OHCHR_HEADS: Final = frozenset(
    {
        "name",
        "business enterprise",
        "enterprise",
        "company",
        "country",
        "state concerned",
        "state",
        "section",
        "subparagraph",
        "listed activities",
        "activities",
    }
)


def _surprises(frame: pl.DataFrame, known: set[str], heads: Mapping[str, str], told: Told) -> None:
    for head, name in heads.items():
        if head not in known:
            filled = frame[name].drop_nulls()
            told.surprise(name, filled[0] if len(filled) else "", len(filled) or 1)


def parse_ohchr(files: Files, told: Told) -> Iterator[Rows]:
    """The UN database of enterprises in settlements, as a curated table: name, country, and the activities (a)-(j) found."""
    frame = read_delimited(unpacked(files.first.path, files.folder), files.folder)
    heads = {name.lower().strip(): name for name in frame.columns}
    name_head = next(
        (heads[head] for head in ("name", "business enterprise", "enterprise", "company") if head in heads), None
    )
    if name_head is None:
        raise ShapeError("no column of names", where=files.first.url, found=", ".join(frame.columns)[:100])
    _surprises(frame, {head for head in heads if head in _OHCHR_HEADS}, heads, told)
    rows = Collector()
    for record in frame.to_dicts():
        name = record[name_head]
        if not name:
            continue
        told.rows += 1
        place = next((record[heads[head]] for head in ("country", "state concerned", "state") if head in heads), None)
        known = entity_id("zz", "ohchr", slug(name, 40), digest(name)[:6])
        rows.add("entity", entity_id=known, kind="company", name=name, country=country_of(place))
        section = next(
            (
                record[heads[head]]
                for head in ("section", "subparagraph", "listed activities", "activities")
                if head in heads
            ),
            None,
        )
        rows.add(
            "listing", entity_id=known, list_id="un-ohchr-settlements", programme="A/HRC/RES/31/36", section=section
        )
    yield rows.take()


def parse_ftc(files: Files, told: Told) -> Iterator[Rows]:
    """Business groups and their affiliates: a table with the group, the company and its corporate number."""
    frame = any_table(files)
    heads = {re.sub(r"\s", "", name): name for name in frame.columns}
    group = next((heads[h] for h in ("기업집단명", "기업집단", "unityGrupNm", "group") if h in heads), None)
    company = next(
        (heads[h] for h in ("회사명", "계열회사명", "소속회사명", "entrprsNm", "company") if h in heads), None
    )
    number = next((heads[h] for h in ("법인등록번호", "jurirno", "crn") if h in heads), None)
    if group is None or company is None:
        raise ShapeError(
            "no columns of groups and companies", where=files.first.url, found=", ".join(frame.columns)[:100]
        )
    _surprises(frame, {head for head, name in heads.items() if name in (group, company, number)}, heads, told)
    rows = Collector()
    for record in frame.to_dicts():
        digits = re.sub(r"\D", "", record.get(number) or "") if number else ""
        if not record[company]:
            continue
        told.rows += 1
        known = entity_id("kr", "crn", digits) if len(digits) == 13 else entity_id("kr", "ftc", digest(record[company]))
        rows.add(
            "entity",
            entity_id=known,
            kind="company",
            name=record[company],
            name_ko=record[company],
            country="KR",
            business_group=record[group],
        )
        if len(digits) == 13:
            rows.add("identifier", entity_id=known, scheme="crn", value=digits)
    yield rows.take()


CUSTOMS_URL: Final = "https://apis.data.go.kr/1220000/nitemtrade/getNitemtradeList"


def fetch_customs(client: Client) -> None:
    """Downloads imports by code and country: `--option hs=854143 --option country=CN --option from=202501 --option to=202512`."""
    asked = {
        "strtYymm": client.options.get("from", ""),
        "endYymm": client.options.get("to", ""),
        "hsSgn": client.options.get("hs", ""),
        "cntyCd": client.options.get("country", "CN"),
    }
    if not all(asked.values()):
        raise ScreenerError(
            "which goods and months?",
            where="customs-trade",
            do="--option hs=854143 --option from=202501 --option to=202512",
        )
    client.download(CUSTOMS_URL, "imports", expect="xml", params={**asked, "serviceKey": client.key()}, explain=explain)


def parse_customs(files: Files, told: Told) -> Iterator[Rows]:
    """Imports of Korea by code and country: kept raw and counted; at the level of a country they are no fact about any company."""
    fields = {
        "balPayments",
        "expDlr",
        "expWgt",
        "hsCd",
        "impDlr",
        "impWgt",
        "statCd",
        "statCdCntnKor1",
        "statKor",
        "year",
    }
    for record in records(plain(files, files.first, ".xml"), {"item"}):
        account({child.tag: child.text for child in record.children}, fields, told)
        told.rows += 1
    yield {}


NBIM: Final = Source(
    id="nbim-exclusions",
    title="Observation and exclusion of companies",
    publisher="Norges Bank Investment Management",
    publisher_kind="other",
    url=NBIM_URL,
    terms="website terms; facts of decisions",
    frequency="when the bank decides",
    fetch=fetch_nbim,
    parse=parse_nbim,
    parts=(("page", ""),),
    max_bytes=64 << 20,
)
OHCHR: Final = Source(
    id="ohchr-settlements",
    title="Database of enterprises in the settlements (A/HRC/43/71 and updates)",
    publisher="OHCHR",
    publisher_kind="un_body",
    url="https://www.ohchr.org/en/hr-bodies/hrc/regular-sessions/session31/database-hrc3136",
    terms="UN document",
    frequency="yearly",
    grade="B",
    parse=parse_ohchr,
    parts=(("table", ""),),
    risk_lists=(
        {
            "list_id": "un-ohchr-settlements",
            "title": "UN database of business enterprises in the settlements",
            "publisher": "OHCHR",
            "jurisdiction": "UN",
            "effect": "published_list",
            "url": "https://www.ohchr.org/en/hr-bodies/hrc/regular-sessions/session31/database-hrc3136",
        },
    ),
)
FTC: Final = Source(
    id="ftc-groups",
    title="Designated business groups and their affiliates",
    publisher="Fair Trade Commission",
    publisher_kind="government",
    url="https://www.egroup.go.kr/",
    terms="Korea Open Government Licence",
    frequency="yearly, 1 May",
    language="ko",
    grade="A",
    parse=parse_ftc,
    parts=(("groups", ""),),
)
CUSTOMS: Final = Source(
    id="customs-trade",
    title="Imports by code and country",
    publisher="Korea Customs Service (data.go.kr)",
    publisher_kind="customs",
    url="https://www.data.go.kr/data/15100475/openapi.do",
    terms="free with a key",
    frequency="monthly, from the 15th",
    key="DATA_GO_KR_KEY",
    language="ko",
    grade="B",
    fetch=fetch_customs,
    parse=parse_customs,
    parts=(("imports", ""),),
)
