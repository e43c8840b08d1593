"""A score broken down: the formula of a company and of a topic, the factors and claims of a finding."""

from collections.abc import Sequence
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
    counted = [f for f in findings if f["included_in_topic_score"]]
    product = " x ".join(f"(1 - {f['exposure']:.4f} x {f['confidence']:.4f})" for f in counted)
    return w("explain.topic", score=f"{score:.1f}", product=product)


def explanation(
    f: Row, finding: doc.Finding, claims: Sequence[Row], rule: Rule, method: Method, w: Wording
) -> doc.Explanation:
    """The factors of a finding, each with its components, and the claims that it rests on.

    `f` is its row of ScoredFinding, `claims` are its rows of `Scores.claims`.
    """
    notes = {
        "severity": w("explain.of_rule"),
        "involvement": w.label("explain.involvements", rule.involvement),
        "proximity": _proximity(f, method, w),
        "magnitude": _magnitude(f, w),
        "recency": _recency(f, finding, method, w),
        "exposure": "",
        "confidence": w("explain.confidence_note"),
        "product": "",
    }
    values = f | {"product": f["exposure"] * f["confidence"]}
    beyond = any(not step.scored for step in finding.path)
    return doc.Explanation(
        factors=[doc.Factor(name, w(f"explain.{name}"), round(values[name], 4), note) for name, note in notes.items()],
        claims=_claims(finding, claims, method, w),
        remark=w("explain.beyond", anchor=finding.anchor) if beyond else None,
    )


def _claims(finding: doc.Finding, rows: Sequence[Row], method: Method, w: Wording) -> list[doc.Claim]:
    """The claims in the order of the path, each with its steps."""
    same: dict[str, list[doc.Step]] = {}
    for step in finding.path:
        if step.scored:
            same.setdefault(_claim(step), []).append(step)
    sources, by_claim = {s.source_id: s for s in finding.evidence}, {row["claim"]: row for row in rows}
    denied = w("explain.disputed", factor=f"{method.confidence['disputed']:g}")
    made = []
    for number, (claim, steps) in enumerate(same.items(), 1):
        row = by_claim[claim]
        # Per independent publisher the best source counts, named with its own grade and whom it repeats.
        best: dict[str, doc.Source] = {}
        for source in sorted((sources[i] for step in steps for i in step.stating), key=lambda s: s.grade):
            best.setdefault(source.independent_publisher, source)
        values = {"number": number, "confidence": f"{row['confidence']:.4f}", "recency": f"{row['recency']:.4f}"}
        words = w("explain.claim_recency" if row["recency"] < 1 else "explain.claim", **values)
        made.append(
            doc.Claim(
                number=number,
                statement=steps[0].sentence + "".join(f", {step.to_name}" for step in steps[1:]),
                confidence=round(row["confidence"], 4),
                recency=round(row["recency"], 4),
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
    """The claim of a step, in ids, as in rules/finding.sql: edges of one claim count once."""
    subject, other = (step.from_id, step.to_id) if step.direction == "forward" else (step.to_id, step.from_id)
    return f"{subject} {step.relation}" + (f" {other}" if step.relation in ("owns", "buys_from") else "")


def _magnitude(f: Row, w: Wording) -> str:
    if not f["magnitude_known"]:
        return w("explain.no_magnitude")
    revenue = w.dollars(f["revenue_usd"]) if f["revenue_usd"] else ""
    key = "explain.amount_revenue" if revenue else "explain.amount"
    return w(key, amount=w.dollars(f["amount_usd"]), revenue=revenue)


def _recency(f: Row, finding: doc.Finding, method: Method, w: Wording) -> str:
    values = {name: f"{value:g}" for name, value in method.recency.items()}
    if f["status"] == "ended":
        ended = w.status(f | {"disputed": False}, own_word=finding.end_own_word, only=doc.only(finding.path))
        return w("explain.recency_ended", ended=ended, **values)
    key = "explain.recency_stale" if f["stale"] else "explain.recency_confirmed"
    return w(key, day=w.day(f["confirmed_written"]), **values)


def _proximity(f: Row, method: Method, w: Wording) -> str:
    g = {name: f"{value:g}" for name, value in method.graph.items()}
    if f["relation"] == "group":
        return w("explain.proximity_group", **g)
    key = "explain.proximity_tier" if f["tier"] else "explain.proximity_own"
    return w(key, tier=f["tier"], **g)
