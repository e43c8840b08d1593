"""Builds the few facts that a test needs, as rows of text cells, in a store in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from msgspec.structs import replace

from screener.rules.load import Rule, read_rules
from screener.rules.method import Method, read_method
from screener.rules.run import knowledge, run_rules
from screener.schema.frames import Claim, Finding
from screener.score.findings import Scores, claims, score
from screener.store.clock import set_clocks
from tests.once import memory_store

WORLD = Path(__file__).parent.parent / "golden"
AS_OF = dt.date(2024, 6, 30)
_DATED = ("valid_from", "valid_to", "status", "confirmed_on", "end_source_ids", "summary")


@cache
def world_rules() -> tuple[Rule, ...]:
    """The fixed rules of the small world."""
    return tuple(read_rules([WORLD / "rules"]))


@cache
def world_method() -> Method:
    """The fixed parameters of the small world."""
    return read_method([WORLD / "rules"])


@dataclass
class Facts:
    """Rows by table; entities and sources that a row names are added with plain cells where they are missing."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def source(
        self, source_id: str, grade: str = "A", published: str = "2020-01-01", publisher: str = "", **cells: str
    ) -> str:
        """A source; its publisher is its id unless one is given."""
        row = {
            "source_id": source_id,
            "publisher": publisher or source_id,
            "publisher_kind": "registry",
            "title": source_id,
            "grade": grade,
        }
        row |= {"url": "https://s.example/", "published_on": published, "retrieved_on": "2024-06-30"}
        self.rows.setdefault("source", []).append(row | cells)
        return source_id

    def entity(self, entity_id: str, **cells: str) -> str:
        """An entity: a company of the country that its id begins with, unless the cells say otherwise."""
        if not any(row["entity_id"] == entity_id for row in self.rows.get("entity", [])):
            row = {
                "entity_id": entity_id,
                "kind": "company",
                "name": entity_id,
                "country": entity_id[:2].upper(),
                "source_ids": self.used("register"),
            }
            self.rows.setdefault("entity", []).append(row | cells)
        return entity_id

    def used(self, source_ids: str) -> str:
        """Adds the sources that are missing; gives the ids back."""
        for source_id in filter(None, source_ids.split(";")):
            if not any(row["source_id"] == source_id for row in self.rows.get("source", [])):
                self.source(source_id)
        return source_ids

    def row(self, table: str, **cells: Any) -> Facts:
        """Any row; ends that are entities are added."""
        for column in ("entity_id", "owner_id", "owned_id", "supplier_id", "buyer_id", "counterparty_id"):
            if cells.get(column):
                self.entity(cells[column])
        cells.setdefault("source_ids", "register")
        self.used(cells["source_ids"])
        self.used(cells.get("end_source_ids") or "")
        self.rows.setdefault(table, []).append(cells)
        return self

    def owns(self, owner: str, owned: str, share: float | None = None, **cells: str) -> Facts:
        """A stake."""
        part = None if share is None else str(share)
        return self.row(
            "ownership",
            **{"owner_id": owner, "owned_id": owned, "share_min": part, "share_max": part, "status": "active"} | cells,
        )

    def buys(self, buyer: str, supplier: str, **cells: str) -> Facts:
        """A delivery."""
        return self.row("supply", **{"buyer_id": buyer, "supplier_id": supplier, "status": "active"} | cells)

    def does(self, entity: str, activity: str, counterparty: str, **cells: str) -> Facts:
        """An activity."""
        return self.row(
            "activity",
            **{"entity_id": entity, "activity": activity, "counterparty_id": counterparty, "status": "active"} | cells,
        )

    def listed(self, entity: str, list_id: str, **cells: str) -> Facts:
        """An entity on a list."""
        if not any(row["list_id"] == list_id for row in self.rows.get("list", [])):
            given = {
                "list_id": list_id,
                "title": list_id,
                "publisher": "Test",
                "effect": "published_list",
                "url": "https://l.example/",
            }
            self.rows.setdefault("list", []).append(given | {"source_ids": self.used("register")})
        return self.row("listing", entity_id=entity, list_id=list_id, **cells)


@contextmanager
def at(
    facts: Facts | dict[str, list[dict[str, Any]]], as_of: dt.date = AS_OF, known_at: dt.date | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The store of the facts with its clocks set; known_at is as_of unless given."""
    with memory_store(facts.rows if isinstance(facts, Facts) else facts) as con:
        set_clocks(con, as_of, known_at or as_of)
        yield con


def scored(
    facts: Facts | dict[str, list[dict[str, Any]]],
    as_of: dt.date = AS_OF,
    known_at: dt.date | None = None,
    rules: Sequence[Rule] = (),
    method: Method | None = None,
) -> Scores:
    """The facts through the rules of the small world to scores."""
    rules, method = rules or world_rules(), method or world_method()
    with at(facts, as_of, known_at) as con:
        found = run_rules(con, rules, method)
        return score(found, claims(con), knowledge(con), rules, method, as_of)


_IDS = ("entity_id", "owner_id", "owned_id", "supplier_id", "buyer_id", "counterparty_id", "source_id", "repeats")


def together(worlds: Sequence[Facts]) -> dict[str, list[dict[str, Any]]]:
    """The rows of many worlds for one store: the ids of world n end in `-n`, so that none meets another's facts.

    Lists and places are of all worlds.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    for number, world in enumerate(worlds):
        for table, cells in world.rows.items():
            rows.setdefault(table, []).extend(_with_mark(row, f"-{number}") for row in cells)
    rows["list"] = list({row["list_id"]: row for row in rows.get("list", [])}.values())
    return rows


def scored_many(worlds: Sequence[Facts], as_of: dt.date = AS_OF) -> list[Scores]:
    """Many worlds through the rules of the small world, in one store.

    What leads from one world into another, by a place of all, is left out before it is scored.
    """
    rules, method = [_of_all(rule, len(worlds)) for rule in world_rules()], world_method()
    with at(together(worlds), as_of) as con:
        found = run_rules(con, rules, method)
        company, anchor = (found[end].str.extract(r"(-\d+)$") for end in ("company_id", "anchor_id"))
        findings = Finding.validate(found.filter(company == anchor))
        rested = claims(con)
        their_claims = Claim.validate(rested.filter(rested["finding_id"].is_in(findings["finding_id"].implode())))
        whole = score(findings, their_claims, knowledge(con), rules, method, as_of)
    return [_of_world(whole, f"-{number}") for number in range(len(worlds))]


def _of_all(rule: Rule, worlds: int) -> Rule:
    """The rule, with the entities that it names in each of the worlds."""

    def named(entities: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f"{entity}-{number}" for number in range(worlds) for entity in entities)

    anchors = (replace(a, entity=named(a.entity), not_entity=named(a.not_entity)) for a in rule.anchors)
    return replace(rule, match=replace(rule.match, anchors=tuple(anchors)))


def _with_mark(row: dict[str, Any], mark: str) -> dict[str, Any]:
    new = {key: value + mark if key in _IDS and value else value for key, value in row.items()}
    for key in ("source_ids", "end_source_ids"):
        if row.get(key):
            new[key] = ";".join(part + mark for part in row[key].split(";"))
    return new


def _of_world(whole: Scores, mark: str) -> Scores:
    parts = {
        name: frame.filter(frame["company_id"].str.ends_with(mark))
        for name, frame in vars(whole).items()
        if name != "claims"
    }
    rested = whole.claims.filter(whole.claims["finding_id"].is_in(parts["findings"]["finding_id"].implode()))
    return Scores(claims=rested, **parts)
