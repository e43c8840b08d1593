"""A JSON document of `screen` or `list` read as a run, so that `screener diff` compares it with another.

Documents round (scores to one digit, factors to four) and hold less than a quarter's folder; differences are no finer.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl

from screener.errors import ScreenerError
from screener.report import document as doc
from screener.report.wording import Wording
from screener.runs.changes import Run
from screener.runs.tables import AnswerRow, CompanyRow, EvidenceRow, FindingRow, StepRow

KINDS: Final = ("screening", "list")


def read_document(path: Path) -> Run:
    """The run that a JSON file tells of.

    Raises:
        ScreenerError: it cannot be read, or is no such document.
    """
    try:
        text = path.read_bytes()
        document = msgspec.json.decode(text.removeprefix(b"\xef\xbb\xbf"), type=doc.Document)
    except OSError as error:
        raise ScreenerError(
            "cannot be read", where=str(path), found=error.strerror, do="name a run that is there"
        ) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ScreenerError(
            "no document of `screen` or `list`",
            where=str(path),
            found=str(error)[:120],
            do="write one with --format json, or name a folder of `screener quarter`",
        ) from None
    known = [f"screener/{kind}/{doc.VERSION}" for kind in KINDS]
    if document.schema_name not in known:
        raise ScreenerError(
            "a document of another kind",
            where=str(path),
            found=document.schema_name,
            do=f"known are {', '.join(known)}",
        )
    if document.live_only:
        raise ScreenerError("it leaves out what has ended", where=str(path), do="write it without --live")
    return run_of(document)


def since(document: doc.Document, before: Run, after: Run, rows: pl.DataFrame, w: Wording) -> doc.Document:
    """The document with what changed since an earlier run: `rows` of `changes(before, after)`."""
    names = before.names() | after.names()
    found = [
        doc.Change(
            company_id=row["company_id"],
            company=w.name(*names.get(row["company_id"], (row["company_id"], None))),
            topic_id=row["topic"],
            topic=w.label("topics", row["topic"]) if row["topic"] else "",
            finding_id=row["finding_id"],
            rule=row["rule"] or "",
            anchor_id=row["anchor_id"],
            cause=row["cause"],
            cause_words=w.label("causes", row["cause"]),
            before=row["before"],
            after=row["after"],
            detail=row["detail"],
        )
        for row in rows.iter_rows(named=True)
    ]
    as_of, known_at = (dt.date.fromisoformat(day) for day in (before.as_of, before.known_at))
    words = headline(before, after, rows, w)
    return msgspec.structs.replace(document, since=doc.Since(as_of, known_at, words, found))


def headline(before: Run, after: Run, rows: pl.DataFrame, w: Wording) -> str:
    """`From 2026-06-30 to 2026-09-30: 45 changes at 38 companies.`"""
    return w(
        "runs.diff_head",
        before=w.day(before.as_of),
        after=w.day(after.as_of),
        changes=rows.height,
        companies=rows["company_id"].n_unique(),
    )


def run_of(document: doc.Document) -> Run:
    """The run that a document tells of."""
    tables = {
        "companies": _frame(CompanyRow, [r for c in document.companies for r in _company(c)]),
        "findings": _frame(FindingRow, [_finding(c, f) for c in document.companies for f in c.findings]),
        "steps": _frame(StepRow, [row for c in document.companies for f in c.findings for row in _steps(f)]),
        "evidence": _frame(EvidenceRow, [row for c in document.companies for f in c.findings for row in _evidence(f)]),
        "answers": _frame(AnswerRow, [r for c in document.companies for t in c.topics for r in _answers(t)]).unique(),
    }
    if document.kind == "screening":
        tables["holdings"] = pl.DataFrame(
            [(line.company_id, line.weight) for line in document.holdings],
            schema={"company_id": pl.String, "weight": pl.Float64},
            orient="row",
        )
    return Run(
        as_of=document.as_of.isoformat(),
        known_at=document.known_at.isoformat(),
        version=document.manifest.version,
        method_sha256=document.manifest.method_sha256,
        rules={rule.id: rule.sha256 for rule in document.manifest.rules},
        further_topics=None,
        tables=tables,
        companies=frozenset(c.company_id for c in document.companies) if document.kind == "screening" else None,
        decimals=1,
    )


def _frame(schema: Any, rows: list[dict[str, Any]]) -> pl.DataFrame:
    frame: pl.DataFrame = schema.validate(pl.DataFrame(rows, schema=schema.create_empty().schema), cast=True)
    return frame


def _company(company: doc.Company) -> list[dict[str, Any]]:
    return [
        {
            **dict.fromkeys(CompanyRow.column_names()),
            **{name: getattr(company, name) for name in ("company_id", "name", "name_ko", "stock_code")},
            **{
                name: getattr(t, name)
                for name in ("topic", "score", "band", "confidence", "coverage", "attributed_usd")
            },
            "status": next((f.status for f in company.findings if f.topic == t.topic), "active"),
            "rank_low": t.rank_interval[0],
            "rank_high": t.rank_interval[1],
            "company_score": company.score,
            "company_band": company.band,
        }
        for t in company.topics
    ]


def _finding(company: doc.Company, finding: doc.Finding) -> dict[str, Any]:
    same = (
        *("finding_id", "rule", "topic", "status", "last_confirmed_on", "exposure", "confidence", "anchor_id"),
        *("actor_id", "relation", "tier", "share", "amount_usd"),
    )
    acts = [step for step in finding.path if step.scored and step.relation not in ("owns", "listed_on")]
    return {
        **dict.fromkeys(FindingRow.column_names()),
        **{name: getattr(finding, name) for name in same},
        **{name: getattr(finding.factors, name) for name in doc.Factors.__struct_fields__},
        "company_id": company.company_id,
        "until": finding.ended_on,
        "since": acts[0].since if acts else None,
        "counted": finding.included_in_topic_score,
        # A document lacks what joins facts and anchors for counting: the anchor, and the act in words, stand for them.
        "near_id": finding.anchor_id,
        "fact_key": " ".join(f"{step.from_id} {step.relation} {step.to_id}" for step in acts) or finding.finding_id,
    }


def _steps(finding: doc.Finding) -> list[dict[str, Any]]:
    same = (
        "scored",
        "relation",
        "from_id",
        "to_id",
        "share",
        "amount_usd",
        "since",
        "until",
        "status",
        "last_confirmed_on",
    )
    return [
        {"finding_id": finding.finding_id, "step": number, **{name: getattr(step, name) for name in same}}
        for number, step in enumerate(finding.path, 1)
    ]


def _evidence(finding: doc.Finding) -> list[dict[str, Any]]:
    sources = {source.source_id: source for source in finding.evidence}
    same = ("source_id", "publisher", "independent_publisher", "title", "url", "published_on", "grade")
    return [
        {"finding_id": finding.finding_id, "step": number, **{name: getattr(sources[source_id], name) for name in same}}
        for number, step in enumerate(finding.path, 1)
        for source_id in step.source_ids
    ]


def _answers(topic: doc.Topic) -> list[dict[str, Any]]:
    said = [(a.speaker_id, a.kind, a.stated_on, a.summary, a.source_ids) for a in topic.answers]
    said += [(o.about_id, o.kind, o.observed_on, o.summary, o.source_ids) for o in topic.observations]
    names = ("company_id", "kind", "stated_on", "summary", "source_id")
    return [
        {**dict(zip(names, (*rest, source_id), strict=True)), "topic": topic.topic, "summary_ko": None}
        for *rest, source_ids in said
        for source_id in source_ids
    ]
