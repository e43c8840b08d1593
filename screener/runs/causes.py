"""The cause of a change: a finding is compared between two runs by column; each difference gets one cause.

The cause is decided in this order: an act, stake or source that only one run has; then the rule, then the method, if
the finding rests on the same facts; then time. Details are independent of language: columns, values and ids of
sources (`+` added, `-` removed).
"""

from collections.abc import Collection, Iterable, Mapping, Set
from typing import Any, Final, NamedTuple

import polars as pl

CAUSES: Final = (
    *("rule_changed", "method_changed", "ownership_changed", "corrected", "source_changed"),
    *("answer", "ended", "new_evidence", "aged", "portfolio_changed"),
)
"""All causes, in the order in which they are applied; `portfolio_changed` concerns holdings, not scores."""
_SAME: Final = 1e-6  # below it a difference of a factor is rounding
_STAKES: Final = ("owns", "operates_project", "joint_venture_with")
_OVER: Final = ("ended", "announced_exit")
_SOURCE: Final = ("published_on", "publisher", "independent_publisher", "title", "url", "grade")
_NAMED: Final = 3  # sources named in a detail

Edge = tuple[str, str, str]
Difference = tuple[str, tuple[str, ...], str]
"""A cause, the columns of a finding that it changed, and a detail."""


class Seen(NamedTuple):
    """A finding in one run.

    row: of FindingRow. steps: of StepRow, by (relation, from, to). sources: by id, EvidenceRow without its place.
    """

    row: Mapping[str, Any]
    steps: Mapping[Edge, Mapping[str, Any]]
    sources: Mapping[str, tuple[Any, ...]]

    def stakes(self) -> dict[Edge, float | None]:
        """The share of each stake on its path."""
        return {edge: step["share"] for edge, step in self.steps.items() if edge[0] in _STAKES}

    def where(self, *statuses: str) -> set[Edge]:
        """The steps of these statuses."""
        return {edge for edge, step in self.steps.items() if step["status"] in statuses}


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


def appeared(found: Seen, other: tuple[set[Edge], set[str]], changed: str | None, known_at: str) -> tuple[str, str]:
    """Why the other run, of these `grounds`, did not have a finding, and a detail; it knew sources until `known_at`.

    `changed` says what else differs between the runs: `rule_changed`, `method_changed`, or none.
    """
    edges, used = other
    late = {source for source, what in found.sources.items() if source not in used and str(what[0]) > known_at}
    new = found.steps.keys() - edges
    cause = "new_evidence"
    if new and _are_stakes(new):
        cause = "ownership_changed"
    elif not late and changed and (not new or changed == "rule_changed"):
        cause = changed
    elif not late and not new and found.steps:
        # Every step existed but was not enough for a path: a stake grew.
        cause = "ownership_changed" if found.stakes() else "corrected"
    return cause, _listed(("+", late or found.sources))


def gone(lost: Seen, other: tuple[set[Edge], set[str]], changed: str | None) -> tuple[str, str]:
    """Why a finding has disappeared; the arguments are those of `appeared`."""
    edges, used = other
    missing = lost.steps.keys() - edges
    if changed and (not missing or changed == "rule_changed"):
        cause = changed
    else:
        cause = "ownership_changed" if (_are_stakes(missing) if missing else lost.stakes()) else "corrected"
    return cause, _listed(("-", lost.sources.keys() - used or lost.sources))


def differences(was: Seen, now: Seen, changed: str | None, *, time_passed: bool) -> list[Difference]:
    """How two runs differ on one finding, in order of CAUSES; all columns behind a score are compared.

    A cause has no columns if the change is visible but affects no score.
    """
    old, new = was.row, now.row
    added, removed = now.sources.keys() - was.sources.keys(), was.sources.keys() - now.sources.keys()
    altered = {s for s in was.sources.keys() & now.sources.keys() if was.sources[s] != now.sources[s]}
    sources = _listed(("+", added), ("-", removed), ("~", altered))
    stakes_differ, other_steps = was.stakes() != now.stakes(), was.steps.keys() ^ now.steps.keys()
    if changed and _facts(was) == _facts(now):
        unexplained = changed
    elif (stakes_differ or other_steps) and _are_stakes(other_steps):
        unexplained = "ownership_changed"
    else:
        unexplained = "new_evidence" if added else "source_changed" if removed else "corrected"
    corrected = "new_evidence" if added else "corrected"
    disputed = old["status"] != new["status"] and "disputed" in (old["status"], new["status"])

    def of_path(differing: Set[str]) -> str:
        return "ownership_changed" if stakes_differ and differing != {"tier"} else unexplained

    def of_amount(differing: Set[str]) -> str:
        if "amount_usd" not in differing:
            return of_path(differing)
        amounts = [sum(step["amount_usd"] or 0.0 for step in one.steps.values()) for one in (was, now)]
        return corrected if _other(*amounts) else unexplained

    def of_time(differing: Set[str]) -> str:
        if "status" in differing:
            if new["status"] in _OVER:
                over = [one.where(*_OVER) | {e for e in one.steps if one.steps[e]["until"]} for one in (was, now)]
                ended = over[1] - over[0]
                return "ownership_changed" if ended and all(edge[0] == "owns" for edge in ended) else "ended"
            return "answer" if disputed else corrected
        aged = time_passed and new["recency"] < old["recency"]
        if differing == {"recency"}:
            return "aged" if aged else unexplained
        # `2023` means its last day: after `2023-06-01`.
        confirmed_before, confirmed_now = (f"{row['last_confirmed_on'] or ''}~" for row in (old, new))
        if confirmed_now > confirmed_before:
            return "aged" if aged else "new_evidence"
        if confirmed_now == confirmed_before:
            return corrected
        return "source_changed" if removed | altered else "corrected"

    def of_confidence(differing: Set[str]) -> str:
        if was.where("disputed") != now.where("disputed"):
            return "answer"
        if added and (new["confidence"] > old["confidence"] or not removed | altered):
            return "new_evidence"
        return "source_changed" if removed | altered else unexplained

    # A dispute that begins or ends also changes the confidence: one answer explains both.
    answered = ("confidence",) if disputed and new["status"] not in _OVER else ()
    found: list[Difference] = []
    for cause_of, columns in (
        (lambda differing: changed or "method_changed", ("severity", "involvement")),
        (of_path, ("proximity", "share", "relation", "tier", "actor_id")),
        (of_amount, ("magnitude", "amount_usd")),
        (of_time, ("status", "since", "until", "last_confirmed_on", "recency", *answered)),
        (of_confidence, () if disputed else ("confidence",)),
    ):
        if differing := tuple(column for column in columns if _other(old[column], new[column])):
            cause = cause_of(set(differing))
            detail = "; ".join(f"{column} {_value(old[column])} -> {_value(new[column])}" for column in differing)
            if differing == ("confidence",) and cause in ("new_evidence", "source_changed"):
                detail = f"{detail}; {sources}"
            found.append((cause, differing, detail))
    if sources and not {cause for cause, _, _ in found} & {"new_evidence", "source_changed", "ended"}:
        cause = "new_evidence" if added and not removed | altered else "source_changed"
        found.append((cause, (), sources))
    return sorted(found, key=lambda one: CAUSES.index(one[0]))


def _facts(one: Seen) -> dict[Edge, list[Any]]:
    """Facts of the steps."""
    said = ("share", "amount_usd", "since", "until", "status")
    return {edge: [step[column] for column in said] for edge, step in one.steps.items()}


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
