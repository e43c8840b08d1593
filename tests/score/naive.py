"""The score redone by hand: the method of rules/method.toml written down again, one finding at a time, from what `explain --format json` prints.

Nothing of the program's own scoring is used here; the two must agree because both follow the method.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections import defaultdict
from typing import Any

MONTH = 365.2425 / 12
ORDER = ("severe", "high", "elevated", "low")


def exposure(finding: dict[str, Any]) -> float:
    """severity x involvement x proximity x magnitude x recency."""
    return math.prod(finding["factors"].values())


def claims(finding: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The steps that carry the finding, those together that say the same: a stake or a delivery by its two ends, else by who does it."""
    same: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for step in finding["path"]:
        if step["scored"]:
            # A step is described from where the reader stands; the claim is of the end that the fact is about.
            ends = (step["from"], step["to"]) if step["direction"] == "forward" else (step["to"], step["from"])
            same[step["relation"], *(ends if step["relation"] in ("owns", "buys_from") else ends[:1])].append(step)
    return list(same.values())


def confidence(finding: dict[str, Any], parameters: dict[str, Any], publishers: dict[str, str]) -> float:
    """The product over the claims of the path of 1 - product over independent publishers of (1 - best quality); times a factor if all say it disputed."""
    grades = {source["source_id"]: source["grade"] for source in finding["evidence"]}
    value = 1.0
    for same in claims(finding):
        best: dict[str, float] = {}
        stating = (source for step in same for source in step["source_ids"] if source not in step["end_source_ids"])
        for source in stating:
            quality = parameters["quality"][grades[source]]
            best[publishers[source]] = max(best.get(publishers[source], 0.0), quality)
        value *= 1 - math.prod(1 - q for q in best.values())
        if all(step["status"] == "disputed" for step in same):
            value *= parameters["confidence"]["disputed"]
    return value


def magnitude(
    finding: dict[str, Any],
    parameters: dict[str, Any],
    floor: float | None,
    ceiling: float | None,
    revenue: float | None,
) -> float:
    """Neutral where no amount is known; else the larger of dollars and part of revenue, both on a log scale."""
    m = parameters["magnitude"]
    if not finding["magnitude_known"]:
        return float(m["neutral"])
    sizes = [_log_scale(finding["amount_usd"], floor or m["floor_usd"], ceiling or m["ceiling_usd"], m["least"])]
    if revenue:
        own = finding["amount_usd"] * (1.0 if finding["share"] is None else finding["share"])
        sizes.append(_log_scale(own / revenue, m["floor_revenue"], m["ceiling_revenue"], m["least"]))
    return max(sizes)


def recency(finding: dict[str, Any], parameters: dict[str, Any], as_of: dt.date) -> float:
    """The product over the claims: halves after a documented end; halves, to a floor, after a time without confirmation of an act."""
    r = parameters["recency"]
    acted = any(step["relation"] not in ("owns", "listed_on") for same in claims(finding) for step in same)
    value = 1.0
    for same in claims(finding):
        relation = same[0]["relation"]
        if all(step["ended_on"] for step in same):
            ended = max(step["ended_on"] for step in same)
            value *= 0.5 ** (_months(dt.date.fromisoformat(ended), as_of) / r["ended_half_life_months"])
        elif relation != "listed_on" and not (relation == "owns" and acted):
            seen = max(last_day(step["last_confirmed_on"]) for step in same)
            unseen = max(0.0, _months(seen, as_of) - r["unconfirmed_grace_months"])
            value *= max(r["unconfirmed_floor"], 0.5 ** (unseen / r["unconfirmed_half_life_months"]))
    return value


def last_day(written: str) -> dt.date:
    """The last day of a day, month or year."""
    if len(written) == 7:
        return dt.date.fromisoformat(f"{written}-{calendar.monthrange(int(written[:4]), int(written[5:]))[1]}")
    return dt.date.fromisoformat(f"{written}-12-31"[:10])


def topic_score(findings: list[dict[str, Any]]) -> float:
    """100 x (1 - product over the counted findings of (1 - exposure x confidence))."""
    return 100 * (1 - math.prod(1 - exposure(f) * f["confidence"] for f in findings if f["included_in_topic_score"]))


def overall(topic_scores: list[float], parameters: dict[str, Any]) -> float:
    """The strongest topic in full, each further one with its weight."""
    first, *further = sorted((score / 100 for score in topic_scores), reverse=True)
    weight = parameters["overall"]["further_topics"]
    return 100 * (1 - (1 - first) * math.prod(1 - weight * part for part in further))


def band(score: float, parameters: dict[str, Any]) -> str:
    """The highest band whose lower end the score reaches."""
    return next((name for name in ORDER if score >= parameters["bands"][name]), "none")


def _log_scale(value: float, floor: float, ceiling: float, least: float) -> float:
    part = math.log(value / floor) / math.log(ceiling / floor)
    return float(least + (1 - least) * min(1.0, max(0.0, part)))


def _months(day: dt.date, as_of: dt.date) -> float:
    return max(0.0, (as_of - day).days / MONTH)
