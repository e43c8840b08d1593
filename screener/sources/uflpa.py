"""US Department of Homeland Security: the UFLPA Entity List, a page with one table for each section of the act."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from screener.readers.html import HtmlTable, html_tables
from screener.readers.text import decoded
from screener.sources.reading import Reading
from screener.sources.rows import Bodies, day, named_id, state_day
from screener.sources.source import ShapeError

_NAME_HEADS: Final = ("name of entity", "entity name", "entity", "name")
_DATE_HEADS: Final = ("effective date", "date", "date added")
_NUMBER: Final = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d+)"
# "(including two aliases: A and B)", "(also known as A; and formerly known as B)", "(and one alias: A)"
_ALIASES: Final = re.compile(
    rf"\(\s*(?:(?:and|including)\s+{_NUMBER}\s+alias(?:es)?\s*:|(?:also|formerly|previously)\s+known\s+as"
    r"|(?:a|f)\.?k\.?a\.?:?)\s*",
    re.I,
)
_FORMER: Final = re.compile(r"^\s*(?:and\s+)?(?:formerly|previously)\s+known\s+as\s+", re.I)
_KNOWN_AS: Final = re.compile(r"^\s*(?:and\s+)?(?:also\s+)?known\s+as\s+", re.I)
_SUBSIDIARIES: Final = re.compile(
    rf"\s*,?\s+and\s+its\s+(?:{_NUMBER}\s+)?(?:[\w-]+-based\s+)?subsidiar(?:y|ies)(?:,?\s+which\s+include)?"
    r":?\s+(?P<names>.+)$",
    re.I,
)
# What belongs to a name after a comma, so that a comma before it separates nothing.
_SUFFIX: Final = re.compile(
    r",\s*(?=(?:Ltd|Limited|Inc|LLC|Co\b|Corp|L\.?P|S\.?A|GmbH|Pte|Company)[.,)\s]"
    r"|(?:Ltd|Limited|Inc|LLC|Co|Corp|LP|SA|GmbH|Company)\.?$)",
    re.I,
)
_GROUP: Final = re.compile(
    r",?\s+and\s+(?:all\s+)?(?:its\s+)?(?:subsidiaries|subordinate\s+and\s+affiliated\s+entities"
    r"|subordinate\s+entities)\s*$",
    re.I,
)


_UPDATED: Final = re.compile(
    r"(?:Last\s+(?:Updated|Published)|Updated)\s*(?:Date)?:?\s*(?:<[^>]*>\s*)*"
    r"(\d{1,2}/\d{1,2}/\d{4}|[A-Z][a-z]+ \d{1,2}, \d{4})"
)
_WHOLE_GROUP: Final = "subsidiaries are meant as well"
_PLACES: Final = {"Hong Kong": "HK", "Taiwan": "TW", "Singapore": "SG", "Malaysia": "MY", "Vietnam": "VN"}


def parse(reading: Reading) -> None:
    """Reads every table that has a column of entities, with the section of the act above it."""
    bodies = Bodies(reading, "uflpa")
    page = decoded(reading.first.path.read_bytes(), reading.first.url)[0]
    tables = [table for table in html_tables(page) if _column(table, _NAME_HEADS) is not None]
    if not tables:
        do = "see whether the page has changed"
        raise ShapeError("no table of entities on the page", where=reading.first.url, do=do)
    if updated := _UPDATED.search(page):
        state_day(reading, updated[1], month_first=True)
    for table in tables:
        section = _section(table)
        if section is None:
            reading.surprise("table without a section", " / ".join(table.before[-3:]))
        for written, since in _entries(table, reading):
            names = read_names(written)
            owner = _add(bodies, names.main, section, since, _WHOLE_GROUP if names.whole_group else None)
            for text, former in names.others:
                bodies.named(names.main).name(text, lang="en", kind="former" if former else "alias")
            for subsidiary in names.subsidiaries:
                owned = _add(bodies, subsidiary, section, since, f"listed as a subsidiary of {names.main}")
                if owned != owner:
                    summary = f"Listed together with {names.main} as its subsidiary; stake not stated."
                    reading.stake(owner, owned, summary=summary)
    bodies.add_all()


def _entries(table: HtmlTable, reading: Reading) -> Iterator[tuple[str, str | None]]:
    """What each row names, and since when; columns that nobody knows and days that are none are reported."""
    name_at, date_at = _column(table, _NAME_HEADS), _column(table, _DATE_HEADS)
    head, *rest = table.rows
    for place, heading in enumerate(head):
        if place not in (name_at, date_at):
            reading.surprise(f"column {heading}", _cell(rest[0], place) if rest else "")
    for number, row in enumerate(rest, start=2):
        if written := _cell(row, name_at).replace("\n", " ").strip():
            since = day(_cell(row, date_at), month_first=True)
            if since is None:
                reading.reject("listing", number, "effective date", written, "not a date", _cell(row, date_at))
            yield written, since


def _cell(row: list[str], place: int | None) -> str:
    return row[place] if place is not None and place < len(row) else ""


def _add(bodies: Bodies, name: str, section: str | None, since: str | None, note: str | None) -> str:
    # An entry has nothing but a name. So far the entities are Chinese, save where a name says otherwise.
    body = bodies.named(name)
    body.kind = "company"
    body.country = next((code for word, code in _PLACES.items() if re.search(rf"\b{word}\b", name)), "CN")
    body.listed(programme="UFLPA", section=section, valid_from=since, note=note)
    return named_id("zz", "uflpa", name)


@dataclass(frozen=True)
class Names:
    """What one entry names: main, others (name, whether former), subsidiaries, whether its whole group is meant."""

    main: str
    others: list[tuple[str, bool]]
    subsidiaries: list[str]
    whole_group: bool


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
        halves = re.split(r"\s+and\s+", guarded)
        if len(parts) == 1 and len(halves) == 2 and all(len(half.split()) > 2 for half in halves):
            parts = halves
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
