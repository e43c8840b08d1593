"""Outside verdicts against what was known before them: would this program have flagged the company the day before, and how long before.

A verdict is never an input of a score, and the assessment that it is compared with knows only sources published before it: both clocks stand on the day
before the decision, so that nothing said by it, or about it, can leak back. Beside each company that got a verdict stand controls of the same sector and
of about the same size that got none; a program that flags everybody would flag them as often.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import dataframely as dy
import polars as pl

from screener.score.assess import Assessment

CONTROLS: Final = 5
"""Companies of the same sector, nearest in market value, that stand beside each company with a verdict."""

Assess = Callable[[dt.date], Assessment]
"""The assessment with both clocks on a day."""


class Replay(dy.Schema):
    """One verdict replayed. `band`, `score` and `findings` are of the verdict's topic on `known_at`, the day before the decision.

    `lead_days`: days from the first publication of evidence that the finding used to the decision; null where nothing was found.
    `miss`: why it was not flagged, null where it was. `expected`: whether the verdict's subject is one of the topics at all.
    """

    company_id = dy.String(nullable=False)
    name = dy.String(nullable=False)
    institution = dy.String(nullable=False)
    decision = dy.String(nullable=False)
    decided_on = dy.Date(nullable=False)
    known_at = dy.Date(nullable=False)
    topic = dy.String(nullable=True)
    subject = dy.String(nullable=True)
    expected = dy.Bool(nullable=False)
    flagged = dy.Bool(nullable=False)
    band = dy.String(nullable=False)
    score = dy.Float64(nullable=False)
    findings = dy.Int64(nullable=False)
    sources = dy.Int64(nullable=False)
    lead_days = dy.Int64(nullable=True)
    controls = dy.Int64(nullable=False)
    controls_flagged = dy.Int64(nullable=False)
    miss = dy.String(nullable=True)


@dataclass(frozen=True)
class Backtest:
    """All replays, and the rates over those whose subject is a topic: flagged, controls flagged, and the lift of one over the other."""

    replays: dy.DataFrame[Replay]
    flagged_rate: float | None
    control_rate: float | None
    lift: float | None


def backtest(
    verdicts: pl.DataFrame, companies: pl.DataFrame, assess: Assess, seen: Callable[[], None] = lambda: None
) -> Backtest:
    """Replays each verdict on a Korean company.

    Args:
        verdicts: entity_id, institution, decision, decided_on (a day), topic, subject.
        companies: entity_id, name, sector, value_krw of all Korean companies, from which controls are drawn.
        assess: see `Assess`; called once a day that is needed.
        seen: called after each day, for a progress bar.
    """
    judged = verdicts.join(companies.select("entity_id", "name"), on="entity_id", how="inner").sort(
        "decided_on", "entity_id", "institution", "decision"
    )
    rows: list[dict[str, object]] = []
    for (decided,), group in judged.group_by("decided_on", maintain_order=True):
        assert isinstance(decided, dt.date)
        eve = decided - dt.timedelta(days=1)
        # What is none of the topics cannot have been flagged; it is told, and no day is worked out for it.
        assessment = assess(eve) if group["topic"].is_not_null().any() else None
        rows += [_replay(verdict, eve, assessment, companies, judged) for verdict in group.iter_rows(named=True)]
        seen()
    replays = Replay.validate(pl.DataFrame(rows, schema=Replay.create_empty().schema), cast=True)
    counted = replays.filter("expected")
    flagged = _rate(int(counted["flagged"].sum()), counted.height)
    control = _rate(int(counted["controls_flagged"].sum()), int(counted["controls"].sum()))
    lift = flagged / control if flagged is not None and control else None
    return Backtest(replays, flagged, control, lift)


def _replay(
    verdict: dict[str, object],
    eve: dt.date,
    assessment: Assessment | None,
    companies: pl.DataFrame,
    judged: pl.DataFrame,
) -> dict[str, object]:
    company, topic = str(verdict["entity_id"]), verdict["topic"]
    known = {k: verdict[k] for k in ("name", "institution", "decision", "decided_on", "topic", "subject")}
    known |= {"company_id": company, "known_at": eve, "expected": topic is not None}
    if topic is None or assessment is None:
        nothing = dict.fromkeys(("findings", "sources", "controls", "controls_flagged"), 0)
        miss = "its subject is none of the topics"
        return known | nothing | {"flagged": False, "band": "none", "score": 0.0, "lead_days": None, "miss": miss}
    found = assessment.scores.topics.filter((pl.col("company_id") == company) & (pl.col("topic") == topic))
    findings = assessment.scores.findings.filter((pl.col("company_id") == company) & (pl.col("topic") == topic))
    evidence = assessment.evidence.join(
        findings.select(edge_id=pl.col("edge_ids").explode()).unique(), on="edge_id", how="semi"
    )
    flagged = bool(found.height) and found["band"][0] != "none"
    controls = _controls(company, companies, judged["entity_id"])
    beside = assessment.scores.topics.filter(
        pl.col("company_id").is_in(controls) & (pl.col("topic") == topic) & (pl.col("band") != "none")
    )
    first = evidence["published_on"].min()
    return {
        **known,
        "flagged": flagged,
        "band": found["band"][0] if found.height else "none",
        "score": round(float(found["score"][0]), 2) if found.height else 0.0,
        "findings": findings.height,
        "sources": evidence["source_id"].n_unique(),
        "lead_days": (verdict["decided_on"] - first).days if flagged and isinstance(first, dt.date) else None,  # type: ignore[operator]
        "controls": len(controls),
        "controls_flagged": beside.height,
        "miss": None if flagged else _miss(findings, assessment, company),
    }


def _controls(company: str, companies: pl.DataFrame, judged: pl.Series) -> list[str]:
    """The companies of the same sector nearest in market value that never got a verdict, nearest first."""
    own = companies.filter(pl.col("entity_id") == company)
    if not own.height or own["value_krw"][0] is None or own["sector"][0] is None:
        return []
    return (
        companies.filter(
            (pl.col("sector") == own["sector"][0])
            & pl.col("value_krw").is_not_null()
            & ~pl.col("entity_id").is_in(judged.unique().implode())
        )
        .with_columns(apart=(pl.col("value_krw").log() - pl.lit(own["value_krw"][0]).log()).abs())
        .sort("apart", "entity_id")
        .head(CONTROLS)["entity_id"]
        .to_list()
    )


def _miss(findings: pl.DataFrame, assessment: Assessment, company: str) -> str:
    if findings.height:
        return "found, with a weight below the lowest band"
    edges = assessment.edges.filter((pl.col("from_id") == company) | (pl.col("to_id") == company))
    if edges.filter(pl.col("relation") != "owns").height:
        return "facts on the company were known, and no rule of the topic fits them"
    return "no fact on the company had been published, or is in the base, by that day"


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None
