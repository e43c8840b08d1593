"""Defines a source: an entry in catalogue.toml, and a small module named there that turns it into rows."""

from __future__ import annotations

import importlib
import os
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from screener.errors import EXIT_SOURCE, ScreenerError, nearest

if TYPE_CHECKING:
    from screener.sources.client import Client
    from screener.sources.reading import Reading


class SourceError(ScreenerError):
    """A source could not be reached, or did not send what it should."""

    exit_code = EXIT_SOURCE


class ShapeError(ScreenerError):
    """A file is not what the source publishes: a column is missing, the markup is broken, an archive is dangerous."""


class RawFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A raw file of a source.

    part: its name in a snapshot. address: its URL; empty if a person has to load it. expect: `zip`, `xml`, `csv`,
    `json`, `html` or `xlsx`; anything else is refused. key_as: the parameter that carries the key.
    headers: those of its requests; `{key}` stands for the key. word: identifies a local file.
    columns: those of its table, all required, if they differ from the source's. heads: the headings of a table that
    comes without them.
    """

    part: str
    address: str = ""
    expect: str = "csv"
    key_as: str = ""
    headers: dict[str, str] = {}
    columns: dict[str, tuple[str, ...]] = {}
    heads: str = ""
    word: str = ""


class Xml(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The main file if it comes as XML.

    root: its first element; title: what the document is, for the error that it is another. record: element of a record.
    day: attribute of the root (`@…`) or element with the day of the file. left_out: what elements of another name are,
    where they are counted. repeated: elements that a record may have several of, as XPath.
    """

    root: str
    title: str
    record: str
    day: str = ""
    left_out: dict[str, str] = {}
    repeated: tuple[str, ...] = ()


class RiskList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of the table `list`; the publisher is that of the source unless given."""

    list_id: str
    title: str
    jurisdiction: str
    effect: str
    publisher: str = ""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A source of facts: an entry of catalogue.toml.

    like: another entry, whose values hold where this one gives none.
    id, title, publisher, publisher_kind, url, language, grade: as in the table `source`.
    priority: where two sources state the same thing, the lower number goes first.
    code: the module that reads it, with a part if it reads several (`dart:accounts`). It has `parse`; `fetch` if it
        does more than download files; `explain` if errors come in place of files. Functions of a single part end in
        its name (`parse_accounts`).
    terms: under which its data may be used. frequency: how often it changes. key: environment variable with the key.
    files: its raw files, the main one first.
    columns: those of its table, ours by their possible headings, the last of which is the XPath where it comes as XML;
        needed: our required columns.
    unused: known headings that are not needed, separated by `|`; unused_pattern: a regular expression for others.
    fields: names of the known fields of its records, by kind of record. xml: if the table may come as XML.
    interval: minimum seconds between requests. max_bytes, max_seconds: limits of one download.
    variants: the source has several data sets, named `id:variant`. by_company: it is queried per company.
    """

    id: str
    like: str = ""
    code: str
    priority: int
    title: str
    publisher: str
    publisher_kind: str
    url: str
    terms: str
    frequency: str
    language: str = "en"
    grade: str = "A"
    lists: tuple[RiskList, ...] = ()
    files: tuple[RawFile, ...]
    key: str | None = None
    columns: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    needed: tuple[str, ...] = ()
    unused: str = ""
    unused_pattern: str = ""
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    xml: Xml | None = None
    interval: float = 0.0
    max_bytes: int = 512 << 20
    max_seconds: float = 900.0
    variants: bool = False
    by_company: bool = False

    @property
    def can_fetch(self) -> bool:
        """Whether it can be downloaded rather than loaded from a file."""
        return bool(self.files[0].address)

    def fetch(self, client: Client) -> None:
        """Downloads its raw files with its module's `fetch`, or else one by one."""
        if self.key:
            client.key()
        if own := self._own("fetch"):
            own(client)
        else:
            for file in self.files:
                client.download(file)

    def explain(self, head: bytes) -> str | None:
        """The meaning of an error that came in place of a file, from its first bytes; None if it is not an error."""
        own = self._own("explain")
        return str(found) if own and (found := own(head)) else None

    def parse(self, reading: Reading) -> None:
        """Turns its raw files into rows."""
        self._own("parse")(reading)

    def key_value(self) -> str | None:
        """The key from the environment, or None."""
        return (os.environ.get(self.key) or "").strip() or None if self.key else None

    def _own(self, name: str) -> Any:
        """The function of that name in its module: that of its part if there is one; None if there is neither."""
        name_of_module, _, part = self.code.partition(":")
        module = importlib.import_module(f"screener.sources.{name_of_module}")
        return getattr(module, f"{name}_{part}", None) or getattr(module, name, None)


@cache
def words(text: str, mark: str | None = None) -> frozenset[str]:
    """The names in a text, separated by white space or by `mark`."""
    return frozenset(" ".join(name.split()) for name in text.split(mark) if name.strip())


_WRITTEN: Final = tomllib.loads(Path(__file__).with_name("catalogue.toml").read_text(encoding="utf-8"))
SOURCES: Final = {
    name: msgspec.convert(_WRITTEN.get(entry.get("like"), {}) | entry | {"id": name}, Source)
    for name, entry in _WRITTEN.items()
}


def find(name: str) -> tuple[Source, str]:
    """The source of a name such as `dart` or `opensanctions:us_ofac_sdn`, and the variant.

    Raises:
        ScreenerError: there is no such source, or it has no variants.
    """
    base, _, variant = name.partition(":")
    if base not in SOURCES:
        do = nearest(base, SOURCES, "run `screener fetch` to see them all")
        raise ScreenerError("no such source", where=name, do=do)
    if variant and not SOURCES[base].variants:
        raise ScreenerError("this source has no parts to choose from", where=name, do=f"fetch {base}")
    return SOURCES[base], variant
