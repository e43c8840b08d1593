"""The bodies of a list, gathered from as many records as the list gives each; ids and cells as parsers write them."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass, field
from typing import Any, Final

from screener.readers import dates, numbers, places
from screener.schema.tables import ENTITY_ID
from screener.sources.reading import Reading
from screener.sources.source import ShapeError

STOCK_CODE: Final = re.compile(r"[0-9][0-9A-Z]{5}")
ISIN: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")
LEI: Final = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
# Who is named so is no company. Applied to English names of official lists only, where the registers give no type.
_KINDS: Final = {
    "military": re.compile(
        r"(?i)\b(?:army|navy|air force|armed forces|military|brigade|battalion|regiment|tatmadaw|militia forces)\b"
    ),
    "state_body": re.compile(
        r"(?i)\b(?:ministry|bureau of|public security|department of|directorate|government|commission|committee"
        r"|administration of|national council|state council|general office|authority|federal service"
        r"|intelligence service|production and construction corps)\b"
    ),
}


@dataclass
class Body:
    """A body of a list: names with order, kind and language; the first known country; numbers; listings."""

    kind: str | None = None
    country: str | None = None
    names: dict[str, tuple[int, str, str | None]] = field(default_factory=dict)
    numbers: list[tuple[str, str]] = field(default_factory=list)
    listings: dict[tuple[tuple[str, str | None], ...], str | None] = field(default_factory=dict)

    def name(self, text: str | None, *, order: int = 1, kind: str = "alias", lang: str | None = None) -> None:
        """A name; of all names the one of the lowest order is the main one, the first of several."""
        if text and (text not in self.names or order < self.names[text][0]):
            self.names[text] = (order, kind, lang)

    def place(self, country: str | None) -> None:
        """A country as the source writes it."""
        self.country = self.country or places.country(country)

    def listed(self, *, note: str | None = None, **cells: str | None) -> None:
        """A listing: cells of the table `listing`; `list_id` where it is not the first list of the source."""
        key = tuple(cells.items())
        self.listings[key] = self.listings.get(key) or note


class Bodies:
    """The bodies of the source's list by their keys, in the order in which the list first names them."""

    def __init__(self, reading: Reading, prefix: str) -> None:
        self._reading, self._prefix = reading, prefix
        self._all: dict[str, Body] = {}

    def of(self, *key: str) -> Body:
        """The body of that key, which makes its id: `zz-ofac-36`. `zz`, as a country may change."""
        return self._all.setdefault(entity_id("zz", self._prefix, *key), Body())

    def named(self, name: str, country: str | None = None) -> Body:
        """The body of that name, where a list gives no number."""
        body = self._all.setdefault(named_id("zz", self._prefix, name, country), Body())
        body.name(name, order=0)
        body.country = body.country or country
        return body

    def add_all(self) -> None:
        """Adds the rows of all bodies; a body without a name is rejected."""
        add, main_list = self._reading.add, self._reading.source.lists[0].list_id
        for known, body in self._all.items():
            if not body.names:
                self._reading.reject("entity", None, "name", known, "no name", "")
                continue
            self._reading.rows += 1
            main = min(body.names, key=lambda name: body.names[name][0])
            self._reading.entity(known, main, body.numbers, kind=body.kind or kind_of(main), country=body.country)
            for name, (_, kind, lang) in body.names.items():
                if name != main:
                    add("entity_name", entity_id=known, name=name, kind=kind, lang=lang)
            for cells, note in body.listings.items():
                add("listing", **{"entity_id": known, "list_id": main_list, **dict(cells), "note": note})


def entity_id(prefix: str, *parts: str) -> str:
    """An id such as `zz-ofac-36`."""
    made = "-".join([prefix, *(slug(part) for part in parts)])
    if not re.match(ENTITY_ID, made):
        raise ShapeError("no id can be made of this", found=made)
    return made


def named_id(prefix: str, source: str, name: str, country: str | None = None) -> str:
    """An id of what has no number: its name in letters, and a hash of the name and its country."""
    return entity_id(prefix, source, slug(name, 40), digest(name + (country or ""))[:6])


def slug(text: str, longest: int = 60) -> str:
    """Lower-case letters, digits and single hyphens; a hash for names in other scripts."""
    made = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:longest].strip("-")
    return made if len(made) > 1 or text.isdigit() else digest(text)


def digest(text: str) -> str:
    """Ten hexadecimal digits of a name without its spaces and case, for ids of things that have no number."""
    return hashlib.sha256(re.sub(r"\s+", "", text).casefold().encode()).hexdigest()[:10]


def kind_of(name: str) -> str:
    """Kind of an entity that a list only names."""
    return next((kind for kind, pattern in _KINDS.items() if pattern.search(name)), "company")


def day(text: str | None, *, month_first: bool = False) -> str | None:
    """A day as lists write it, in ISO; none if it is not one. Day before month unless said otherwise."""
    found = dates.parse_date(" ".join(text.split()), day_first=not month_first) if text else None
    return found if found and len(found) == 10 else None


def state_day(reading: Reading, text: str | None, *, month_first: bool = False) -> None:
    """Notes the day that a source states for its file."""
    if found := day(text, month_first=month_first):
        reading.published_on = dt.date.fromisoformat(found)


def number(text: str | None) -> str | None:
    """A number as filings write it (`1,234`, `△12`, `(12)`, `-` for none) as plain text; none if there is none."""
    found = numbers.parse_number(text) if text else None
    return None if found is None else f"{found.value:.15g}" if abs(found.value) < 1e15 else str(int(found.value))


def percent(text: str | None) -> str | None:
    """A share in percent as a fraction 0-1, at most six digits; none if it is not one."""
    found = numbers.parse_number(text) if text else None
    return f"{round(found.value / 100, 6):.6g}" if found is not None and 0 <= found.value <= 100 else None


def digits(text: Any, count: int) -> str | None:
    """The digits of an official number that has so many; none if it has not."""
    found = re.sub(r"\D", "", str(text or ""))
    return found if len(found) == count else None


def stock_code(text: str | None) -> str | None:
    """A stock code. Spreadsheets turn 005930 into 5930; letters came into new codes in 2024 (0000J0)."""
    code = (text or "").strip().upper()
    code = code.zfill(6) if code.isdigit() else code
    return code if STOCK_CODE.fullmatch(code) else None
