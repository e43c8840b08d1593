"""A reading of the raw files of one snapshot: what a parser is given, and what it makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl

from screener.schema.tables import columns
from screener.sources.source import Source, words
from screener.store.snapshots import Snapshot, Stage, StoredFile

BATCH: Final = 50_000
Numbers = Iterable[tuple[str, str | None]]
"""Official numbers: scheme and value."""


@dataclass(kw_only=True)
class Reading(Snapshot):
    """The raw files as a parser sees them. It adds rows by table, and reports what it does not know, need or accept.

    folder: for what is unpacked. options: what the user gave with `--option NAME=VALUE`.
    """

    source: Source
    folder: Path
    options: Mapping[str, str] = field(default_factory=dict)
    _added: dict[str, list[dict[str, str | None]]] = field(default_factory=dict)
    _size: int = 0
    _named: set[str] = field(default_factory=set)

    def read(self, stage: Stage) -> None:
        """Lets the module of the source parse the files; the rows go to `stage`, in batches of bounded size."""
        self._stage = stage
        self.source.parse(self)
        self._flush()

    @property
    def first(self) -> StoredFile:
        """The main file."""
        return self.raw[0]

    def part(self, name: str) -> StoredFile | None:
        """The file of that part, or none."""
        return next((file for file in self.raw if file.part == name), None)

    def account(self, record: Mapping[str, Any], kind: str, prefix: str = "") -> None:
        """Reports the fields of a record that nobody knows."""
        known = words(self.source.fields.get(kind, ""))
        for name, value in record.items():
            if name not in known:
                self.surprise(prefix + name, value)

    def add(self, table: str, **cells: str | None) -> None:
        """One row; cells that are not named are empty."""
        self._added.setdefault(table, []).append(cells)
        self._size += 1
        if self._size >= BATCH:
            self._flush()

    def frame(self, table: str, rows: pl.DataFrame) -> None:
        """Many rows, of text."""
        self._stage(table, rows)

    def common_shares(self, rows: pl.DataFrame) -> None:
        """Stock codes of common shares (entity_id, value), those that are codes."""
        listed = rows.filter(pl.col("value").str.contains(r"^[0-9][0-9A-Z]{5}$"))
        self.frame("identifier", listed.with_columns(scheme=pl.lit("krx"), security=pl.lit("common")))

    def entity(self, entity_id: str, name: str, numbers: Numbers = (), /, **cells: str | None) -> str:
        """An entity, a company unless said otherwise, with those official numbers that have a value; gives its id."""
        self.add("entity", **{"entity_id": entity_id, "kind": "company", "name": name, **cells})
        for scheme, value in numbers:
            if value:
                security = "common" if scheme == "krx" else None
                self.add("identifier", entity_id=entity_id, scheme=scheme, value=value, security=security)
        return entity_id

    def once(self, entity_id: str, name: str, numbers: Numbers = (), /, **cells: str | None) -> str:
        """An entity that many records name: a row of it at the first; gives its id."""
        if entity_id not in self._named:
            self._named.add(entity_id)
            self.entity(entity_id, name, numbers, **cells)
        return entity_id

    def stake(self, owner_id: str, owned_id: str, **cells: str | None) -> None:
        """A stake; active unless said otherwise."""
        self.add("ownership", owner_id=owner_id, owned_id=owned_id, **{"status": "active", **cells})

    def _flush(self) -> None:
        for table, rows in self._added.items():
            self._stage(table, pl.DataFrame(rows, schema=dict.fromkeys(columns(table), pl.String)))
        self._added, self._size = {}, 0
