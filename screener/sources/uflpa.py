"""US Department of Homeland Security: the UFLPA Entity List, a page with one table for each section of the act."""

import re
from contextlib import suppress
from typing import Final

import polars as pl

from screener.readers.html import html_tables
from screener.readers.text import decoded
from screener.sources.reading import Bodies, Reading, day, named_id
from screener.sources.records import columns_of
from screener.sources.source import ShapeError

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
# Parts of a name that follow a comma: that comma does not separate names.
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
_SECTION: Final = re.compile(r"(?:\(B\)\s*|^|[Ss]ection\D*|Sub-list\s)\((i|ii|iv|v)\)")
_UPDATED: Final = re.compile(
    r"(?:Last\s+(?:Updated|Published)|Updated)\s*(?:Date)?:?\s*(?:<[^>]*>\s*)*"
    r"(\d{1,2}/\d{1,2}/\d{4}|[A-Z][a-z]+ \d{1,2}, \d{4})"
)
_PLACES: Final = {"Hong Kong": "HK", "Taiwan": "TW", "Singapore": "SG", "Malaysia": "MY", "Vietnam": "VN"}


def parse(reading: Reading) -> None:
    """Reads every table with a column of entities, and the section of the act above it."""
    bodies = Bodies(reading, "uflpa")
    page = decoded(reading.first.path.read_bytes(), reading.first.url)[0]
    tables: list[tuple[list[str], pl.DataFrame]] = []
    for table in html_tables(page):
        head, *rows = table.rows
        frame = pl.DataFrame([dict(zip(head, row, strict=False)) for row in rows], dict.fromkeys(head, pl.String))
        with suppress(ShapeError):  # a table of something else
            tables.append((table.before, columns_of(reading, frame)))
    if not tables:
        do = "see whether the page has changed"
        raise ShapeError("no table of entities on the page", where=reading.first.url, do=do)
    if updated := _UPDATED.search(page):
        reading.state_day(updated[1], month_first=True)

    def add(name: str, section: str | None, since: str | None, note: str | None) -> str:
        # An entry is only a name. So far the entities are Chinese unless a name says otherwise.
        body = bodies.named(name)
        body.kind = "company"
        body.country = next((code for word, code in _PLACES.items() if re.search(rf"\b{word}\b", name)), "CN")
        body.listed(programme="UFLPA", section=section, valid_from=since, note=note)
        return named_id("uflpa", name)

    for before, entries in tables:
        section = next((found[1] for text in reversed(before) if (found := _SECTION.search(text))), None)
        if section is None:
            reading.surprise("table without a section", " / ".join(before[-3:]))
        for number, row in enumerate(entries.iter_rows(named=True), start=2):
            if not (written := " ".join((row["name"] or "").split())):
                continue
            since = day(row["since"], month_first=True)
            if since is None:
                reading.reject("listing", number, "effective date", written, "not a date", row["since"] or "")
            main, others, subsidiaries, whole_group = read_names(written)
            owner = add(main, section, since, "subsidiaries are meant as well" if whole_group else None)
            for text, former in others:
                bodies.named(main).name(text, lang="en", kind="former" if former else "alias")
            for subsidiary in subsidiaries:
                owned = add(subsidiary, section, since, f"listed as a subsidiary of {main}")
                if owned != owner:
                    summary = f"Listed together with {main} as its subsidiary; stake not stated."
                    reading.stake(owner, owned, summary=summary)
    bodies.add_all()


def read_names(text: str) -> tuple[str, list[tuple[str, bool]], list[str], bool]:
    """Parses an entry: `A Co., Ltd. (including two aliases: B; and C) and its subsidiary D`.

    Returns the main name, other names (and whether they are former), subsidiaries, and whether its whole group is
    meant.
    """
    others: list[tuple[str, bool]] = []
    while found := _ALIASES.search(text):
        depth, end = 0, len(text)
        for place in range(found.start(), len(text)):
            depth += {"(": 1, ")": -1}.get(text[place], 0)
            if depth == 0:
                end = place
                break
        former = bool(re.search(r"formerly|previously|f\.?k\.?a", found[0], re.I))
        others += _alternatives(text[found.end() : end], former)
        text = f"{text[: found.start()].rstrip()} {text[end + 1 :].lstrip()}".strip()
    subsidiaries: list[str] = []
    if found := _SUBSIDIARIES.search(text):
        subsidiaries = [name for name, _ in _alternatives(found["names"], False)]
        text = text[: found.start()]
    main = _GROUP.sub("", text).strip(" ,;")
    return main, [one for one in others if one[0] != main], subsidiaries, bool(_GROUP.search(text))


def _alternatives(inner: str, former: bool) -> list[tuple[str, bool]]:
    """Names separated by semicolons, or by commas and `and`; a part may be marked as a former name."""
    guarded = _SUFFIX.sub("\x00", inner)
    parts = re.split(r"\s*;\s*(?:and\s+)?|\s+and\s+(?=formerly|previously|also)", guarded)
    if len(parts) == 1:
        parts = re.split(r"\s*,\s*(?:and\s+)?|(?<=[.)])\s+and\s+", guarded)
        halves = re.split(r"\s+and\s+", guarded)
        if len(parts) == 1 and len(halves) == 2 and all(len(half.split()) > 2 for half in halves):
            parts = halves
    names = (
        (_KNOWN_AS.sub("", _FORMER.sub("", part)).replace("\x00", ", ").strip(" ,;"), bool(_FORMER.match(part)))
        for part in parts
    )
    return list(dict.fromkeys((name, former or was) for name, was in names if name))
