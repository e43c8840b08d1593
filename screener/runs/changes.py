"""What changed between two runs, and why: every change of a finding has one cause, and the causes of a company's score add up.

The findings of the earlier run are turned into those of the later one step by step, in the order of CAUSES. After each step the scores are
worked out again by the formulas of `screener.score`; a step's difference is what its cause has done. The last step ends at the later run, so
that the differences of a company and topic add up to the difference of its scores, whatever the order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import dataframely as dy
import polars as pl

from screener.runs.tables import DECIMALS
from screener.score.findings import rescore

CAUSES: Final = (
    "rule_changed",
    "method_changed",
    "ownership_changed",
    "corrected",
    "source_changed",
    "answer",
    "ended",
    "new_evidence",
    "aged",
)
"""The causes of a changed score, in the order in which they are applied; `portfolio_changed` concerns holdings and no score."""
# Below this a difference of a factor is rounding.
_SAME: Final = 1e-6


class Change(dy.Schema):
    """One finding changed by one cause.

    `before` and `after` are the topic score 0-100 without and with this change, `company_before` and
    `company_after` the company's; null for a holding whose weight changed, which has no finding either.
    """

    company_id = dy.String(nullable=False)
    topic = dy.String(nullable=True)
    finding_id = dy.String(nullable=True)
    before = dy.Float64(nullable=True)
    after = dy.Float64(nullable=True)
    company_before = dy.Float64(nullable=True)
    company_after = dy.Float64(nullable=True)
    cause = dy.String(nullable=False)
    detail = dy.String(nullable=False)


@dataclass(frozen=True)
class Run:
    """A run to compare: its tables, its clocks and what it was made from.

    tables: of `screener.runs.tables.run_tables`, and `holdings` where there was a portfolio.
    rules: rule id -> SHA-256; further_topics: the weight of further topics in a company's score.
    """

    as_of: str
    known_at: str
    rules: Mapping[str, str]
    further_topics: float
    method_sha256: str
    tables: Mapping[str, pl.DataFrame]


def changes(before: Run, after: Run) -> dy.DataFrame[Change]:
    """All changes from one run to another, in order of company, topic, cause and finding.

    Args:
        before: the earlier run.
        after: the later run.
    """
    steps = _steps(before, after)
    frame = pl.DataFrame(
        [*_scored(before, after, steps), *_holdings(before, after)], schema=Change.create_empty().schema
    )
    order = pl.col("cause").replace_strict(
        {c: n for n, c in enumerate(CAUSES)}, default=len(CAUSES), return_dtype=pl.Int64
    )
    return Change.validate(frame.sort("company_id", "topic", order, "finding_id", nulls_last=True), cast=True)


@dataclass(frozen=True)
class _Step:
    company_id: str
    topic: str
    finding_id: str
    cause: str
    detail: str
    row: dict[str, Any] | None  # the finding after this step; none: it is gone


def _steps(before: Run, after: Run) -> list[_Step]:
    old = {row["finding_id"]: row for row in before.tables["findings"].iter_rows(named=True)}
    new = {row["finding_id"]: row for row in after.tables["findings"].iter_rows(named=True)}
    proofs = [_proofs(run) for run in (before, after)]
    acts = [{(r["rule"], r["anchor_id"], r["fact_key"]) for r in rows.values()} for rows in (old, new)]
    answered = {(company, topic) for company, topic, *_ in _answered(before) ^ _answered(after)}
    steps: list[_Step] = []
    for finding_id in sorted(old.keys() | new.keys()):
        was, now = old.get(finding_id), new.get(finding_id)
        row = now or was
        assert row is not None
        rule_changed = before.rules.get(row["rule"]) != after.rules.get(row["rule"])
        if was is None or now is None:
            cause, detail = _appeared_or_gone(row, was is None, rule_changed, acts, proofs, before)
            steps.append(_Step(row["company_id"], row["topic"], finding_id, cause, detail, now))
            continue
        current = dict(was)
        for cause, columns, detail in _differences(was, now, proofs, before, after, rule_changed, answered):
            current |= {column: now[column] for column in columns}
            steps.append(_Step(row["company_id"], row["topic"], finding_id, cause, detail, dict(current)))
    return steps


def _appeared_or_gone(
    row: dict[str, Any],
    appeared: bool,
    rule_changed: bool,
    acts: list[set[tuple[str, str, str]]],
    proofs: list[dict[str, dict[str, tuple[str, str]]]],
    before: Run,
) -> tuple[str, str]:
    act = (row["rule"], row["anchor_id"], row["fact_key"])
    word = "a new finding" if appeared else "no longer found"
    if rule_changed:
        return "rule_changed", f"{word}: the rule {row['rule']} is another one"
    if act in acts[0] and act in acts[1]:
        return "ownership_changed", f"{word}: the same act, through other stakes"
    if not appeared:
        lost = proofs[0].get(row["finding_id"], {}).keys() - {s for found in proofs[1].values() for s in found}
        if lost:
            return "source_changed", f"{word}: {', '.join(sorted(lost)[:3])} no longer used"
        return "corrected", f"{word}: the facts were corrected"
    fresh = [s for s, (published, _) in proofs[1].get(row["finding_id"], {}).items() if published > before.known_at]
    reason = (
        f"published since: {', '.join(sorted(fresh)[:3])}" if fresh else "evidence that the earlier run did not have"
    )
    return "new_evidence", f"{word}; {reason}"


def _differences(
    was: dict[str, Any],
    now: dict[str, Any],
    proofs: list[dict[str, dict[str, tuple[str, str]]]],
    before: Run,
    after: Run,
    rule_changed: bool,
    answered: set[tuple[str, str]],
) -> list[tuple[str, tuple[str, ...], str]]:
    """What differs, as (cause, columns that take their new value, in words); what is the same but for its age comes last."""
    method_changed = before.method_sha256 != after.method_sha256
    told, told_now = proofs[0].get(was["finding_id"], {}), proofs[1].get(now["finding_id"], {})
    added, gone = told_now.keys() - told.keys(), told.keys() - told_now.keys()
    regraded = {s for s in told.keys() & told_now.keys() if told[s] != told_now[s]}
    ended = was["status"] != now["status"] and now["status"] in ("ended", "announced_exit")
    denied = was["status"] != now["status"] and "disputed" in (was["status"], now["status"])
    confirmed = was["last_confirmed_on"] != now["last_confirmed_on"]
    found: list[tuple[str, tuple[str, ...], str]] = []

    def differs(*columns: str) -> tuple[str, ...]:
        return tuple(c for c in columns if _other(was[c], now[c]))

    def note(cause: str, columns: tuple[str, ...], detail: str) -> None:
        if columns:
            found.append((cause, columns, detail))

    note(
        "rule_changed" if rule_changed else "method_changed",
        differs("severity", "involvement"),
        "severity or involvement of the rule" if rule_changed else "weights of involvement",
    )
    stakes = was["relation"] in ("owned", "group") or was["tier"] == 0
    cause = "method_changed" if method_changed else "ownership_changed" if stakes else "corrected"
    note(cause, differs("proximity", "share", "near_id", "fact_key"), _values(was, now, "proximity"))
    amounts = differs("amount_usd", "attributed_usd")
    if magnitude := differs("magnitude"):
        by_method = method_changed and not amounts
        cause = "method_changed" if by_method else "new_evidence" if added else "corrected"
        note(cause, (*magnitude, *amounts), _values(was, now, "amount_usd"))
    elif amounts:
        note("new_evidence" if added else "corrected", amounts, _values(was, now, "amount_usd"))
    if ended:
        note(
            "ended",
            ("status", "until", *differs("recency", "last_confirmed_on")),
            f"{was['status']} -> {now['status']}",
        )
    elif denied:
        note("answer", ("status", *differs("confidence")), f"{was['status']} -> {now['status']}")
    elif was["status"] != now["status"]:
        note("corrected", ("status", "until", *differs("recency")), f"{was['status']} -> {now['status']}")
    if not denied:
        if added:
            cause, detail = "new_evidence", f"also by {', '.join(sorted(added)[:3])}"
        elif gone or regraded:
            cause, detail = (
                "source_changed",
                f"no longer, or with another grade: {', '.join(sorted(gone | regraded)[:3])}",
            )
        elif method_changed:
            cause, detail = "method_changed", "quality of the grades"
        else:
            cause, detail = "corrected", "the facts on the path were corrected"
        note(cause, differs("confidence"), detail)
    if not ended and was["status"] == now["status"]:
        if confirmed and (now["last_confirmed_on"] or was["last_confirmed_on"]) != was["last_confirmed_on"]:
            note(
                "new_evidence", (*differs("recency"), "last_confirmed_on"), f"last confirmed {now['last_confirmed_on']}"
            )
        else:
            note(
                "method_changed" if method_changed and before.as_of == after.as_of else "aged",
                differs("recency"),
                _values(was, now, "recency"),
            )
    if not found and (was["company_id"], was["topic"]) in answered:
        found.append(("answer", (), "a new answer of the company; its finding weighs the same"))
    # What decides nothing but stands in the table (which finding counts, exposure) follows with the last step.
    return sorted(found, key=lambda one: CAUSES.index(one[0]))


def _scored(before: Run, after: Run, steps: list[_Step]) -> list[dict[str, Any]]:
    """Scores before and after each step, worked out in one go: each step makes a new state of its company."""
    by_company: dict[str, list[_Step]] = {}
    for step in sorted(steps, key=lambda s: (s.company_id, CAUSES.index(s.cause), s.topic, s.finding_id)):
        by_company.setdefault(step.company_id, []).append(step)
    start: dict[str, dict[str, dict[str, Any]]] = {}
    for row in before.tables["findings"].iter_rows(named=True):
        start.setdefault(row["company_id"], {})[row["finding_id"]] = row
    states: list[dict[str, Any]] = []
    for company, taken in by_company.items():
        rows = dict(start.get(company, {}))
        states += _state(rows, f"{company} 0")
        for number, step in enumerate(taken, 1):
            rows.pop(step.finding_id, None)
            if step.row is not None:
                rows[step.finding_id] = step.row
            states += _state(rows, f"{company} {number}")
    topics, companies = _rescored(states, after)
    return [
        {
            "company_id": company,
            "topic": step.topic,
            "finding_id": step.finding_id,
            "before": topics.get((f"{company} {number}", step.topic), 0.0),
            "after": topics.get((f"{company} {number + 1}", step.topic), 0.0),
            "company_before": companies.get(f"{company} {number}", 0.0),
            "company_after": companies.get(f"{company} {number + 1}", 0.0),
            "cause": step.cause,
            "detail": step.detail,
        }
        for company, taken in by_company.items()
        for number, step in enumerate(taken)
    ]


def _state(rows: Mapping[str, dict[str, Any]], key: str) -> list[dict[str, Any]]:
    return [row | {"company_id": key, "finding_id": f"{key} {finding_id}"} for finding_id, row in rows.items()]


def _rescored(states: list[dict[str, Any]], run: Run) -> tuple[dict[tuple[str, str], float], dict[str, float]]:
    if not states:
        return {}, {}
    factors = ("severity", "involvement", "proximity", "magnitude", "recency")
    frame = pl.DataFrame(states, schema=run.tables["findings"].schema)
    frame = frame.with_columns(exposure=pl.fold(pl.lit(1.0), lambda a, b: a * b, [pl.col(f) for f in factors]))
    topics, companies = rescore(frame, run.further_topics)
    by_topic = {(company, topic): round(score, DECIMALS) for company, topic, score in topics.iter_rows()}
    return by_topic, {c: round(s, DECIMALS) for c, s in companies.select("company_id", "score").iter_rows()}


def _holdings(before: Run, after: Run) -> list[dict[str, Any]]:
    """Companies whose weight in the portfolio changed."""
    if "holdings" not in before.tables or "holdings" not in after.tables:
        return []
    sides = [
        dict(
            run.tables["holdings"]
            .filter(pl.col("company_id").is_not_null())
            .group_by("company_id")
            .agg(pl.col("weight").sum())
            .iter_rows()
        )
        for run in (before, after)
    ]
    return [
        {
            "company_id": company,
            "topic": None,
            "finding_id": None,
            "before": None,
            "after": None,
            "company_before": None,
            "company_after": None,
            "cause": "portfolio_changed",
            "detail": f"weight {sides[0].get(company, 0.0):.4%} -> {sides[1].get(company, 0.0):.4%}",
        }
        for company in sorted(sides[0].keys() | sides[1].keys())
        if _other(sides[0].get(company), sides[1].get(company))
    ]


def _proofs(run: Run) -> dict[str, dict[str, tuple[str, str]]]:
    """finding_id -> source_id -> (published_on, grade)."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for row in run.tables["evidence"].iter_rows(named=True):
        found.setdefault(row["finding_id"], {})[row["source_id"]] = (row["published_on"], row["grade"])
    return found


def _answered(run: Run) -> set[tuple[str, ...]]:
    """Who answered what, when."""
    columns = ("company_id", "topic", "kind", "stated_on")
    return set(run.tables["answers"].select(columns).iter_rows())


def _other(was: Any, now: Any) -> bool:
    if isinstance(was, float) and isinstance(now, float):
        return abs(was - now) > _SAME
    return bool(was != now)


def _values(was: dict[str, Any], now: dict[str, Any], column: str) -> str:
    def shown(value: Any) -> str:
        return "not known" if value is None else f"{value:,.0f}" if column == "amount_usd" else f"{value:.3f}"

    return f"{column} {shown(was[column])} -> {shown(now[column])}"
