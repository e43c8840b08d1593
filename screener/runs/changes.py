"""What changed between two runs, and why: each change has one cause, and the causes of a company's score add up.

The findings of the earlier run are turned into those of the later one step by step, in the order of `causes.CAUSES`.
After each step the scores are worked out again by the formulas of `screener.score`; a step's difference is what its
cause has done. The first step begins at the score that the earlier run shows and the last one ends at that of the later
run, so the differences add up exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import dataframely as dy
import polars as pl

from screener.errors import ScreenerError
from screener.runs.causes import CAUSES, Circumstances, Seen, appeared, differences, gone, seen
from screener.score.findings import rescore

_FACTORS: Final = ("severity", "involvement", "proximity", "magnitude", "recency")


class Change(dy.Schema):
    """One finding changed by one cause, or one company by what concerns no single finding (`finding_id` is null).

    `before` and `after` are the topic score 0-100 without and with this change, `company_before` and `company_after`
    the company's: read from top to bottom each begins where the one above ends. All four are null for
    `portfolio_changed`, which touches no score.
    """

    company_id = dy.String(nullable=False)
    topic = dy.String(nullable=True)
    finding_id = dy.String(nullable=True)
    rule = dy.String(nullable=True)
    anchor_id = dy.String(nullable=True)
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
    rules: rule id -> SHA-256. further_topics: their weight in a company's score; none where the run does not say.
    topics: what it was limited to; all where empty. companies: those looked at; none for all. decimals: of its scores.
    """

    as_of: str
    known_at: str
    version: str
    method_sha256: str
    rules: Mapping[str, str]
    further_topics: float | None
    tables: Mapping[str, pl.DataFrame]
    topics: tuple[str, ...] = ()
    companies: frozenset[str] | None = None
    decimals: int = 6

    def names(self) -> dict[str, tuple[str, str | None]]:
        """Name and Korean name of its companies."""
        rows = self.tables["companies"].select("company_id", "name", "name_ko").iter_rows()
        return {company: (name or company, name_ko) for company, name, name_ko in rows}


@dataclass(frozen=True)
class _Step:
    """One change before its scores are known. `row`: the finding after it, none if gone. `key`: which finding."""

    company_id: str
    topic: str | None
    cause: str
    detail: str
    key: tuple[str, str] | None = None
    row: Mapping[str, Any] | None = None
    of: Mapping[str, Any] | None = None

    @property
    def place(self) -> tuple[object, ...]:
        return self.company_id, self.topic or "", CAUSES.index(self.cause), self.key or ("", "")


def changes(before: Run, after: Run) -> dy.DataFrame[Change]:
    """All changes from one run to another, in order of company, topic, cause and finding.

    Args:
        before: the earlier run.
        after: the later run.

    Raises:
        ScreenerError: the runs are not of the same topics.
    """
    if sorted(before.topics) != sorted(after.topics):
        raise ScreenerError(
            "the runs are of different topics",
            where="--topic",
            found=f"{', '.join(before.topics) or 'all'} | {', '.join(after.topics) or 'all'}",
            do="compare runs of the same topics",
        )
    common = _common(before, after)
    sides = [{k: s for k, s in seen(run.tables).items() if common(s.row["company_id"])} for run in (before, after)]
    steps = sorted([*_findings(before, after, *sides), *_answers(before, after, common)], key=lambda step: step.place)
    steps = _without_repeated_answers(steps)
    rows = [*_scored(before, after, sides[0], sides[1], steps, common), *_holdings(before, after)]
    order = pl.col("cause").replace_strict({c: n for n, c in enumerate(CAUSES)}, return_dtype=pl.Int64)
    frame = pl.DataFrame(rows, schema=Change.create_empty().schema)
    return Change.validate(frame.sort("company_id", "topic", order, "finding_id", maintain_order=True), cast=True)


def _common(before: Run, after: Run) -> Any:
    """Whether both runs looked at a company: what only one did has no change."""
    known = [run.companies for run in (before, after) if run.companies is not None]
    return lambda company: all(company in companies for companies in known)


