"""A score taken apart: the formula of a company and of a topic, the factors and claims of a finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from screener.report import document as doc
from screener.report.wording import Wording
from screener.rules.load import Rule
from screener.rules.method import Method

Row = dict[str, Any]


def overall_formula(score: float, topics: Sequence[Row], method: Method, w: Wording) -> str:
    """`Overall 34.1 = 100 x (1 - (1 - 0.2861) x (1 - 0.5 x 0.0871))`, from rows of TopicScore, highest first."""
    further = method.overall["further_topics"]
    parts = [f"{t['score'] / 100:.4f}" for t in topics]
    product = " x ".join([f"(1 - {parts[0]})"] + [f"(1 - {further:g} x {part})" for part in parts[1:]])
    return w("explain.overall", score=f"{score:.1f}", product=product)


def topic_formula(score: float, findings: Sequence[Row], w: Wording) -> str:
    """The topic's score from the findings that count, from rows of ScoredFinding."""
    counted = [f for f in findings if f["counted"]]
    product = " x ".join(f"(1 - {f['exposure']:.4f} x {f['confidence']:.4f})" for f in counted)
    return w("explain.topic", score=f"{score:.1f}", product=product)


def explanation(
    f: Row,
    path: Sequence[doc.Step],
    claims: Sequence[Row],
    sources: Mapping[str, doc.Source],
    rule: Rule,
    method: Method,
    w: Wording,
    anchor: str,
) -> doc.Explanation:
    """The factors of a finding, each with what it is made of, and the claims that it rests on.

    Args:
        f: row of ScoredFinding.
        path: its steps.
        claims: its rows of `Scores.claims`.
        sources: by id.
        rule: its rule.
        method: the parameters.
        w: the language.
        anchor: name of its anchor.
    """
    notes = {
        "severity": w("explain.of_rule"),
        "involvement": w.label("explain.involvements", rule.involvement),
        "proximity": _proximity(f, method, w),
        "magnitude": _magnitude(f, w),
        "recency": _recency(f, method, w),
        "exposure": "",
        "confidence": w("explain.confidence_note"),
        "product": "",
    }
    values = f | {"product": f["exposure"] * f["confidence"]}
    return doc.Explanation(
        factors=[doc.Factor(name, w(f"explain.{name}"), round(values[name], 4), note) for name, note in notes.items()],
        claims=_claims(path, claims, sources, method, w),
        remark=w("explain.beyond", anchor=anchor) if any(not step.scored for step in path) else None,
    )


def _claims(
    path: Sequence[doc.Step], rows: Sequence[Row], sources: Mapping[str, doc.Source], method: Method, w: Wording
) -> list[doc.Claim]:
    same: dict[str, list[doc.Step]] = {}
    for step in path:
        if step.scored:
            same.setdefault(_claim(step), []).append(step)
    by_claim = {row["claim"]: row for row in rows}
    made = []
    for number, (claim, steps) in enumerate(same.items(), 1):
        row = by_claim[claim]
        # Of sources with one independent publisher the best counts, named with its own grade and whom it repeats.
        best: dict[str, doc.Source] = {}
        for source in (sources[i] for step in steps for i in step.source_ids):
            other = best.get(source.independent_publisher)
            if other is None or source.grade < other.grade:
                best[source.independent_publisher] = source
        values = {"number": number, "confidence": f"{row['sure']:.4f}", "recency": f"{row['fresh']:.4f}"}
        words = w("explain.claim_recency" if row["fresh"] < 1 else "explain.claim", **values)
        denied = w("explain.disputed", factor=f"{method.confidence['disputed']:g}")
        made.append(
            doc.Claim(
                number=number,
                statement=steps[0].sentence + "".join(f", {step.to_name}" for step in steps[1:]),
                confidence=round(row["sure"], 4),
                recency=round(row["fresh"], 4),
                disputed=row["disputed"],
                words=words + (f" ({denied})" if row["disputed"] else ""),
                publishers=[
                    doc.Publisher(s.publisher, s.grade, method.quality[s.grade], None if s.publisher == p else p)
                    for p, s in sorted(best.items())
                ],
            )
        )
    return made


def _claim(step: doc.Step) -> str:
    """What a step says of whom, in ids, as in edge_source.sql: edges of one claim stand for one another."""
    subject, other = (step.from_id, step.to_id) if step.direction == "forward" else (step.to_id, step.from_id)
    return f"{subject} {step.relation}" + (f" {other}" if step.relation in ("owns", "buys_from") else "")


def _magnitude(f: Row, w: Wording) -> str:
    if not f["magnitude_known"]:
        return w("explain.no_magnitude")
    amount = w.dollars(f["amount_usd"])
    if f["revenue_usd"]:
        return w("explain.amount_revenue", amount=amount, revenue=w.dollars(f["revenue_usd"]))
    return w("explain.amount", amount=amount)


def _recency(f: Row, method: Method, w: Wording) -> str:
    r = method.recency
    if f["status"] == "ended":
        return w("explain.recency_ended", day=w.day(f["until"]), months=f"{r['ended_half_life_months']:g}")
    if f["stale"]:
        return w(
            "explain.recency_stale",
            day=w.day(f["confirmed_on"]),
            grace=f"{r['unconfirmed_grace_months']:g}",
            months=f"{r['unconfirmed_half_life_months']:g}",
            floor=f"{r['unconfirmed_floor']:g}",
        )
    return w("explain.recency_confirmed", day=w.day(f["confirmed_on"]))


def _proximity(f: Row, method: Method, w: Wording) -> str:
    g = method.graph
    if f["relation"] == "group":
        return w("explain.proximity_group", weight=f"{g['group_weight']:g}")
    if f["tier"]:
        values = {"decay": f"{g['tier_decay']:g}", "unknown": f"{g['unknown_input_share']:g}"}
        return w("explain.proximity_tier", tier=f["tier"], **values)
    return w("explain.proximity_own")
