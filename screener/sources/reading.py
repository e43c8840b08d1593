"""Reads the raw files of one snapshot: a parser's input and output; ids and cells.

`Bodies` are the entities of a list, each collected from all its records.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl

from screener.readers import dates, numbers, places
from screener.schema.tables import columns
from screener.sources.source import Source, words
from screener.store.snapshots import StoredFile

BATCH: Final = 50_000
Numbers = Iterable[tuple[str, str | None]]
"""Identifiers: scheme and value."""
Stage = Callable[[str, pl.DataFrame], None]
"""Takes text rows of a table with the columns of the datasets; missing ones are empty, source_ids are added."""


@dataclass(kw_only=True)
class Reading:
    """A snapshot of a source as its parser sees it, which adds rows by table, and reports on them; then the outcome.

    origin: id of the source, with any variant. raw: the stored files, the main one first. folder: for unpacked files.
    options: the user's `--option NAME=VALUE`.
    rows: records that count for floor and ceiling. unexpected: field -> (times, example). left_out: what -> records
        not needed. rejects: (table, row, field, key, problem, found) of records that could not be read.
    unchanged: its files are those of the last accepted snapshot, and were not read again.
    accepted, reason: whether its rows count, else why not. added, removed: versions opened and closed in the store.
    """

    origin: str
    source: Source
    raw: Sequence[StoredFile]
    folder: Path
    options: Mapping[str, str] = field(default_factory=dict)
    published_on: dt.date | None = None
    rows: int = 0
    unexpected: dict[str, tuple[int, str]] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    rejects: list[tuple[str, int | None, str, str | None, str, str]] = field(default_factory=list)
    unchanged: bool = False
    accepted: bool = False
    reason: str | None = None
    added: int = 0
    removed: int = 0
    _added: dict[str, list[dict[str, str | None]]] = field(default_factory=dict)
    _size: int = 0
    _named: set[str] = field(default_factory=set)

    @property
    def slug(self) -> str:
        """The origin, in ids."""
        return re.sub(r"[^a-z0-9]+", "-", self.origin.lower()).strip("-")

    @property
    def rejected(self) -> int:
        """Records that could not be read."""
        return len(self.rejects)

    def surprise(self, name: str, example: object = "", times: int = 1) -> None:
        """Records a field that the parser does not know."""
        seen, first = self.unexpected.get(name, (0, str(example)[:100]))
        self.unexpected[name] = (seen + times, first)

    def leave(self, what: str, records: int = 1) -> None:
        """Counts records that are left out on purpose."""
        if records:
            self.left_out[what] = self.left_out.get(what, 0) + records

    def reject(self, table: str, row: int | None, name: str, key: str | None, problem: str, found: object) -> None:
        """Adds an invalid record."""
        self.rejects.append((table, row, name, key, problem, str(found)[:200]))

    def read(self, stage: Stage) -> None:
        """Lets the source's module parse the files; the rows go to `stage`, in batches of bounded size.

        A parser may call `stage` itself, with many rows.
        """
        self.stage = stage
        self.source.parse(self)
        self._flush()

    def describe(self, stage: Stage, read_on: dt.date) -> None:
        """Passes the rows of `source` and `list` to `stage`."""
        source, published = self.source, min(self.published_on or read_on, read_on)
        about: dict[str, str | None] = {
            "source_id": f"fetched-{self.slug}",
            "title": source.title if self.origin == source.id else f"{source.title}: {self.origin.partition(':')[2]}",
            "published_on": published.isoformat(),
            "retrieved_on": read_on.isoformat(),
        }
        about |= {name: getattr(source, name) for name in ("publisher", "publisher_kind", "url", "language", "grade")}
        # A list is complete as of the day that it states, or of its download; a local file may be of any day.
        complete = self.published_on or (read_on if self.first.url.startswith("http") else None)
        lists = [
            msgspec.structs.asdict(one)
            | {"publisher": one.publisher or source.publisher, "url": source.url}
            | {"complete_as_of": complete and complete.isoformat()}
            for one in source.lists
        ]
        stage("source", pl.DataFrame([about], schema=dict.fromkeys(columns("source"), pl.String)))
        stage("list", pl.DataFrame(lists, schema=dict.fromkeys(columns("list"), pl.String)))

    @property
    def first(self) -> StoredFile:
        """The main file."""
        return self.raw[0]

    def part(self, name: str) -> StoredFile | None:
        """The file of that part, or None."""
        return next((file for file in self.raw if file.part == name), None)

    def state_day(self, text: str | None, *, month_first: bool = False) -> None:
        """Records the day that the source states for its file."""
        if found := day(text, month_first=month_first):
            self.published_on = dt.date.fromisoformat(found)

    def account(self, record: Mapping[str, Any], kind: str, prefix: str = "") -> None:
        """Reports the unknown fields of a record."""
        known = words(self.source.fields.get(kind, ""))
        for name, value in record.items():
            if name not in known:
                self.surprise(prefix + name, value)

    def add(self, table: str, **cells: str | None) -> None:
        """Adds one row; cells not given are empty."""
        self._added.setdefault(table, []).append(cells)
        self._size += 1
        if self._size >= BATCH:
            self._flush()

    def common_shares(self, rows: pl.DataFrame) -> None:
        """Adds stock codes of common shares (entity_id, value); leaves out other values."""
        listed = rows.filter(pl.col("value").str.contains(r"^[0-9][0-9A-Z]{5}$"))
        self.stage("identifier", listed.with_columns(scheme=pl.lit("krx"), security=pl.lit("common")))

    def entity(self, entity_id: str, name: str, numbers: Numbers = (), /, **cells: str | None) -> str:
        """Adds an entity, by default a company, with those identifiers that have a value; returns its id."""
        self.add("entity", **{"entity_id": entity_id, "kind": "company", "name": name, **cells})
        for scheme, value in numbers:
            if value:
                security = "common" if scheme == "krx" else None
                self.add("identifier", entity_id=entity_id, scheme=scheme, value=value, security=security)
        return entity_id

    def once(self, entity_id: str, name: str, numbers: Numbers = (), /, **cells: str | None) -> str:
        """Adds an entity at the first of many records that name it; returns its id."""
        if entity_id not in self._named:
            self._named.add(entity_id)
            self.entity(entity_id, name, numbers, **cells)
        return entity_id

    def stake(self, owner_id: str, owned_id: str, **cells: str | None) -> None:
        """Adds a stake; by default active."""
        self.add("ownership", owner_id=owner_id, owned_id=owned_id, **{"status": "active", **cells})

    def _flush(self) -> None:
        for table, rows in self._added.items():
            self.stage(table, pl.DataFrame(rows, schema=dict.fromkeys(columns(table), pl.String)))
        self._added, self._size = {}, 0


# Entities with such names are not companies. Used only for English names of official lists that give no type.
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
    """An entity of a list: names with order, kind and language; the first known country; identifiers; listings."""

    kind: str | None = None
    country: str | None = None
    names: dict[str, tuple[int, str, str | None]] = field(default_factory=dict)
    numbers: list[tuple[str, str]] = field(default_factory=list)
    listings: dict[tuple[tuple[str, str | None], ...], str | None] = field(default_factory=dict)

    def name(self, text: str | None, *, order: int = 1, kind: str = "alias", lang: str | None = None) -> None:
        """Adds a name; the main name is the one of the lowest order, the first if there are several."""
        if text and (text not in self.names or order < self.names[text][0]):
            self.names[text] = (order, kind, lang)

    def place(self, country: str | None) -> None:
        """Adds a country as the source writes it."""
        self.country = self.country or places.country(country)

    def listed(self, *, note: str | None = None, **cells: str | None) -> None:
        """Adds a listing: cells of the table `listing`; `list_id` if it is not the source's first list."""
        key = tuple(cells.items())
        self.listings[key] = self.listings.get(key) or note