def _findings(
    before: Run, after: Run, old: Mapping[tuple[str, str], Seen], new: Mapping[tuple[str, str], Seen]
) -> Iterator[_Step]:
    def circumstances(rule: str) -> Circumstances:
        method = (before.method_sha256, before.version) != (after.method_sha256, after.version)
        return Circumstances(before.rules.get(rule) != after.rules.get(rule), method, after.as_of > before.as_of)

    came: dict[tuple[str, str, str], str] = {}
    for key in sorted(new.keys() - old.keys()):
        found = new[key].row
        why = appeared(new[key], old.values(), circumstances(found["rule"]), before.known_at)
        came[(found["company_id"], found["rule"], found["anchor_id"])] = why.cause
        yield _Step(found["company_id"], key[0], why.cause, why.detail, key, found, found)
    for key in sorted(old.keys() - new.keys()):
        lost = old[key].row
        why = gone(old[key], new.values(), circumstances(lost["rule"]))
        # Where the same company, rule and anchor are found by another path instead, one cause explains both.
        cause = came.get((lost["company_id"], lost["rule"], lost["anchor_id"]), why.cause)
        yield _Step(lost["company_id"], key[0], cause, why.detail, key, None, lost)
    for key in sorted(old.keys() & new.keys()):
        was, now = old[key], new[key]
        current = dict(was.row)
        for one in differences(was, now, circumstances(now.row["rule"])):
            current |= {column: now.row[column] for column in one.columns}
            yield _Step(now.row["company_id"], key[0], one.cause, one.detail, key, dict(current), now.row)


def _answers(before: Run, after: Run, common: Any) -> Iterator[_Step]:
    """Answers that only one run has, for the speaker and for every company with a finding on what the speaker did."""
    columns = ("company_id", "topic", "kind", "stated_on")
    said = [set(run.tables["answers"].select(columns).iter_rows()) for run in (before, after)]
    concerned: dict[tuple[str, str], set[str]] = {}
    for run in (before, after):
        for company, actor, topic in run.tables["findings"].select("company_id", "actor_id", "topic").iter_rows():
            concerned.setdefault((actor, topic), set()).add(company)
            concerned.setdefault((company, topic), set()).add(company)
    for sign, cause, answers in (("+", "answer", said[1] - said[0]), ("-", "corrected", said[0] - said[1])):
        for speaker, topic, kind, stated_on in sorted(answers):
            for company in sorted(filter(common, concerned.get((speaker, topic), ()))):
                by = "" if speaker == company else f" {speaker}"
                yield _Step(company, topic, cause, f"{sign} {kind} {stated_on}{by}")


def _without_repeated_answers(steps: list[_Step]) -> list[_Step]:
    """Without the answers of a company and topic whose effect on a finding is told already."""
    told = {(step.company_id, step.topic) for step in steps if step.cause == "answer" and step.key}
    return [s for s in steps if s.key or s.cause != "answer" or (s.company_id, s.topic) not in told]


def _scored(
    before: Run,
    after: Run,
    old: Mapping[tuple[str, str], Seen],
    new: Mapping[tuple[str, str], Seen],
    steps: list[_Step],
    common: Any,
) -> list[dict[str, Any]]:
    """The steps with the scores before and after each, worked out at once: each makes a new state of its company."""
    further = after.further_topics if after.further_topics is not None else before.further_topics
    was, now = _scores(before), _scores(after)
    by_company = {company: list(group) for company, group in groupby(steps, key=lambda step: step.company_id)}
    for company in sorted(filter(common, {c for c, _ in was.keys() | now.keys()})):
        mine = by_company.setdefault(company, [])
        mine += _by_the_method(before, after, company, was, now, {step.topic for step in mine})
        mine.sort(key=lambda step: step.place)
        if not mine:
            del by_company[company]
    start: dict[str, dict[tuple[str, str], Mapping[str, Any]]] = {}
    for key, one in old.items():
        # How facts are told apart follows the facts; only what the score feels of it is a change.
        kept = {c: new[key].row[c] for c in ("near_id", "fact_key")} if key in new else {}
        start.setdefault(one.row["company_id"], {})[key] = {**one.row, **kept}
    states: list[dict[str, Any]] = []
    for company, taken in by_company.items():
        rows = dict(start.get(company, {}))
        states += _state(rows, f"{company} 0")
        for number, step in enumerate(taken, 1):
            if step.key:
                rows.pop(step.key, None)
                if step.row is not None:
                    kept = {c: step.of[c] for c in ("near_id", "fact_key")} if step.of else {}
                    rows[step.key] = {**step.row, **kept}
            states += _state(rows, f"{company} {number}")
    scores = _rescored(states, after, 1.0 if further is None else further)
    return [row for company, taken in by_company.items() for row in _chained(company, taken, scores, was, now, after)]


