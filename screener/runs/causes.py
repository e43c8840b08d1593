"""The cause of a change: a finding of two runs is compared column by column; each difference gets one cause.

What can be seen decides, in this order: an act, stake or source that only one run has; then the rule, then the method,
where what the finding rests on is the same; then time. Details are written without a language: columns, values and ids
of sources (`+` came, `-` went).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
_PATH: Final = ("proximity", "share", "relation", "tier", "actor_id")
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
    said = ("publisher", "independent_publisher", "title", "url", "published_on", "grade")
    for finding_id, source_id, *rest in tables["evidence"].select("finding_id", "source_id", *said).iter_rows():
        sources.setdefault(finding_id, {})[source_id] = tuple(rest)
    return {
        (row["topic"], row["finding_id"]): Seen(
            row, steps.get(row["finding_id"], {}), sources.get(row["finding_id"], {})
        )
        for row in tables["findings"].iter_rows(named=True)
    }


def appeared(found: Seen, others: Iterable[Seen], circumstances: Circumstances, known_at: str) -> Difference:
    """Why a finding is there that was not.

    Args:
        found: the finding.
        others: all findings of the other run.
        circumstances: what else differs.
        known_at: the last day of which the other run knew sources.
    """
    edges, used = _edges(others)
    fresh = {source for source, what in found.sources.items() if source not in used and str(what[4]) > known_at}
    new = [edge for edge in found.steps if edge not in edges]
    cause = "new_evidence"
    if new and all(edge[0] in _STAKES for edge in new):
        cause = "ownership_changed"
    elif not fresh and circumstances.rule_changed:
        cause = "rule_changed"
    elif not fresh and not new and circumstances.method_changed:
        cause = "method_changed"
    elif not new and not fresh and found.steps:
        # Every step was there, and did not lead so far: a stake grew.
        cause = "ownership_changed" if _stakes(found) else "corrected"
    return Difference(cause, (), _came(fresh or found.sources.keys(), ()))


def gone(lost: Seen, others: Iterable[Seen], circumstances: Circumstances) -> Difference:
    """Why a finding is no longer there; the arguments are those of `appeared`."""
    edges, used = _edges(others)
    missing = [edge for edge in lost.steps if edge not in edges]
    cause = "corrected"
    if circumstances.rule_changed:
        cause = "rule_changed"
    elif missing and all(edge[0] in _STAKES for edge in missing):
        cause = "ownership_changed"
    elif not missing and circumstances.method_changed:
        cause = "method_changed"
    elif not missing and _stakes(lost):
        cause = "ownership_changed"
    return Difference(cause, (), _came((), lost.sources.keys() - used or lost.sources.keys()))


def differences(was: Seen, now: Seen, circumstances: Circumstances) -> list[Difference]:
    """What two runs say differently of one finding, in order of CAUSES; all columns behind a score are compared."""
    pair = _Pair(was, now, circumstances)
    found = [pair.rule(), pair.path(), pair.amount(), pair.time(), pair.confidence()]
    told = {difference.cause for difference in found if difference}
    if (pair.added or pair.removed or pair.altered) and not told & {"new_evidence", "source_changed", "ended"}:
        cause = "new_evidence" if pair.added and not (pair.removed or pair.altered) else "source_changed"
        found.append(Difference(cause, (), pair.sources_told()))
    return sorted((one for one in found if one), key=lambda one: CAUSES.index(one.cause))


class _Pair:
    """One finding in two runs."""

    def __init__(self, was: Seen, now: Seen, circumstances: Circumstances) -> None:
        self.was, self.now, self.by = was, now, circumstances
        self.added = now.sources.keys() - was.sources.keys()
        self.removed = was.sources.keys() - now.sources.keys()
        self.altered = {s for s in was.sources.keys() & now.sources.keys() if was.sources[s] != now.sources[s]}
        self.stakes_differ = _stakes(was) != _stakes(now)

    def rule(self) -> Difference | None:
        columns = self._differ("severity", "involvement")
        return self._difference("rule_changed" if self.by.rule_changed else "method_changed", columns)

    def path(self) -> Difference | None:
        columns = self._differ(*_PATH)
        if self.stakes_differ and self._proximity_or_share(columns):
            return self._difference("ownership_changed", columns)
        return self._difference(self._of_the_facts(), columns)

    def amount(self) -> Difference | None:
        amounts, columns = self._differ("amount_usd"), self._differ("magnitude", "amount_usd")
        if not amounts and self.stakes_differ:
            return self._difference("ownership_changed", columns)
        if amounts and not _other(self._amounts(self.was), self._amounts(self.now)):
            return self._difference(self._of_the_facts(), columns)
        cause = ("new_evidence" if self.added else "corrected") if amounts else self._of_the_facts()
        return self._difference(cause, columns)

    def time(self) -> Difference | None:
        """Status, days and what they do to the recency."""
        was, now = self.was.row, self.now.row
        columns = self._differ("status", "since", "until", "last_confirmed_on", "recency")
        if not columns:
            return None
        if was["status"] != now["status"]:
            if now["status"] in _OVER:
                ended = self._ended()
                stakes = bool(ended) and all(edge[0] == "owns" for edge in ended)
                return self._difference("ownership_changed" if stakes else "ended", columns)
            if "disputed" in (was["status"], now["status"]):
                return self._difference("answer", (*columns, *self._differ("confidence")))
            return self._difference("new_evidence" if self.added else "corrected", columns)
        seen_before, seen_now = str(was["last_confirmed_on"] or ""), str(now["last_confirmed_on"] or "")
        fell = now["recency"] < was["recency"]
        if columns == ("recency",) and self.by.time_passed and fell:
            return self._difference("aged", columns)
        if columns == ("recency",):
            return self._difference(self._of_the_facts(), columns)
        if seen_now > seen_before:
            return self._difference("aged" if fell and self.by.time_passed else "new_evidence", columns)
        if seen_now < seen_before:
            return self._difference("source_changed" if self.removed or self.altered else "corrected", columns)
        return self._difference("new_evidence" if self.added else "corrected", columns)

    def confidence(self) -> Difference | None:
        columns = self._differ("confidence")
        if not columns or ("disputed" in (self.was.row["status"], self.now.row["status"]) and self._differ("status")):
            return None
        rose = self.now.row["confidence"] > self.was.row["confidence"]
        denied = {e for e, s in self.was.steps.items() if s["status"] == "disputed"}
        if denied ^ {e for e, s in self.now.steps.items() if s["status"] == "disputed"}:
            return self._difference("answer", columns)
        if self.added and (rose or not (self.removed or self.altered)):
            return self._difference("new_evidence", columns, self.sources_told())
        if self.removed or self.altered:
            return self._difference("source_changed", columns, self.sources_told())
        return self._difference(self._of_the_facts(), columns)

    def sources_told(self) -> str:
        """`+ a, b - c ~ d`: sources that came, went, or are described otherwise."""
        return " ".join(part for part in (_came(self.added, self.removed), _listed("~", self.altered)) if part)

    def _of_the_facts(self) -> str:
        """The cause of what no source and no stake explains."""
        if not self._facts_differ():
            if self.by.rule_changed:
                return "rule_changed"
            if self.by.method_changed:
                return "method_changed"
        if self.stakes_differ or self.was.steps.keys() != self.now.steps.keys():
            changed = self.was.steps.keys() ^ self.now.steps.keys()
            return "ownership_changed" if all(edge[0] in _STAKES for edge in changed) else self._corrected()
        return self._corrected()

    def _corrected(self) -> str:
        return "new_evidence" if self.added else "source_changed" if self.removed else "corrected"

    def _facts_differ(self) -> bool:
        """Whether the steps say something else than before."""
        said = ("share", "amount_usd", "since", "until", "status")
        told = [
            {edge: tuple(step[c] for c in said) for edge, step in one.steps.items()} for one in (self.was, self.now)
        ]
        return told[0] != told[1]

    def _ended(self) -> list[Edge]:
        before = {edge for edge, step in self.was.steps.items() if step["status"] in _OVER or step["until"]}
        return [e for e, s in self.now.steps.items() if (s["status"] in _OVER or s["until"]) and e not in before]

    def _amounts(self, one: Seen) -> float:
        return sum(step["amount_usd"] or 0.0 for step in one.steps.values())

    def _proximity_or_share(self, columns: tuple[str, ...]) -> bool:
        return bool({"proximity", "share", "relation", "actor_id"} & set(columns))

    def _differ(self, *columns: str) -> tuple[str, ...]:
        return tuple(c for c in columns if _other(self.was.row[c], self.now.row[c]))

    def _difference(self, cause: str, columns: tuple[str, ...], detail: str = "") -> Difference | None:
        if not columns:
            return None
        values = "; ".join(f"{c} {_value(self.was.row[c])} -> {_value(self.now.row[c])}" for c in columns)
        return Difference(cause, columns, "; ".join(part for part in (values, detail) if part))


def _edges(findings: Iterable[Seen]) -> tuple[set[Edge], set[str]]:
    """The edges and the sources of some findings."""
    every = list(findings)
    return {edge for one in every for edge in one.steps}, {source for one in every for source in one.sources}


def _stakes(one: Seen) -> dict[Edge, float | None]:
    return {edge: step["share"] for edge, step in one.steps.items() if edge[0] in _STAKES}


def _came(new: Iterable[str], old: Iterable[str]) -> str:
    return " ".join(part for part in (_listed("+", new), _listed("-", old)) if part)


def _listed(sign: str, sources: Iterable[str]) -> str:
    named = sorted(sources)
    more = f" (+{len(named) - _NAMED})" if len(named) > _NAMED else ""
    return f"{sign} {', '.join(named[:_NAMED])}{more}" if named else ""


def _other(was: Any, now: Any) -> bool:
    if isinstance(was, float) and isinstance(now, float):
        return abs(was - now) > _SAME
    return bool(was != now)


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return "?" if value is None else str(value)