class Bodies:
    """The entities of the source's list by their keys, in the order in which the list first names them."""

    def __init__(self, reading: Reading, prefix: str) -> None:
        self._reading, self._prefix = reading, prefix
        self._all: dict[str, Body] = {}

    def of(self, key: str) -> Body:
        """The entity of that key, from which its id follows: `zz-ofac-36` (`zz`, as a country may change)."""
        return self._all.setdefault(entity_id("zz", self._prefix, key), Body())

    def named(self, name: str, country: str | None = None) -> Body:
        """The entity of that name, where a list gives no number."""
        body = self._all.setdefault(named_id(self._prefix, name, country), Body())
        body.name(name, order=0)
        body.country = body.country or country
        return body

    def add_all(self) -> None:
        """Adds the rows of all entities; one without a name is rejected."""
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
    return "-".join([prefix, *(slug(part) for part in parts)])


def named_id(source: str, name: str, country: str | None = None) -> str:
    """An id for something without a number: its name in letters, and a hash of name and country."""
    return entity_id("zz", source, slug(name, 40), digest(name + (country or ""))[:6])


def slug(text: str, longest: int = 60) -> str:
    """Lower-case letters, digits and single hyphens; a hash for names in other scripts."""
    made = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:longest].strip("-")
    return made if len(made) > 1 or made.isdigit() else digest(text)


def digest(text: str) -> str:
    """Ten hexadecimal digits of a hash of a name, ignoring spaces and case, for ids without a number."""
    return hashlib.sha256(re.sub(r"\s+", "", text).casefold().encode()).hexdigest()[:10]


def kind_of(name: str) -> str:
    """The kind of an entity, judged by its name."""
    return next((kind for kind, pattern in _KINDS.items() if pattern.search(name)), "company")


def day(text: str | None, *, month_first: bool = False) -> str | None:
    """A day as lists write it, in ISO format; None if it is not one. By default day before month."""
    found = dates.parse_date(" ".join(text.split()), day_first=not month_first) if text else None
    return found if found and len(found) == 10 else None


def number(text: str | None) -> str | None:
    """A number as filings write it (`1,234`, `△12`, `(12)`, `-` for none) as plain text; None if there is none."""
    found = numbers.parse_number(text) if text else None
    return None if found is None else f"{found.value:.15g}" if abs(found.value) < 1e15 else str(int(found.value))


def percent(text: str | None) -> str | None:
    """A share in percent as a fraction 0-1, at most six digits; None if it is not one."""
    found = numbers.parse_number(text) if text else None
    return f"{round(found.value / 100, 6):.6g}" if found is not None and 0 <= found.value <= 100 else None


def digits(text: Any, count: int) -> str | None:
    """The digits of a number if there are `count` of them, else None."""
    found = re.sub(r"\D", "", str(text or ""))
    return found if len(found) == count else None
