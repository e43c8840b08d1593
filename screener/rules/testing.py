"""The tests that rule files carry: a few facts in one line, and what the rule must find in them.

    given = "kr-a buys_from cn-b hs 2804 share 0.3; cn-b on us-uflpa since 2022-06-21"
    expect = { findings = 1, tier = 1 }

A fact is `subject relation object`, then any of: share, amount (USD, a year unless a period is given), period, hs,
origin, since, until, and the flags operated, disputed, announced. `X on LIST`, `X is KIND` and `X in REGION` give
lists, kinds and places. An entity is a company of the country that its id begins with, unless stated otherwise. The
facts are built into a store in memory by the same SQL as the datasets.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import polars as pl

from screener.errors import ScreenerError
from screener.rules.load import Rule
from screener.rules.method import Method
from screener.rules.run import run_rules
from screener.schema.vocabulary import ACTIVITIES, ENTITY_KINDS
from screener.store.build import memory_store
from screener.store.clock import set_clocks

_DAY: Final = dt.date(2026, 1, 1)
_SOURCE: Final = "test-source"
_DATE: Final = "2020-01-01"
_PUBLISHED: Final = {"publisher": "Test", "url": "https://example.org/", "source_ids": _SOURCE}
_SOURCE_ROW: Final = {
    "source_id": _SOURCE,
    "publisher_kind": "registry",
    "title": "Test",
    "published_on": _DATE,
    "retrieved_on": _DATE,
    "grade": "A",
    **_PUBLISHED,
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
    """The facts of many tests in one store: each test marks its entity ids, so that none meets another's facts."""

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

    def add(self, table: str, **row: Any) -> None:
        self.rows.setdefault(table, []).append({"source_ids": _SOURCE, **row})


def run_tests(rules: Sequence[Rule], method: Method) -> list[TestResult]:
    """Runs every test: those of one day in one store, each with a copy of its rule that names its own entities."""
    asked = [(rule, number, test) for rule in rules for number, test in enumerate(rule.tests, 1)]
    results: dict[int, TestResult] = {}
    for as_of in sorted({test.get("as_of", _DAY) for _, _, test in asked}):
        here = [n for n, (_, _, test) in enumerate(asked) if test.get("as_of", _DAY) == as_of]
        facts, copies = _Facts(), []
        for n in here:
            rule, number, test = asked[n]
            facts.mark = f"-{n}"
            _parse(facts, test["given"], f"{rule.file} tests[{number - 1}].given")
            copies.append(marked(rule, facts.mark))
        named = {"entity": list(facts.entities.values()), "list": list(facts.lists.values())}
        with memory_store({**named, **facts.rows, "source": [_SOURCE_ROW]}) as con:
            set_clocks(con, as_of, dt.date(2030, 1, 1))
            found = run_rules(con, copies, method)
        for n in here:
            results[n] = _judged(found, *asked[n], f"-{n}")
    return [results[n] for n in range(len(asked))]


def marked(rule: Rule, mark: str) -> Rule:
    """A copy of the rule that names the entities whose ids end in the mark."""
    anchors = (
        replace(a, entity=tuple(e + mark for e in a.entity), not_entity=tuple(e + mark for e in a.not_entity))
        for a in rule.anchors
    )
    return replace(rule, id=rule.id + mark, anchors=tuple(anchors))


def _judged(found: pl.DataFrame, rule: Rule, number: int, test: dict[str, Any], mark: str) -> TestResult:
    own = (
        (found["rule_id"] == rule.id + mark)
        & found["company_id"].str.ends_with(mark)
        & found["anchor_id"].str.ends_with(mark)
    )
    # Several paths that say the same thing are one finding; the score decides which of them is shown.
    same = ["company_id", "anchor_id", "relation", "told_key"]
    acting = (
        found.filter(own & (found["relation"] != "group"))
        .with_columns(pl.col("company_id").str.strip_suffix(mark))
        .sort("ended_on", "finding_id")
        .unique(same, maintain_order=True, keep="first")
        .to_dicts()
    )
    wanted = test["expect"]
    said = f"{len(acting)} findings" + "".join(
        f"; {f['company_id']} {f['status']} {f['relation']} tier {f['tier']}" for f in acting
    )
    asked = {"company_id" if key == "company" else key: value for key, value in wanted.items() if key != "findings"}
    # All that is asked of a finding must hold of one and the same.
    holds = not asked or any(all(f[column] == value for column, value in asked.items()) for f in acting)
    return TestResult(rule.id, rule.file, number, len(acting) == wanted["findings"] and holds, said)


def _parse(facts: _Facts, given: str, where: str) -> None:
    for clause in filter(None, (part.strip() for part in given.split(";"))):
        tokens = clause.split()
        if len(tokens) < 3:
            raise ScreenerError("not a fact", where=where, found=clause, do="write `subject relation object`")
        subject, relation, target, *rest = tokens
        subject = facts.entity(subject)
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
            dates = {"valid_from": details.get("since"), "valid_to": details.get("until")}
            facts.add("listing", entity_id=subject, list_id=target, **dates)
        elif relation in ("owns", "buys_from", *ACTIVITIES):
            table, cells = _relation(subject, relation, facts.entity(target), details)
            facts.add(table, **cells)
        else:
            do = f"use owns, buys_from, {', '.join(ACTIVITIES)}"
            raise ScreenerError("no such relation", where=where, found=relation, do=do)


def _details(rest: list[str], where: str, clause: str) -> dict[str, str]:
    """The values by their words; a flag is its own value."""
    details: dict[str, str] = {}
    words = iter(rest)
    for word in words:
        value = word if word in _FLAGS else next(words, None) if word in _VALUES else None
        if value is None:
            do = f"use {', '.join((*_VALUES, *_FLAGS))}"
            raise ScreenerError("not understood", where=where, found=f"{word} in {clause!r}", do=do)
        details[word] = value
    return details


def _relation(subject: str, relation: str, target: str, details: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """The table and the cells of a stake, a delivery or an act."""
    statuses = {"disputed": "disputed", "announced": "announced_exit", "until": "ended"}
    get = details.get
    cells: dict[str, Any] = {
        "valid_from": get("since"),
        "valid_to": get("until"),
        "status": next((status for word, status in statuses.items() if word in details), "active"),
        "confirmed_on": _DATE,
    }
    if relation == "owns":
        shares = {
            "share_min": get("share"),
            "share_max": get("share"),
            "operates": "true" if "operated" in details else None,
        }
        return "ownership", cells | shares | {"owner_id": subject, "owned_id": target}
    if relation == "buys_from":
        goods = {"hs_code": get("hs"), "origin_region": get("origin"), "input_share": get("share")}
        return "supply", cells | goods | {"supplier_id": target, "buyer_id": subject, "value_usd": get("amount")}
    amounts = {"share": get("share"), "amount_usd": get("amount")}
    amounts["period"] = get("period", "yearly" if "amount" in details else None)
    return "activity", cells | amounts | {"entity_id": subject, "activity": relation, "counterparty_id": target}
