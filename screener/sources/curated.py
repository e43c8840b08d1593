"""Small tables: verdicts of Norges Bank, the UN settlements database, Korean business groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from screener.sources.client import Client
from screener.sources.rows import Bodies, Collector, country_code, day, digest, digits, entity_id, named_id
from screener.sources.source import Files, Rows, Source, risk_list
from screener.sources.tables import Columns, records_of, table_of, words
from screener.store.snapshots import ParseReport

NBIM_URL: Final = "https://www.nbim.no/en/responsible-investment/exclusion-of-companies/"
OHCHR_URL: Final = "https://www.ohchr.org/en/hr-bodies/hrc/regular-sessions/session31/database-hrc3136"
OHCHR_LIST: Final = "un-ohchr-settlements"
_DECISIONS: Final = {
    "exclusion": "exclusion",
    "excluded": "exclusion",
    "observation": "observation",
    "under observation": "observation",
}
_VERDICTS: Final = Columns(
    {
        "name": ("company",),
        "criterion": ("criterion", "category"),
        "decision": ("decision",),
        "decided": ("publishing date", "published", "date"),
    },
    needed=("name", "decision"),
    unused=words("category"),
)
_ENTERPRISES: Final = Columns(
    {
        "name": ("name", "business enterprise", "enterprise", "company"),
        "country": ("country", "state concerned", "state"),
        "section": ("section", "subparagraph", "listed activities", "activities"),
    },
    needed=("name",),
)
_AFFILIATES: Final = Columns(
    {
        "group": ("기업집단명", "기업집단", "unityGrupNm", "group"),
        "name": ("회사명", "계열회사명", "소속회사명", "entrprsNm", "company"),
        "number": ("법인등록번호", "jurirno", "crn"),
    },
    needed=("group", "name"),
)


def fetch_nbim(client: Client) -> None:
    """Downloads the page of all decisions."""
    client.download(NBIM_URL, "page", expect="html")


def parse_nbim(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Decisions of Norges Bank: verdicts only, never an input of a score. An HTML page, or a CSV with the same columns."""
    rows = Collector()
    for row in records_of(_VERDICTS.of(table_of(files, holds="company"), files.first.url, report)):
        name, decision, decided = row["name"], _DECISIONS.get((row["decision"] or "").lower()), day(row["decided"])
        if not name or decision is None or decided is None:
            report.reject("verdict", None, "decision", name, "no company, decision or date", row["decision"])
            continue
        report.rows += 1
        known = rows.once(named_id("zz", "nbim", name), name)
        cells = {"institution": "Norges Bank", "decision": decision, "decided_on": decided, "summary": row["criterion"]}
        rows.add("verdict", entity_id=known, **cells)
    yield rows.take()


def parse_ohchr(files: Files, report: ParseReport) -> Iterator[Rows]:
    """The UN database of enterprises in settlements, as a curated table: name, country, and the activities (a)-(j) found."""
    bodies = Bodies("ohchr", OHCHR_LIST, report)
    for row in records_of(_ENTERPRISES.of(table_of(files), files.first.url, report)):
        if row["name"]:
            body = bodies.named(row["name"])
            body.kind, body.country = "company", country_code(row["country"])
            body.listed("A/HRC/RES/31/36", row["section"])
    yield bodies.rows()


def parse_ftc(files: Files, report: ParseReport) -> Iterator[Rows]:
    """Business groups and their affiliates: a table with the group, the company and its corporate number."""
    rows = Collector()
    for row in records_of(_AFFILIATES.of(table_of(files), files.first.url, report)):
        if name := row["name"]:
            report.rows += 1
            number = digits(row["number"], 13)
            known = entity_id("kr", "crn", number) if number else entity_id("kr", "ftc", digest(name))
            cells = {"name_ko": name, "country": "KR", "business_group": row["group"]}
            rows.entity(known, name, numbers=(("crn", number),), **cells)
    yield rows.take()


NBIM: Final = Source(
    id="nbim-exclusions",
    priority=20,
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
    priority=21,
    title="Database of enterprises in the settlements (A/HRC/43/71 and updates)",
    publisher="OHCHR",
    publisher_kind="un_body",
    url=OHCHR_URL,
    terms="UN document",
    frequency="yearly",
    grade="B",
    parse=parse_ohchr,
    parts=(("table", ""),),
    risk_lists=(
        risk_list(
            OHCHR_LIST,
            "UN database of business enterprises in the settlements",
            "OHCHR",
            "UN",
            "published_list",
            OHCHR_URL,
        ),
    ),
)
FTC: Final = Source(
    id="ftc-groups",
    priority=9,
    title="Designated business groups and their affiliates",
    publisher="Fair Trade Commission",
    publisher_kind="government",
    url="https://www.egroup.go.kr/",
    terms="Korea Open Government Licence",
    frequency="yearly, 1 May",
    language="ko",
    parse=parse_ftc,
    parts=(("groups", ""),),
)
