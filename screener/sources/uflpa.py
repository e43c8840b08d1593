"""US Department of Homeland Security: the UFLPA Entity List, a page with one table for each section of the act."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final

from screener.readers.delimited import utf8_file
from screener.readers.html import HtmlTable, html_tables
from screener.sources.client import Client
from screener.sources.shapes import Collector, american_day, digest, entity_id, slug
from screener.sources.source import Files, Rows, ShapeError, Source, risk_list
from screener.store.snapshots import Told

LIST: Final = "us-uflpa"
URL: Final = "https://www.dhs.gov/uflpa-entity-list"
SECTIONS: Final = ("i", "ii", "iv", "v")
_NAME_HEADS: Final = ("name of entity", "entity name", "entity", "name")
_DATE_HEADS: Final = ("effective date", "date", "date added")
_NUMBER: Final = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d+)"
# "(including two aliases: A and B)", "(also known as A; and formerly known as B)", "(and one alias: A)"
_ALIASES: Final = re.compile(
    rf"\(\s*(?:(?:and|including)\s+{_NUMBER}\s+alias(?:es)?\s*:|(?:also|formerly|previously)\s+known\s+as|(?:a|f)\.?k\.?a\.?:?)\s*",
    re.I,
)
_FORMER: Final = re.compile(r"^\s*(?:and\s+)?(?:formerly|previously)\s+known\s+as\s+", re.I)
_KNOWN_AS: Final = re.compile(r"^\s*(?:and\s+)?(?:also\s+)?known\s+as\s+", re.I)
_SUBSIDIARIES: Final = re.compile(
    rf"\s*,?\s+and\s+its\s+(?:{_NUMBER}\s+)?(?:[\w-]+-based\s+)?subsidiar(?:y|ies)(?:,?\s+which\s+include)?:?\s+(?P<names>.+)$",
    re.I,
)
# What belongs to a name after a comma, so that a comma before it separates nothing.
_SUFFIX: Final = re.compile(
    r",\s*(?=(?:Ltd|Limited|Inc|LLC|Co\b|Corp|L\.?P|S\.?A|GmbH|Pte|Company)[.,)\s]|(?:Ltd|Limited|Inc|LLC|Co|Corp|LP|SA|GmbH|Company)\.?$)",
    re.I,
)
_GROUP: Final = re.compile(
    r",?\s+and\s+(?:all\s+)?(?:its\s+)?(?:subsidiaries|subordinate\s+and\s+affiliated\s+entities|subordinate\s+entities)\s*$",
    re.I,
)


def fetch(client: Client) -> None:
    """Downloads the page."""
    client.download(URL, "page", expect="html")


def parse(files: Files, told: Told) -> Iterator[Rows]:
    """Reads every table that has a column of entities and stands under a section of the act."""
    rows = Collector()
    page = utf8_file(files.first.path, files.folder).read_text(encoding="utf-8")
    tables = [table for table in html_tables(page) if _column(table, _NAME_HEADS) is not None]
    if not tables:
        raise ShapeError(
            "no table of entities on the page", where=files.first.url, do="see whether the page has changed"
        )
    if updated := re.search(
        r"(?:Last\s+(?:Updated|Published)|Updated)\s*(?:Date)?:?\s*(?:<[^>]*>\s*)*(\d{1,2}/\d{1,2}/\d{4}|[A-Z][a-z]+ \d{1,2}, \d{4})",
        page,
    ):
        iso = american_day(updated[1])
        told.published_on = dt.date.fromisoformat(iso) if iso else None
    for table in tables:
        section = _section(table)
        if section is None:
            told.surprise("table without a section", " / ".join(table.before[-3:]))
        _table(table, section, rows, told)
    yield rows.take()


def _table(table: HtmlTable, section: str | None, rows: Collector, told: Told) -> None:
    name_at, date_at = _column(table, _NAME_HEADS), _column(table, _DATE_HEADS)
    assert name_at is not None
    for place, head in enumerate(table.rows[0]):
        if place not in (name_at, date_at):
            told.surprise(
                f"column {head}", table.rows[1][place] if len(table.rows) > 1 and place < len(table.rows[1]) else ""
            )
    for at, row in enumerate(table.rows[1:], start=2):
        written = row[name_at].replace("\n", " ").strip() if name_at < len(row) else ""
        if not written:
            continue
        since = american_day(row[date_at]) if date_at is not None and date_at < len(row) else None
        if since is None:
            told.reject(
                "listing",
                at,
                "effective date",
                written,
                "not a date",
                row[date_at] if date_at is not None and date_at < len(row) else "",
            )
        names = read_names(written)
        told.rows += 1 + len(names.subsidiaries)
        owner = _add(rows, names.main, section, since, "subsidiaries are meant as well" if names.whole_group else None)
        for text, former in names.others:
            rows.add("entity_name", entity_id=owner, name=text, lang="en", kind="former" if former else "alias")
        for subsidiary in names.subsidiaries:
            owned = _add(rows, subsidiary, section, since, f"listed as a subsidiary of {names.main}")
            if owned != owner:
                rows.add(
                    "ownership",
                    owner_id=owner,
                    owned_id=owned,
                    status="active",
                    summary=f"Listed together with {names.main} as its subsidiary; stake not stated.",
                )


def _add(rows: Collector, name: str, section: str | None, since: str | None, note: str | None) -> str:
    # The list gives no numbers; the name is all that an entry has. The list is about Chinese entities so far, save where a name says otherwise.
    known = entity_id("zz", "uflpa", slug(name, 40), digest(name)[:6])
    rows.add("entity", entity_id=known, kind="company", name=name, country=_country(name))
    rows.add("listing", entity_id=known, list_id=LIST, programme="UFLPA", section=section, valid_from=since, note=note)
    return known


def _country(name: str) -> str:
    for word, code in (
        ("Hong Kong", "HK"),
        ("Taiwan", "TW"),
        ("Singapore", "SG"),
        ("Malaysia", "MY"),
        ("Vietnam", "VN"),
    ):
        if re.search(rf"\b{word}\b", name):
            return code
    return "CN"


class Names:
    """What the prose of one entry names: main, others (name, whether former), subsidiaries, and whether its whole group is meant."""

    def __init__(self, main: str, others: list[tuple[str, bool]], subsidiaries: list[str], whole_group: bool) -> None:
        self.main = main
        self.others = others
        self.subsidiaries = subsidiaries
        self.whole_group = whole_group


def read_names(written: str) -> Names:
    """Takes an entry apart: `A Co., Ltd. (including two aliases: B; and C) and its subsidiary D`."""
    text, others = " ".join(written.split()), list[tuple[str, bool]]()
    while found := _ALIASES.search(text):
        end = _closing(text, found.start())
        inner = text[found.end() : end]
        former = bool(re.search(r"formerly|previously|f\.?k\.?a", found[0], re.I))
        others += _alternatives(inner, former)
        text = (text[: found.start()].rstrip() + " " + text[end + 1 :].lstrip()).strip()
    subsidiaries: list[str] = []
    if found := _SUBSIDIARIES.search(text):
        subsidiaries = [name for name, _ in _alternatives(found["names"], False)]
        text = text[: found.start()]
    whole_group = bool(_GROUP.search(text))
    text = _GROUP.sub("", text).strip(" ,;")
    return Names(text, [(name, former) for name, former in others if name != text], subsidiaries, whole_group)


def _closing(text: str, start: int) -> int:
    depth = 0
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place
    return len(text)


def _alternatives(inner: str, former: bool) -> list[tuple[str, bool]]:
    """Names separated by semicolons, or by commas and `and`; a part may say that it is a former name."""
    guarded = _SUFFIX.sub("\x00", inner)
    parts = re.split(r"\s*;\s*(?:and\s+)?|\s+and\s+(?=formerly|previously|also)", guarded)
    if len(parts) == 1:
        parts = re.split(r"\s*,\s*(?:and\s+)?|(?<=[.)])\s+and\s+", guarded)
        if (
            len(parts) == 1
            and (found := re.split(r"\s+and\s+", guarded))
            and len(found) == 2
            and all(len(part.split()) > 2 for part in found)
        ):
            parts = found
    names: list[tuple[str, bool]] = []
    for part in parts:
        was = former or bool(_FORMER.match(part))
        name = _KNOWN_AS.sub("", _FORMER.sub("", part)).replace("\x00", ", ").strip(" ,;")
        if name and (name, was) not in names:
            names.append((name, was))
    return names


def _column(table: HtmlTable, heads: tuple[str, ...]) -> int | None:
    first = [head.lower().strip() for head in table.rows[0]]
    return next((first.index(head) for head in heads if head in first), None)


def _section(table: HtmlTable) -> str | None:
    for text in reversed(table.before):
        if found := re.search(r"\(B\)\s*\((i|ii|iv|v)\)", text) or re.search(
            r"(?:^|[Ss]ection\D*|Sub-list\s)\((i|ii|iv|v)\)", text
        ):
            return found[1]
    return None


SOURCE: Final = Source(
    id="us-uflpa",
    title="UFLPA Entity List",
    publisher="U.S. Department of Homeland Security",
    publisher_kind="official_list",
    url=URL,
    terms="public domain (works of the US government)",
    frequency="when the task force decides; several times a year",
    fetch=fetch,
    parse=parse,
    parts=(("page", ""),),
    max_bytes=64 << 20,
    risk_lists=(
        risk_list(
            LIST,
            "Uyghur Forced Labor Prevention Act Entity List",
            "U.S. Department of Homeland Security",
            "US",
            "import_presumption",
            URL,
        ),
    ),
)