def _chained(
    company: str,
    taken: list[_Step],
    scores: Mapping[tuple[str, str | None], float],
    was: Mapping[tuple[str, str | None], tuple[float, str]],
    now: Mapping[tuple[str, str | None], tuple[float, str]],
    after: Run,
) -> Iterator[dict[str, Any]]:
    """The rows of a company: what a run shows at both ends, what was worked out between."""

    def chain(topic: str | None, places: list[int]) -> dict[int, tuple[float, float]]:
        ends = [was.get((company, topic), (0.0, ""))[0], now.get((company, topic), (0.0, ""))[0]]
        between = [scores.get((f"{company} {place + 1}", topic), 0.0) for place in places[:-1]]
        points = [ends[0], *(round(score, after.decimals) for score in between), ends[1]]
        return {place: (points[n], points[n + 1]) for n, place in enumerate(places)}

    whole = chain(None, list(range(len(taken))))
    of_topic: dict[int, tuple[float, float]] = {}
    for topic in {step.topic for step in taken if step.topic}:
        of_topic |= chain(topic, [n for n, step in enumerate(taken) if step.topic == topic])
    for number, step in enumerate(taken):
        of = step.of or {}
        yield {
            "company_id": company,
            "topic": step.topic,
            "finding_id": step.key[1] if step.key else None,
            "rule": of.get("rule"),
            "anchor_id": of.get("anchor_id"),
            "before": of_topic[number][0] if number in of_topic else None,
            "after": of_topic[number][1] if number in of_topic else None,
            "company_before": whole[number][0],
            "company_after": whole[number][1],
            "cause": step.cause,
            "detail": step.detail,
        }


def _by_the_method(
    before: Run,
    after: Run,
    company: str,
    was: Mapping[tuple[str, str | None], tuple[float, str]],
    now: Mapping[tuple[str, str | None], tuple[float, str]],
    explained: set[str | None],
) -> Iterator[_Step]:
    """Scores and bands that differ although no finding does: the method weighs or names them otherwise."""
    same_method = (before.method_sha256, before.version) == (after.method_sha256, after.version)
    cause = "corrected" if same_method else "method_changed"
    for topic in sorted({t for c, t in was.keys() | now.keys() if c == company}, key=lambda t: t or ""):
        (score, band), (score_now, band_now) = (one.get((company, topic), (0.0, "none")) for one in (was, now))
        # A company's score follows its topics; that it is put together otherwise is a change of its own.
        if topic in explained or (topic is None and explained and before.further_topics == after.further_topics):
            continue
        if score != score_now:
            yield _Step(company, topic, cause, f"score {score} -> {score_now}")
        elif band != band_now:
            yield _Step(company, topic, cause, f"band {band} -> {band_now}")


def _scores(run: Run) -> dict[tuple[str, str | None], tuple[float, str]]:
    """Score and band by (company, topic) and, with topic None, by company."""
    found: dict[tuple[str, str | None], tuple[float, str]] = {}
    columns = ("company_id", "topic", "score", "band", "company_score", "company_band")
    for company, topic, score, band, whole, whole_band in run.tables["companies"].select(columns).iter_rows():
        found[(company, topic)] = (score, band)
        found[(company, None)] = (whole, whole_band)
    return found


def _state(rows: Mapping[tuple[str, str], Mapping[str, Any]], key: str) -> list[dict[str, Any]]:
    return [{**row, "company_id": key, "finding_id": f"{key} {' '.join(finding)}"} for finding, row in rows.items()]


def _rescored(states: list[dict[str, Any]], run: Run, further: float) -> dict[tuple[str, str | None], float]:
    """Score by (state, topic) and, with topic None, by state."""
    if not states:
        return {}
    frame = pl.DataFrame(states, schema=run.tables["findings"].schema)
    frame = frame.with_columns(exposure=pl.fold(pl.lit(1.0), lambda a, b: a * b, [pl.col(f) for f in _FACTORS]))
    topics, companies = rescore(frame, further)
    found: dict[tuple[str, str | None], float] = {(state, topic): score for state, topic, score in topics.iter_rows()}
    return found | {(state, None): score for state, score in companies.select("company_id", "score").iter_rows()}


def _holdings(before: Run, after: Run) -> list[dict[str, Any]]:
    """Companies whose weight in the portfolio changed, or that only one of two portfolios holds."""
    if "holdings" not in before.tables or "holdings" not in after.tables:
        return []
    weights: list[dict[str, float | None]] = []
    for run in (before, after):
        held = run.tables["holdings"].filter(pl.col("company_id").is_not_null()).group_by("company_id")
        summed = pl.when(pl.col("weight").is_not_null().any()).then(pl.col("weight").sum())
        weights.append(dict(held.agg(summed.round(8)).iter_rows()))
    nothing = dict.fromkeys(Change.column_names())
    return [
        nothing
        | {
            "company_id": company,
            "cause": "portfolio_changed",
            "detail": " -> ".join(_weight(company, held) for held in weights),
        }
        for company in sorted(weights[0].keys() | weights[1].keys())
        if (company in weights[0]) != (company in weights[1]) or weights[0][company] != weights[1][company]
    ]


def _weight(company: str, held: Mapping[str, float | None]) -> str:
    weight = held.get(company, 0.0)
    return "?" if weight is None else f"{weight:.4%}"
