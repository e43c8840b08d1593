"""What changed between two runs, and why: each change has one cause, and the causes of a company's score add up.

The findings of the earlier run are turned into those of the later one step by step, in the order of `causes.CAUSES`.
After each step the scores are recomputed by the formulas of `screener.score`; a step's difference is the effect of its
cause. The first step begins at the score of the earlier run and the last one ends at that of the later run, so the
differences add up exactly.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, NamedTuple

import dataframely as dy
import polars as pl

from screener.errors import ScreenerError
from screener.runs.causes import CAUSES, Seen, appeared, differences, gone, grounds, seen
from screener.schema.frames import of
from screener.score.findings import EXPOSURE, rescore

_FACTORS: Final = 4  # decimals of a finding's factors in a document
_Key = tuple[str, str]
_Of = tuple[str, str | None]
"""The subject of a score: a company and a topic, or without a topic the company as a whole."""


class Change(dy.Schema):
    """A change of a finding by one cause, or of a company where no single finding is concerned (null `finding_id`).

    `before` and `after` are the topic score 0-100 without and with this change, `company_before` and `company_after`
    the company's: from top to bottom, each begins where the one above ends. All four are null for
    `portfolio_changed`, which touches no score.
    """

    company_id = dy.String(nullable=False)
    topic, finding_id, rule, anchor_id = of(dy.String, 4, nullable=True)
    before, after, company_before, company_after = of(dy.Float64, 4, nullable=True)
    cause, detail = of(dy.String, 2)


@dataclass(frozen=True)
class Run:
    """A run to compare: its tables, its clocks and its inputs.

    tables: of `screener.runs.tables.run_tables`, and `holdings` where there was a portfolio.
    rules: rule id -> SHA-256. further_topics: their weight in a company's score; none if the run does not say.
    topics: those it was limited to; all if empty. companies: those covered; none for all. decimals: of its scores.
    """

    as_of: str
    known_at: str
    version: str
    method_sha256: str
    rules: Mapping[str, str]
    further_topics: float | None
    tables: dict[str, pl.DataFrame]
    topics: tuple[str, ...] = ()
    companies: frozenset[str] | None = None
    decimals: int = 6

    @property
    def method(self) -> tuple[str, str]:
        """Parameters and program, which, with the facts, determine the scores."""
        return self.method_sha256, self.version

    @cached_property
    def findings(self) -> dict[_Key, Seen]:
        """Its findings by (topic, finding_id)."""
        return seen(self.tables)

    @cached_property
    def scores(self) -> dict[_Of, tuple[float, str]]:
        """Score and band of each company on each topic, and as a whole."""
        found: dict[_Of, tuple[float, str]] = {}
        columns = ("company_id", "topic", "score", "band", "company_score", "company_band")
        for company, topic, score, band, whole, whole_band in self.tables["companies"].select(columns).iter_rows():
            found |= {(company, topic): (score, band), (company, None): (whole, whole_band)}
        return found

    def names(self) -> dict[str, tuple[str, str | None]]:
        """Name and Korean name of its companies."""
        rows = self.tables["companies"].select("company_id", "name", "name_ko").iter_rows()
        return {company: (name or company, name_ko) for company, name, name_ko in rows}


class _Step(NamedTuple):
    """One change before its scores are known.

    key: which finding; none if it concerns no single one. found: its row. row: its row after the change, none if it was
    removed.
    """

    company_id: str
    topic: str | None
    cause: str
    detail: str
    key: _Key | None = None
    found: Mapping[str, Any] = {}
    row: Mapping[str, Any] | None = None


def changes(before: Run, after: Run) -> dy.DataFrame[Change]:
    """All changes from one run to another, in order of company, topic, cause and finding.

    Raises:
        ScreenerError: the runs are not of the same topics.
    """
    if sorted(before.topics) != sorted(after.topics):
        what, do = "the runs are of different topics", "compare runs of the same topics"
        found = " | ".join(", ".join(run.topics) or "all" for run in (before, after))
        raise ScreenerError(what, where="--topic", found=found, do=do)
    # Companies that only one run covered have no changes.
    looked_at = [run.companies for run in (before, after) if run.companies is not None]
    mine = pl.col("company_id").is_in(sorted(frozenset.intersection(*looked_at))) if looked_at else pl.lit(True)
    was, now = (
        replace(run, tables=run.tables | {name: run.tables[name].filter(mine) for name in ("companies", "findings")})
        for run in (before, after)
    )
    for key in was.findings.keys() & now.findings.keys():
        old, new = was.findings[key].row, now.findings[key].row
        # Keys of facts follow from the facts; they are a change only where they affect a score. Nor is it one that a
        # document rounds what a folder holds in full.
        same = {"dedup_anchor_id", "fact_key"}
        if was.decimals != now.decimals:
            same |= {column for column in old if _is_rounding(old[column], new[column], _FACTORS)}
        was.findings[key] = was.findings[key]._replace(row={**old, **{column: new[column] for column in same}})
    steps = [*_findings(was, now), *_answers(was, now)]
    # If a finding shows the effect of an answer, a row for the answer would repeat it.
    shown = {(step.company_id, step.topic) for step in steps if step.cause == "answer" and step.key}
    steps = [s for s in steps if s.key or s.cause != "answer" or (s.company_id, s.topic) not in shown]
    steps += _by_the_method(was, now, steps)
    steps.sort(key=lambda s: (s.company_id, s.topic or "", CAUSES.index(s.cause), s.key or ("", "")))
    rows = [*_scored(was, now, steps), *_holdings(before, after)]
    order = pl.col("cause").replace_strict({c: n for n, c in enumerate(CAUSES)}, return_dtype=pl.Int64)
    frame = pl.DataFrame(rows, schema=Change.create_empty().schema)
    return Change.validate(frame.sort("company_id", "topic", order, "finding_id", maintain_order=True), cast=True)


def _findings(was: Run, now: Run) -> Iterator[_Step]:
    """The findings added, removed or changed, each with its causes."""
    old, new = was.findings, now.findings
    before, after = grounds(old.values()), grounds(new.values())

    def changed(rule: str) -> str | None:
        """What else differs between the runs, for findings of a rule."""
        if was.rules.get(rule) != now.rules.get(rule):
            return "rule_changed"
        return "method_changed" if was.method != now.method else None

    came: dict[tuple[str, str, str], str] = {}
    for key in sorted(new.keys() - old.keys()):
        found = new[key].row
        cause, detail = appeared(new[key], before, changed(found["rule"]), was.known_at)
        came[(found["company_id"], found["rule"], found["anchor_id"])] = cause
        yield _Step(found["company_id"], key[0], cause, detail, key, found, found)
    for key in sorted(old.keys() - new.keys()):
        lost = old[key].row
        cause, detail = gone(old[key], after, changed(lost["rule"]))
        # If the same company, rule and anchor are now found by another path, one cause explains both.
        cause = came.get((lost["company_id"], lost["rule"], lost["anchor_id"]), cause)
        yield _Step(lost["company_id"], key[0], cause, detail, key, lost)
    for key in sorted(old.keys() & new.keys()):
        found = new[key].row
        current = dict(old[key].row)
        later = now.as_of > was.as_of
        for cause, columns, detail in differences(old[key], new[key], changed(found["rule"]), time_passed=later):
            current |= {column: found[column] for column in columns}
            yield _Step(found["company_id"], key[0], cause, detail, key, found, dict(current))


def _answers(was: Run, now: Run) -> Iterator[_Step]:
    """Answers that only one run has, for the speaker and each company with a finding on an act of the speaker."""
    columns = ("company_id", "topic", "kind", "stated_on")
    said = [set(side.tables["answers"].select(columns).iter_rows()) for side in (was, now)]
    concerned: dict[tuple[str, str], set[str]] = {}
    for side in (was, now):
        for company, actor, topic in side.tables["findings"].select("company_id", "actor_id", "topic").iter_rows():
            concerned.setdefault((actor, topic), set()).add(company)
            concerned.setdefault((company, topic), set()).add(company)
    for sign, cause, answers in (("+", "answer", said[1] - said[0]), ("-", "corrected", said[0] - said[1])):
        for speaker, topic, kind, stated_on in sorted(answers):
            for company in sorted(concerned.get((speaker, topic), ())):
                by = "" if speaker == company else f" {speaker}"
                yield _Step(company, topic, cause, f"{sign} {kind} {stated_on}{by}")


def _by_the_method(was: Run, now: Run, steps: Sequence[_Step]) -> Iterator[_Step]:
    """Scores and bands that differ although no finding does: the method weighs or names them differently."""
    cause = "corrected" if was.method == now.method else "method_changed"
    # A document does not say how topics are summed up, and rounds scores.
    same_sum = None in (was.further_topics, now.further_topics) or was.further_topics == now.further_topics
    decimals = min(was.decimals, now.decimals)
    explained = {(step.company_id, step.topic) for step in steps}
    companies = {step.company_id for step in steps}
    for company, topic in sorted(was.scores.keys() | now.scores.keys(), key=lambda of: (of[0], of[1] or "")):
        # A company's score follows its topics; a different sum of them is a change of its own.
        if (company, topic) in explained or (topic is None and company in companies and same_sum):
            continue
        (score, band), (score_now, band_now) = (side.scores.get((company, topic), (0.0, "none")) for side in (was, now))
        if score != score_now and not (was.decimals != now.decimals and _is_rounding(score, score_now, decimals)):
            yield _Step(company, topic, cause, f"score {score} -> {score_now}")
        elif band != band_now:
            yield _Step(company, topic, cause, f"band {band} -> {band_now}")


def _is_rounding(was: object, now: object, decimals: int) -> bool:
    """Whether one number may be the other rounded to these decimals."""
    return isinstance(was, float) and isinstance(now, float) and abs(was - now) <= 0.5 * 10**-decimals + 1e-6


def _scored(was: Run, now: Run, steps: Sequence[_Step]) -> Iterator[dict[str, Any]]:
    """The steps with the scores before and after each: those of the runs at both ends, recomputed ones between."""
    found: dict[str, dict[_Key, Mapping[str, Any]]] = {}
    for key, one in was.findings.items():
        found.setdefault(one.row["company_id"], {})[key] = one.row
    # Each step makes a new state of its company: all are scored at once, each as a company of its own.
    states: list[dict[str, Any]] = []
    for number, step in enumerate(steps):
        rows = found.setdefault(step.company_id, {})
        if step.key:
            rows.pop(step.key, None)
            if step.row is not None:
                rows[step.key] = step.row
        states += [{**r, "company_id": str(number), "finding_id": f"{number} {' '.join(k)}"} for k, r in rows.items()]
    frame = pl.DataFrame(states, schema=was.tables["findings"].schema)
    frame = frame.with_columns(exposure=EXPOSURE)
    weights = [run.further_topics for run in (now, was) if run.further_topics is not None]
    topics, companies = rescore(frame, weights[0] if weights else 1.0)
    scores = {(state, topic): score for state, topic, score in topics.iter_rows()}
    scores |= {(state, None): score for state, score in companies.select("company_id", "score").iter_rows()}
    last = {(step.company_id, topic): number for number, step in enumerate(steps) for topic in (step.topic, None)}
    reached: dict[_Of, float] = {}
    for number, step in enumerate(steps):
        row = {
            "company_id": step.company_id,
            "topic": step.topic,
            "finding_id": step.key[1] if step.key else None,
            "rule": step.found.get("rule"),
            "anchor_id": step.found.get("anchor_id"),
            "cause": step.cause,
            "detail": step.detail,
        }
        for topic in {step.topic, None}:
            of, prefix = (step.company_id, topic), "" if topic else "company_"
            first, end = (run.scores.get(of, (0.0, ""))[0] for run in (was, now))
            row[f"{prefix}before"] = reached.get(of, first)
            between = round(scores.get((str(number), topic), 0.0), now.decimals)
            row[f"{prefix}after"] = reached[of] = end if number == last[of] else between
        yield row


def _holdings(before: Run, after: Run) -> Iterator[dict[str, Any]]:
    """Companies whose weight in the portfolio changed, or that only one of two portfolios holds."""
    if "holdings" not in before.tables or "holdings" not in after.tables:
        return
    summed = pl.when(pl.col("weight").is_not_null().any()).then(pl.col("weight").sum())
    held = [run.tables["holdings"].drop_nulls("company_id").group_by("company_id") for run in (before, after)]
    was, now = (dict(lines.agg(summed.round(8)).iter_rows()) for lines in held)
    for company in sorted(was.keys() | now.keys()):
        if (company in was) != (company in now) or was[company] != now[company]:
            weights = [side.get(company, 0.0) for side in (was, now)]
            shown = ["?" if weight is None else f"{weight:.4%}" for weight in weights]
            yield {"company_id": company, "cause": "portfolio_changed", "detail": " -> ".join(shown)}
