"""A JSON document of `screen` or `list` read as a run, so that `screener diff` compares it with another.

Documents round (scores to one digit, factors to four) and hold less than a quarter's folder; differences are no finer.
"""

import datetime as dt
from pathlib import Path
from typing import Any, Final

import dataframely as dy
import msgspec
import polars as pl

from screener.errors import ScreenerError
from screener.report import document as doc
from screener.report.wording import Wording
from screener.runs.changes import Run
from screener.runs.tables import DECIMALS, TABLES, AnswerRow, CompanyRow, EvidenceRow, FindingRow, StepRow

KINDS: Final = ("screening", "list")


def read_document(path: Path) -> Run:
    """The run that a JSON file describes.

    Raises:
        ScreenerError: it cannot be read, or is no such document.
    """
    try:
        text = path.read_bytes()
        document = msgspec.json.decode(text.removeprefix(b"\xef\xbb\xbf"), type=doc.Document)
    except OSError as error:
        do = "name an existing run"
        raise ScreenerError("cannot be read", where=str(path), found=error.strerror, do=do) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        what = "not a document of `screen` or `list`"
        do = "write one with --format json, or name a folder of `screener quarter`"
        raise ScreenerError(what, where=str(path), found=str(error)[:120], do=do) from None
    known = [f"screener/{kind}/{doc.VERSION}" for kind in KINDS]
    if (name := document.schema_name) not in known:
        do = f"known are {', '.join(known)}"
        raise ScreenerError("a document of another kind", where=str(path), found=name, do=do)
    if document.live_only:
        raise ScreenerError("it leaves out what has ended", where=str(path), do="write it without --live")
    return run_of(document)


def since(document: doc.Document, before: Run, after: Run, rows: pl.DataFrame, w: Wording) -> doc.Document:
    """The document with what changed since an earlier run: `rows` of `changes(before, after)`."""
    names = before.names() | after.names()
    found = [
        doc.filled(
            doc.Change,
            row,
            company=w.name(*names.get(row["company_id"], (row["company_id"], None))),
            topic_id=row["topic"],
            topic=w.label("topics", row["topic"]) if row["topic"] else "",
            rule=row["rule"] or "",
            cause_words=w.label("causes", row["cause"]),
        )
        for row in rows.iter_rows(named=True)
    ]
    as_of, known_at = (dt.date.fromisoformat(day) for day in (before.as_of, before.known_at))
    return msgspec.structs.replace(document, since=doc.Since(as_of, known_at, headline(before, after, rows, w), found))


def headline(before: Run, after: Run, rows: pl.DataFrame, w: Wording) -> str:
    """`From 2026-06-30 to 2026-09-30: 45 changes at 38 companies.`"""
    days = {"before": w.day(before.as_of), "after": w.day(after.as_of)}
    return w("runs.diff_head", **days, changes=rows.height, companies=rows["company_id"].n_unique())


def run_of(document: doc.Document) -> Run:
    """The run that a document describes."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for c in document.companies:
        for t in c.topics:
            best = doc.strongest(c.findings_of(t.topic))
            low, high = t.rank_interval or (0, 0)
            of_company = {name: getattr(c, name) for name in ("company_id", "name", "name_ko", "stock_code")}
            of_company |= {"company_score": c.score, "company_band": c.band, "rank_low": low, "rank_high": high}
            of_company |= {name: getattr(best, name) for name in ("status", "stale", "end_planned")}
            row = _row(CompanyRow, t, **of_company)
            rows["companies"].append(row)
            rows["answers"] += _answers(t)
        for f in c.findings:
            rows["findings"].append(_finding(c, f))
            for number, step in enumerate(f.path, 1):
                place = {"finding_id": f.finding_id, "step": number}
                rows["steps"].append(_row(StepRow, step, **place))
                for source in (source for source in f.evidence if source.source_id in step.source_ids):
                    place["ends"] = source.source_id in step.end_source_ids
                    rows["evidence"].append(_row(EvidenceRow, source, **place))
    tables: dict[str, pl.DataFrame] = {}
    for name, schema in TABLES.items():
        frame = pl.DataFrame(rows[name], schema=schema.create_empty().schema)
        rounded = frame.with_columns(pl.col(pl.Float64).round(DECIMALS))
        tables[name] = schema.validate(rounded.unique(maintain_order=True), cast=True)
    screened = document.kind == "screening"
    if screened:
        held = [(line.company_id, line.weight) for line in document.holdings]
        tables["holdings"] = pl.DataFrame(held, {"company_id": pl.String, "weight": pl.Float64}, orient="row")
    return Run(
        as_of=document.as_of.isoformat(),
        known_at=document.known_at.isoformat(),
        version=document.manifest.version,
        method_sha256=document.manifest.method_sha256,
        rules={rule.id: rule.sha256 for rule in document.manifest.rules},
        further_topics=None,
        tables=tables,
        companies=frozenset(company.company_id for company in document.companies) if screened else None,
        decimals=1,
    )


def _row(schema: type[dy.Schema], item: object, **cells: Any) -> dict[str, Any]:
    """The columns of a table that an item has under the same names, and other cells."""
    return {name: getattr(item, name, None) for name in schema.column_names()} | cells


def _finding(company: doc.Company, finding: doc.Finding) -> dict[str, Any]:
    scored = [step for step in finding.path if step.scored]
    acts = [step for step in scored if step.relation not in doc.STAKES_AND_LISTINGS]
    return _row(
        FindingRow,
        finding,
        **msgspec.structs.asdict(finding.factors),
        company_id=company.company_id,
        until=finding.ended_on,
        since=scored[0].since if scored else None,
        # A document lacks the keys that join facts and anchors: the anchor, and the act in words, replace them.
        dedup_anchor_id=finding.anchor_id,
        fact_key=" ".join(f"{step.from_id} {step.relation} {step.to_id}" for step in acts) or finding.finding_id,
    )


def _answers(topic: doc.Topic) -> list[dict[str, Any]]:
    said = [(a.source_ids, _row(AnswerRow, a, company_id=a.speaker_id)) for a in topic.answers]
    said += [
        (o.source_ids, _row(AnswerRow, o, company_id=o.about_id, stated_on=o.observed_on)) for o in topic.observations
    ]
    return [row | {"topic": topic.topic, "source_id": one} for source_ids, row in said for one in source_ids]
