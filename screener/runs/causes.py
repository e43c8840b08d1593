"""The cause of a change: a finding of two runs is compared column by column; each difference gets one cause.

What can be seen decides, in this order: an act, stake or source that only one run has; then the rule, then the method,
where what the finding rests on is the same; then time. Details are written without a language: columns, values and ids
of sources (`+` came, `-` went).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

CAUSES: Final = (
    *("rule_changed", "method_changed", "ownership_changed", "corrected", "source_changed"),
    *("answer", "ended", "new_evidence", "aged", "portfolio_changed"),
)
"""All causes, in the order in which they are applied; `portfolio_changed` concerns holdings and no score."""
_SAME: Final = 1e-6  # below it a difference of a factor is rounding
_STAKES: Final = ("owns", "operates_project", "joint_venture_with")
_OVER: Final = ("ended", "announced_exit")
_SOURCE: Final = ("publisher", "independent_publisher", "title", "url", "published_on", "grade")
_NAMED: Final = 3  # so many sources are named in a detail

Edge = tuple[str, str, str]


@dataclass(frozen=True)
class Seen:
    """A finding as one run has it.

    row: of FindingRow. steps: of StepRow, by (relation, from, to). sources: by id, EvidenceRow without its place.
    """

    row: Mapping[str, Any]
    steps: Mapping[Edge, Mapping[str, Any]]
    sources: Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Difference:
    """Columns of a finding that changed by one cause; none if a reader sees the change but no score feels it."""

    cause: str
    columns: tuple[str, ...]
    detail: str


@dataclass(frozen=True)
class Circumstances:
    """What else differs between the two runs."""

    rule_changed: bool
    method_changed: bool
    time_passed: bool


def seen(tables: Mapping[str, pl.DataFrame]) -> dict[tuple[str, str], Seen]:
    """The findings of a run by (topic, finding_id): a rule that moved to another topic gives another finding there."""
    steps: dict[str, dict[Edge, Mapping[str, Any]]] = {}
    for row in tables["steps"].iter_rows(named=True):
        steps.setdefault(row["finding_id"], {})[(row["relation"], row["from_id"], row["to_id"])] = row
    sources: dict[str, dict[str, tuple[Any, ...]]] = {}
    for finding_id, source_id, *rest in tables["evidence"].select("finding_id", "source_id", *_SOURCE).iter_rows():
        sources.setdefault(finding_id, {})[source_id] = tuple(rest)
    found = ((row["finding_id"], row) for row in tables["findings"].iter_rows(named=True))
    return {(row["topic"], name): Seen(row, steps.get(name, {}), sources.get(name, {})) for name, row in found}


def grounds(findings: Collection[Seen]) -> tuple[set[Edge], set[str]]:
    """The edges and the sources of all findings of a run."""
    return {edge for one in findings for edge in one.steps}, {source for one in findings for source in one.sources}


def appeared(found: Seen, other: tuple[set[Edge], set[str]], circumstances: Circumstances, known_at: str) -> Difference:
    """Why a finding is there that the other run, of these `grounds`, did not have; it knew sources until `known_at`."""
    edges, used = other
    published = _SOURCE.index("published_on")
    late = {source for source, what in found.sources.items() if source not in used and str(what[published]) > known_at}
    new = found.steps.keys() - edges
    cause = "new_evidence"
    if new and _are_stakes(new):
        cause = "ownership_changed"
    elif not late and circumstances.rule_changed:
        cause = "rule_changed"
    elif not late and not new and circumstances.method_changed:
        cause = "method_changed"
    elif not new and not late and found.steps:
        # Every step was there, and did not lead so far: a stake grew.
        cause = "ownership_changed" if _stakes(found) else "corrected"
    return Difference(cause, (), _listed(("+", late or found.sources)))


def gone(lost: Seen, other: tuple[set[Edge], set[str]], circumstances: Circumstances) -> Difference:
    """Why a finding is no longer there; the arguments are those of `appeared`."""
    edges, used = other
    missing = lost.steps.keys() - edges
    cause = "corrected"
    if circumstances.rule_changed:
        cause = "rule_changed"
    elif missing and _are_stakes(missing):
        cause = "ownership_changed"
    elif not missing and circumstances.method_changed:
        cause = "method_changed"
    elif not missing and _stakes(lost):
        cause = "ownership_changed"
    return Difference(cause, (), _listed(("-", lost.sources.keys() - used or lost.sources)))


def differences(was: Seen, now: Seen, circumstances: Circumstances) -> list[Difference]:
    """What two runs say differently of one finding, in order of CAUSES; all columns behind a score are compared."""
    pair = _Pair(was, now, circumstances)
    statuses = (was.row["status"], now.row["status"])
    disputed = "disputed" in statuses and statuses[0] != statuses[1]
    # A dispute that begins or ends moves the confidence, too: one answer explains both.
    answered: tuple[str, ...] = ("confidence",) if disputed and statuses[1] not in _OVER else ()
    asked: list[tuple[Callable[[tuple[str, ...]], str], tuple[str, ...]]] = [
        (pair.of_rule, ("severity", "involvement")),
        (pair.of_path, ("proximity", "share", "relation", "tier", "actor_id")),
        (pair.of_amount, ("magnitude", "amount_usd")),
        (pair.of_time, ("status", "since", "until", "last_confirmed_on", "recency", *answered)),
        (pair.of_confidence, () if disputed else ("confidence",)),
    ]
    found = []
    for cause_of, columns in asked:
        if changed := tuple(c for c in columns if _other(was.row[c], now.row[c])):
            cause = cause_of(changed)
            detail = "; ".join(f"{c} {_value(was.row[c])} -> {_value(now.row[c])}" for c in changed)
            if changed == ("confidence",) and cause in ("new_evidence", "source_changed"):
                detail = f"{detail}; {pair.sources}"
            found.append(Difference(cause, changed, detail))
    if pair.sources and not {one.cause for one in found} & {"new_evidence", "source_changed", "ended"}:
        only_new = pair.added and not pair.lost
        found.append(Difference("new_evidence" if only_new else "source_changed", (), pair.sources))
    return sorted(found, key=lambda one: CAUSES.index(one.cause))


class _Pair:
    """One finding in two runs: which cause has changed its columns."""

    def __init__(self, was: Seen, now: Seen, circumstances: Circumstances) -> None:
        self.was, self.now, self.by = was, now, circumstances
        self.added = now.sources.keys() - was.sources.keys()
        self.removed = was.sources.keys() - now.sources.keys()
        altered = {s for s in was.sources.keys() & now.sources.keys() if was.sources[s] != now.sources[s]}
        self.lost = self.removed | altered
        self.sources = _listed(("+", self.added), ("-", self.removed), ("~", altered))
        """`+ a, b - c ~ d`: sources that came, went, or are described otherwise."""
        self.stakes_differ = _stakes(was) != _stakes(now)

    def of_rule(self, _: tuple[str, ...]) -> str:
        return "rule_changed" if self.by.rule_changed else "method_changed"

    def of_path(self, columns: tuple[str, ...]) -> str:
        return "ownership_changed" if self.stakes_differ and columns != ("tier",) else self._of_the_facts()

    def of_amount(self, columns: tuple[str, ...]) -> str:
        if "amount_usd" not in columns and self.stakes_differ:
            return "ownership_changed"
        amounts = [sum(step["amount_usd"] or 0.0 for step in one.steps.values()) for one in (self.was, self.now)]
        if "amount_usd" not in columns or not _other(*amounts):
            return self._of_the_facts()
        return "new_evidence" if self.added else "corrected"

    def of_time(self, columns: tuple[str, ...]) -> str:
        """Status, days and what they do to the recency."""
        was, now = self.was.row, self.now.row
        if "status" in columns:
            if now["status"] in _OVER:
                ended = _ended(self.now) - _ended(self.was)
                return "ownership_changed" if ended and all(edge[0] == "owns" for edge in ended) else "ended"
            if "disputed" in (was["status"], now["status"]):
                return "answer"
            return "new_evidence" if self.added else "corrected"
        aged = self.by.time_passed and now["recency"] < was["recency"]
        if columns == ("recency",):
            return "aged" if aged else self._of_the_facts()
        # `2023` stands for its last day: behind `2023-06-01`.
        seen_before, seen_now = (f"{row['last_confirmed_on'] or ''}~" for row in (was, now))
        if seen_now > seen_before:
            return "aged" if aged else "new_evidence"
        if seen_now < seen_before:
            return "source_changed" if self.lost else "corrected"
        return "new_evidence" if self.added else "corrected"

    def of_confidence(self, _: tuple[str, ...]) -> str:
        if _disputed(self.was) != _disputed(self.now):
            return "answer"
        if self.added and (self.now.row["confidence"] > self.was.row["confidence"] or not self.lost):
            return "new_evidence"
        return "source_changed" if self.lost else self._of_the_facts()

    def _of_the_facts(self) -> str:
        """The cause of what no source and no stake explains."""
        if _facts(self.was) == _facts(self.now):
            if self.by.rule_changed:
                return "rule_changed"
            if self.by.method_changed:
                return "method_changed"
        changed = self.was.steps.keys() ^ self.now.steps.keys()
        if (self.stakes_differ or changed) and _are_stakes(changed):
            return "ownership_changed"
        return "new_evidence" if self.added else "source_changed" if self.removed else "corrected"


def _facts(one: Seen) -> dict[Edge, list[Any]]:
    """What the steps say."""
    said = ("share", "amount_usd", "since", "until", "status")
    return {edge: [step[column] for column in said] for edge, step in one.steps.items()}


def _ended(one: Seen) -> set[Edge]:
    return {edge for edge, step in one.steps.items() if step["status"] in _OVER or step["until"]}


def _disputed(one: Seen) -> set[Edge]:
    return {edge for edge, step in one.steps.items() if step["status"] == "disputed"}


def _stakes(one: Seen) -> dict[Edge, float | None]:
    return {edge: step["share"] for edge, step in one.steps.items() if edge[0] in _STAKES}


def _are_stakes(edges: Iterable[Edge]) -> bool:
    return all(edge[0] in _STAKES for edge in edges)


def _listed(*signed: tuple[str, Iterable[str]]) -> str:
    """`+ a, b, c (+2) - d`: the first sources of each sign, and how many more there are."""
    parts = []
    for sign, sources in signed:
        if named := sorted(sources):
            more = f" (+{len(named) - _NAMED})" if len(named) > _NAMED else ""
            parts.append(f"{sign} {', '.join(named[:_NAMED])}{more}")
    return " ".join(parts)


def _other(was: Any, now: Any) -> bool:
    if isinstance(was, float) and isinstance(now, float):
        return abs(was - now) > _SAME
    return bool(was != now)


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return "?" if value is None else str(value)
