"""Runs the tests in rule files: a few facts in one line, and what the rule must find in them.

    given = "kr-a buys_from cn-b hs 2804 share 0.3; cn-b on us-uflpa since 2022-06-21"
    expect = { findings = 1, tier = 1 }

A fact is `subject relation object`, then any of: share, amount (USD, a year unless a period is given), period, hs,
origin, since, until, and the flags operated, disputed, announced. `X on LIST`, `X is KIND` and `X in REGION` give
lists, kinds and places. An entity is a company of the country that its id begins with, unless stated otherwise. The
facts are built into a store in memory by the same SQL as the datasets.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import polars as pl
from msgspec.structs import replace

from screener.errors import ScreenerError
from screener.rules.load import Rule, Test
from screener.rules.method import Method
from screener.rules.run import run_rules
from screener.schema.vocabulary import ACTIVITIES, ENTITY_KINDS
from screener.store.build import memory_store
from screener.store.clock import set_clocks

_DAY: Final = dt.date(2026, 1, 1)
_SOURCE: Final = "test-source"
_DATE: Final = "2020-01-01"
_PUBLISHED: Final = {"publisher": "Test", "url": "https://example.org/", "source_ids": _SOURCE}
_SOURCE_ROW: Final = _PUBLISHED | {
    "source_id": _SOURCE,
    "publisher_kind": "registry",
    "title": "Test",
    "published_on": _DATE,
    "retrieved_on": _DATE,
    "grade": "A",
}
_VALUES: Final = ("share", "amount", "hs", "origin", "since", "until", "period")
_FLAGS: Final = ("operated", "disputed", "announced")


@dataclass(frozen=True)
class TestResult:
    """Whether one test of a rule passed, and what was found instead."""

    rule_id: str
    file: str
    number: int
    passed: bool
    said: str


@dataclass
class _Facts:
    """The facts of many tests in one store: each test marks its entity ids, so that tests do not mix."""

    entities: dict[str, dict[str, Any]] = field(default_factory=dict)
    lists: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    mark: str = ""

    def entity(self, entity_id: str) -> str:
        marked = entity_id + self.mark
        country = entity_id[:2].upper()
        cells = {"entity_id": marked, "kind": "company", "name": entity_id, "country": country, "source_ids": _SOURCE}
        self.entities.setdefault(marked, cells)
        return marked

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        entities, lists = list(self.entities.values()), list(self.lists.values())
        return {**self.rows, "entity": entities, "list": lists, "source": [_SOURCE_ROW]}


def run_tests(rules: Sequence[Rule], method: Method) -> list[TestResult]:
    """Runs every test: those of one day in one store, each with a copy of its rule that names its own entities."""
    asked = [(rule, number, test) for rule in rules for number, test in enumerate(rule.tests, 1)]
    days = [test.as_of or _DAY for _, _, test in asked]
    results: dict[int, TestResult] = {}
    for as_of in set(days):
        here = [n for n, day in enumerate(days) if day == as_of]
        facts, copies = _Facts(), []
        for n in here:
            rule, number, test = asked[n]
            facts.mark = f"-{n}"
            _parse(facts, test.given, f"{rule.file} tests[{number - 1}].given")
            copies.append(marked(rule, facts.mark))
        with memory_store(facts.tables()) as con:
            set_clocks(con, as_of, dt.date(2030, 1, 1))
            found = run_rules(con, copies, method)
        results |= {n: _judged(found, *asked[n], f"-{n}") for n in here}
    return [results[n] for n in range(len(asked))]


def marked(rule: Rule, mark: str) -> Rule:
    """A copy of the rule that names the entities whose ids end in the mark."""
    anchors = (
        replace(a, entity=tuple(e + mark for e in a.entity), not_entity=tuple(e + mark for e in a.not_entity))
        for a in rule.anchors
    )
    return replace(rule, id=rule.id + mark, match=replace(rule.match, anchors=tuple(anchors)))


def _judged(found: pl.DataFrame, rule: Rule, number: int, test: Test, mark: str) -> TestResult:
    ends = pl.all_horizontal(pl.col("company_id", "anchor_id").str.ends_with(mark))
    # Several paths that state the same thing are one finding; the score decides which of them is shown.
    same = ["company_id", "anchor_id", "relation", "statement_key"]
    acting = (
        found.filter((pl.col("rule_id") == rule.id + mark) & ends & (pl.col("relation") != "group"))
        .with_columns(pl.col("company_id").str.strip_suffix(mark))
        .sort("ended_on", "finding_id")
        .unique(same, maintain_order=True, keep="first")
        .to_dicts()
    )
    seen = [f"{len(acting)} findings"]
    seen += [f"{f['company_id']} {f['status']} {f['relation']} tier {f['tier']}" for f in acting]
    wanted = {
        "company_id" if key == "company" else key: value for key, value in msgspec.to_builtins(test.expect).items()
    }
    many = wanted.pop("findings")
    # One finding must meet all the expectations at once.
    holds = not wanted or any(wanted.items() <= f.items() for f in acting)
    return TestResult(rule.id, rule.file, number, len(acting) == many and holds, "; ".join(seen))


def _parse(facts: _Facts, given: str, where: str) -> None:
    for clause in filter(None, (part.strip() for part in given.split(";"))):
        tokens = clause.split()
        if len(tokens) < 3:
            raise ScreenerError("not a fact", where=where, found=clause, do="write `subject relation object`")
        name, relation, target, *rest = tokens
        subject = facts.entity(name)
        details = _details(rest, where, clause)
        if relation == "is":
            if target not in ENTITY_KINDS:
                do = f"use one of {', '.join(ENTITY_KINDS)}"
                raise ScreenerError("no such kind", where=where, found=target, do=do)
            facts.entities[subject]["kind"] = target
        elif relation == "in":
            facts.entities[subject]["region"] = target
        elif relation == "on":
            facts.lists[target] = {"list_id": target, "title": target, "effect": "published_list", **_PUBLISHED}
            facts.rows.setdefault("listing", []).append(_row(subject, relation, "", details) | {"list_id": target})
        elif relation in ("owns", "buys_from", *ACTIVITIES):
            table = {"owns": "ownership", "buys_from": "supply"}.get(relation, "activity")
            facts.rows.setdefault(table, []).append(_row(subject, relation, facts.entity(target), details))
        else:
            do = f"use owns, buys_from, {', '.join(ACTIVITIES)}"
            raise ScreenerError("no such relation", where=where, found=relation, do=do)


def _details(rest: list[str], where: str, clause: str) -> dict[str, str]:
    """The values by keyword; a flag is its own value."""
    details: dict[str, str] = {}
    words = iter(rest)
    for word in words:
        value = word if word in _FLAGS else next(words, None) if word in _VALUES else None
        if value is None:
            do = f"use {', '.join((*_VALUES, *_FLAGS))}"
            raise ScreenerError("not understood", where=where, found=f"{word} in {clause!r}", do=do)
        details[word] = value
    return details


def _row(subject: str, relation: str, target: str, details: dict[str, str]) -> dict[str, Any]:
    """The cells of a fact, with the columns of every table that it may belong to."""
    statuses = {"disputed": "disputed", "announced": "announced_exit", "until": "ended"}
    cells = {
        "valid_from": "since",
        "valid_to": "until",
        **dict.fromkeys(("share", "share_min", "share_max", "input_share"), "share"),
        **dict.fromkeys(("amount_usd", "value_usd"), "amount"),
        "hs_code": "hs",
        "origin_region": "origin",
    }
    return {
        **{column: details.get(word) for column, word in cells.items()},
        "status": next((status for word, status in statuses.items() if word in details), "active"),
        "operates": "true" if "operated" in details else None,
        "period": details.get("period", "yearly" if "amount" in details else None),
        "activity": relation,
        **dict.fromkeys(("entity_id", "owner_id", "buyer_id"), subject),
        **dict.fromkeys(("counterparty_id", "owned_id", "supplier_id"), target),
        "confirmed_on": _DATE,
        "source_ids": _SOURCE,
    }
