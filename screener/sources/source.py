"""What a source is: its metadata, how it is fetched, how it is parsed. One small module a source makes one of these."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from screener.errors import EXIT_SOURCE, ScreenerError
from screener.store.snapshots import KeptFile, ParseReport, Provenance

if TYPE_CHECKING:
    from screener.sources.client import Client

Rows = Mapping[str, pl.DataFrame]


class SourceError(ScreenerError):
    """A source could not be reached, or sent something else than it should; exit code 3."""

    def __init__(self, what: str, *, where: str | None = None, found: object = None, do: str | None = None) -> None:
        super().__init__(what, where=where, found=found, do=do, exit_code=EXIT_SOURCE)


class ShapeError(ScreenerError):
    """A file is not what the source publishes: a column is missing, the markup is broken, an archive is dangerous."""


@dataclass(frozen=True)
class Files:
    """The raw files of one snapshot as a parser sees them, and a folder for what it unpacks.

    `options` are what the user gave with `--option NAME=VALUE`.
    """

    kept: tuple[KeptFile, ...]
    folder: Path
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def first(self) -> KeptFile:
        """The main file."""
        return self.kept[0]

    def part(self, name: str) -> KeptFile | None:
        """The file of that part, or none."""
        return next((file for file in self.kept if file.part == name), None)


Fetch = Callable[["Client"], None]
Parse = Callable[[Files, ParseReport], Iterator[Rows]]


@dataclass(frozen=True)
class Source:
    """A source of facts.

    id: as in docs/sources.md. title, publisher, publisher_kind, url, language, grade: as in the table `source`.
    priority: where two sources say the same thing, the lower number goes first: registries, then filings, lists, aggregators.
    terms: under which its data may be used. frequency: how often it changes. key: environment variable with the key or token.
    fetch: downloads its raw files with the client; none for what only comes as a file. parse: makes rows of them.
    risk_lists: rows of the dataset table `list` that the source publishes.
    parts: names of its raw files, the main one first, with the words by which a local file is recognised (see `local`).
    interval: least seconds between requests. max_bytes, max_seconds: what one download may take.
    variants: the source is several data sets, named `id:variant`. by_company: it is asked company by company.
    """

    id: str
    priority: int
    title: str
    publisher: str
    publisher_kind: str
    url: str
    terms: str
    frequency: str
    parse: Parse
    parts: tuple[tuple[str, str], ...]
    fetch: Fetch | None = None
    key: str | None = None
    language: str = "en"
    grade: str = "A"
    risk_lists: tuple[Mapping[str, str], ...] = ()
    interval: float = 0.0
    max_bytes: int = 512 << 20
    max_seconds: float = 900.0
    variants: bool = False
    by_company: bool = False

    def provenance(self, origin: str) -> Provenance:
        """The rows of `source` and `list` that its facts rest on."""
        return Provenance(
            origin=origin,
            priority=self.priority,
            title=self.title if origin == self.id else f"{self.title}: {origin.partition(':')[2]}",
            publisher=self.publisher,
            publisher_kind=self.publisher_kind,
            url=self.url,
            language=self.language,
            grade=self.grade,
            risk_lists=self.risk_lists,
        )

    def key_value(self) -> str | None:
        """The key from the environment, or none."""
        return (os.environ.get(self.key) or "").strip() or None if self.key else None


def risk_list(list_id: str, title: str, publisher: str, jurisdiction: str, effect: str, url: str) -> Mapping[str, str]:
    """A row of the table `list`."""
    values = (list_id, title, publisher, jurisdiction, effect, url)
    return dict(zip(("list_id", "title", "publisher", "jurisdiction", "effect", "url"), values, strict=True))
