"""Results for machines: the JSON of interface.md, and tables for CSV and Parquet."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Sequence
from typing import Any

import polars as pl

from screener import __version__
from screener.portfolio.screen import Screening
from screener.report.headline import headlines, topic_labels
from screener.report.story import Stories, caption
from screener.rules.method import Method
from screener.score.assess import Assessment

_INDENTED = 4
_INPUT = ("name", "isin", "stock_code", "dart", "lei", "brn", "crn")


def screening_json(screening: Screening) -> dict[str, Any]:
    """The document `screener/screening/1` of interface.md."""
    a = screening.assessment
    lines = screening.lines
    held = lines.filter(pl.col("entity_id").is_not_null())["entity_id"].unique().to_list()
    totals: dict[str, Any] = {
        "score": _round(screening.score),
        "weighed": screening.weighed,
        "weights": {k: _round(v, 6) for k, v in screening.weights.items()},
    }
    totals["by_topic"] = [_rounded(row) for row in screening.by_topic.iter_rows(named=True)]
    totals["by_band"] = [_rounded(row) for row in screening.by_band.iter_rows(named=True)]
    proposed: dict[int, list[dict[str, Any]]] = {}
    for c in screening.candidates.select(
        "row", pl.col("entity_id").alias("company_id"), "name", pl.col("score").round(4), "why"
    ).iter_rows(named=True):
        proposed.setdefault(c.pop("row"), []).append(c)
    document = _head("screener/screening/1", a)
    document["holdings"] = [
        {
            "row": r["row"],
            "input": _input(r),
            "company_id": r["entity_id"],
            "matched_by": r["matched_by"],
            "match_score": _round(r["match_score"], 4),
        }
        | {"weight": _round(r["weight"], 8), "score": _round(r["score"]), "band": r["band"], "note": r["reason"]}
        for r in lines.filter(pl.col("entity_id").is_not_null()).iter_rows(named=True)
    ]
    document["unmatched"] = [
        {
            "row": r["row"],
            "input": _input(r),
            "weight": _round(r["weight"], 8),
            "reason": unmatched_reason(r),
            "detail": r["reason"],
        }
        | {"candidates": proposed.get(r["row"], [])}
        for r in lines.filter(pl.col("entity_id").is_null()).iter_rows(named=True)
    ]
    document["set_aside"] = screening.portfolio.rejects.drop("table").to_dicts()
    document["notes"] = screening.portfolio.notes
    document["portfolio"] = totals
    document["companies"] = companies_json(a, held)
    return document


def listing_json(assessment: Assessment, company_ids: Sequence[str]) -> dict[str, Any]:
    """The document `screener/list/1`: the companies of a `screener list`."""
    return _head("screener/list/1", assessment) | {"companies": companies_json(assessment, company_ids)}


def companies_json(assessment: Assessment, company_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Companies with their topics, findings, evidence and answers, sorted by score, then id."""
    stories = Stories(assessment, company_ids)
    scores = assessment.scores
    chosen = pl.DataFrame({"company_id": list(company_ids)}, schema={"company_id": pl.String})
    told = (
        chosen.join(scores.companies, on="company_id", how="left")
        .with_columns(
            pl.col("score").fill_null(0.0), pl.col("band").fill_null("none"), pl.col("confidence").fill_null(0.0)
        )
        .join(assessment.companies, left_on="company_id", right_on="entity_id", how="left")
        .sort(["score", "company_id"], descending=[True, False])
    )
    weight = pl.col("exposure") * pl.col("confidence")
    findings = scores.findings.filter(pl.col("company_id").is_in(company_ids)).sort(
        ["topic", weight, "finding_id"], descending=[False, True, False]
    )
    by_company = {c: f for (c,), f in findings.group_by("company_id", maintain_order=True)}
    standing = dict(headlines(assessment).select("company_id", "standing").iter_rows())
    topics = {
        c: t
        for (c,), t in scores.topics.filter(pl.col("company_id").is_in(company_ids))
        .join(topic_labels(assessment).select("company_id", "topic", "group"), on=["company_id", "topic"])
        .sort(["score", "topic"], descending=[True, False])
        .group_by("company_id", maintain_order=True)
    }
    responses: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for r in assessment.responses.iter_rows(named=True):
        responses.setdefault((r["entity_id"], r["topic"]), []).append(r)
    return [
        {
            "company_id": row["company_id"],
            "name": row["name"],
            "name_ko": row["name_ko"],
            "stock_code": row["stock_code"],
            "isin": row["isin"],
            "score": _round(row["score"]),
            "band": row["band"],
            "standing": standing.get(row["company_id"]),
            "confidence": _round(row["confidence"], 4),
            "coverage": None if row["company_id"] in topics else "thin",
            "topics": [_topic(t) for t in topics[row["company_id"]].iter_rows(named=True)]
            if row["company_id"] in topics
            else [],
            "findings": [
                _finding(
                    f,
                    stories,
                    [
                        r
                        for c in dict.fromkeys((f["company_id"], f["actor_id"]))
                        for r in responses.get((c, f["topic"]), [])
                    ],
                )
                for f in by_company[row["company_id"]].iter_rows(named=True)
            ]
            if row["company_id"] in by_company
            else [],
        }
        for row in told.iter_rows(named=True)
    ]


def unmatched_reason(line: dict[str, Any]) -> str:
    """One word for why a line has no company: cash, derivative, foreign, ambiguous or not found."""
    if line["kind"] != "security":
        return str(line["kind"])
    return "ambiguous" if line["decision"] == "review" else "not found"


def findings_table(assessment: Assessment, company_ids: Sequence[str] | None = None) -> pl.DataFrame:
    """One row a finding, flat: company, scores, rule, status, factors, path in words and sources; for CSV and Parquet."""
    stories = Stories(assessment, company_ids)
    findings: pl.DataFrame = assessment.scores.findings
    if company_ids is not None:
        findings = findings.filter(pl.col("company_id").is_in(company_ids))
    paths = pl.DataFrame(
        [
            {
                "finding_id": f["finding_id"],
                "path": " | ".join(
                    f"{s.from_name} {s.words} {s.to_name} ({s.dates}; {s.told})"
                    for s in stories.steps(f["company_id"], f["edge_ids"])
                ),
                "source_urls": " ".join(s["url"] for s in stories.cited(f["edge_ids"])),
            }
            for f in findings.iter_rows(named=True)
        ],
        schema={"finding_id": pl.String, "path": pl.String, "source_urls": pl.String},
    )
    topics = assessment.scores.topics.select(
        "company_id", "topic", topic_score="score", topic_band="band", coverage="coverage"
    )
    companies = assessment.companies.select("entity_id", "name", "name_ko", "stock_code", "isin")
    overall = assessment.scores.companies.select("company_id", company_score="score", company_band="band")
    return (
        findings.drop("edge_ids", "weighed", "fact_key", "told_key", "near_id")
        .join(companies, left_on="company_id", right_on="entity_id", how="left")
        .join(overall, on="company_id")
        .join(topics, on=["company_id", "topic"])
        .join(assessment.names.rename({"entity_id": "anchor_id", "name": "anchor_name"}), on="anchor_id", how="left")
        .join(paths, on="finding_id")
        .with_columns(as_of=pl.lit(assessment.clocks.as_of), known_at=pl.lit(assessment.clocks.known_at))
        .with_columns(pl.selectors.float().round(6))
        .sort(["company_score", "company_id", "topic", "finding_id"], descending=[True, False, False, False])
    )


def lines_table(screening: Screening) -> pl.DataFrame:
    """One row a line of the portfolio, matched or not, with score, band, standing, topics, and the reason where there is no match."""
    topics = (
        topic_labels(screening.assessment)
        .filter(pl.col("band") != "none")
        .sort(["score", "topic"], descending=[True, False])
    )
    joined = topics.group_by("company_id", maintain_order=True).agg(
        topics=(
            pl.concat_str(
                pl.col("topic"),
                pl.lit(" "),
                pl.col("band"),
                pl.when("group").then(pl.lit(" (group)")).otherwise(pl.lit("")),
                pl.when("live").then(pl.lit("")).otherwise(pl.lit(" (all ended)")),
            )
        ).str.join("; ")
    )
    standing = headlines(screening.assessment).select("company_id", "standing")
    lines = screening.lines
    for told in (standing, joined):
        lines = lines.join(told, left_on="entity_id", right_on="company_id", how="left", maintain_order="left")
    lines = lines.join(
        screening.assessment.companies.select(
            "entity_id", company_name="name", company_name_ko="name_ko", company_stock_code="stock_code"
        ),
        on="entity_id",
        how="left",
        maintain_order="left",
    )
    unfound = pl.when(pl.col("decision") == "review").then(pl.lit("ambiguous")).otherwise(pl.lit("not found"))
    reason = pl.when(pl.col("kind") != "security").then(pl.col("kind")).when(~pl.col("matched")).then(unfound)
    return (
        lines.with_columns(
            unmatched=reason,
            as_of=pl.lit(screening.assessment.clocks.as_of),
            known_at=pl.lit(screening.assessment.clocks.known_at),
        )
        .rename({"entity_id": "company_id", "reason": "note"})
        .drop("matched")
        .with_columns(pl.selectors.float().round(8))
    )


def sources_table(assessment: Assessment) -> pl.DataFrame:
    """The sources that findings and answers rest on, once each: id, publisher, title, url, dates, grade."""
    return assessment.evidence.drop("edge_id", "voice").unique("source_id").sort("source_id")


def csv_text(frame: pl.DataFrame) -> str:
    """The frame as CSV text. A cell that a spreadsheet would run (a leading = + - @, tab or CR) is defused by an apostrophe (OWASP, CSV Injection)."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    buffer = io.StringIO()
    frame.with_columns(pl.col(texts).str.replace(r"^([=+\-@\t\r])", "'${1}")).write_csv(buffer, line_terminator="\n")
    return buffer.getvalue()


def parquet_bytes(frame: pl.DataFrame) -> bytes:
    """The frame as the bytes of a Parquet file."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def parameters_json(method: Method) -> dict[str, Any]:
    """All parameters of the method, by section."""
    sections = (
        "quality",
        "confidence",
        "involvement",
        "graph",
        "magnitude",
        "recency",
        "overall",
        "bands",
        "coverage",
        "sensitivity",
    )
    return {"version": method.version} | {name: getattr(method, name) for name in sections}


def dump(document: dict[str, Any]) -> str:
    """The document as JSON text: UTF-8, keys in the order of the contract, days as ISO dates.

    Indented down to the single finding, which stands on one line: a difference between two runs then shows finding by finding, and the
    standard library's fast encoder does nearly all the work (it does not indent).
    """
    return _indented(document, "", _INDENTED)


def _indented(value: Any, margin: str, levels: int) -> str:
    if not levels or not _nested(value):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    inner = margin + "  "
    if isinstance(value, dict):
        cells = [
            f"{json.dumps(key, ensure_ascii=False)}: {_indented(item, inner, levels - 1)}"
            for key, item in value.items()
        ]
        return "{\n" + inner + f",\n{inner}".join(cells) + f"\n{margin}}}"
    return "[\n" + inner + f",\n{inner}".join(_indented(item, inner, levels - 1) for item in value) + f"\n{margin}]"


def _nested(value: Any) -> bool:
    """Whether a value holds records: a dictionary with a list of them, or such a list itself."""
    if isinstance(value, list):
        return bool(value) and isinstance(value[0], dict)
    return isinstance(value, dict) and any(_nested(item) for item in value.values())


def _head(schema: str, a: Assessment) -> dict[str, Any]:
    cited = a.evidence.select("source_id", "url", "retrieved_on").unique("source_id").sort("source_id")
    return {
        "schema": schema,
        "as_of": a.clocks.as_of,
        "known_at": a.clocks.known_at,
        "manifest": {
            "version": __version__,
            "method": a.method.version,
            "method_sha256": a.method.sha256,
            "rules": [{"id": rule.id, "sha256": rule.sha256} for rule in a.rules],
            "datasets": a.input_files.rename({"name": "id"}).to_dicts(),
            "sources": [
                {"id": r["source_id"], "url": r["url"], "retrieved_on": r["retrieved_on"]}
                for r in cited.iter_rows(named=True)
            ],
            "rows_set_aside": a.rejected,
        },
    }


def _topic(t: dict[str, Any]) -> dict[str, Any]:
    return {
        "topic": t["topic"],
        "score": _round(t["score"]),
        "band": t["band"],
        "confidence": _round(t["confidence"], 4),
        "coverage": t["coverage"],
        "live": t["live"],  # false: every finding of the topic has ended
        "group": t["group"],  # true: told only as an affiliate of a company that acts
        "rank_interval": [t["rank_low"], t["rank_high"]],
        "attributed_usd": _round(t["attributed_usd"]),
    }


def _finding(f: dict[str, Any], stories: Stories, answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    steps = stories.steps(f["company_id"], f["edge_ids"])
    return {
        "finding_id": f["finding_id"],
        "rule": f["rule_id"],
        "topic": f["topic"],
        "status": f["status"],
        "ended_on": f["until"],
        "last_confirmed_on": f["confirmed_on"],
        "stale": f["stale"],
        "origin_presumed": f["edge_ids"][-1] in stories.presumed if f["edge_ids"] else False,
        "relation": f["relation"],
        "tier": f["tier"],
        "actor_id": f["actor_id"],
        "anchor_id": f["anchor_id"],
        "summary": caption(steps),
        "counted": f["counted"],
        "exposure": _round(f["exposure"], 6),
        "confidence": _round(f["confidence"], 6),
        "factors": {k: _round(f[k], 6) for k in ("severity", "involvement", "proximity", "magnitude", "recency")},
        # What the factors were made of, so that each can be redone by hand.
        "recency_from": f["ended_on"] if f["status"] == "ended" else f["confirmed_on"],
        "magnitude_known": f["magnitude_known"],
        "magnitude_span_usd": stories.spans[f["rule_id"]],
        "amount_usd": f["amount_usd"],
        "share": _round(f["share"], 6),
        "revenue_usd": f["revenue_usd"],
        "path": [
            {
                "from": s.from_id,
                "relation": s.relation,
                "to": s.to_id,
                "from_name": s.from_name,
                "words": s.words,
                "to_name": s.to_name,
                "dates": s.dates,
                "told": s.told,
                "direction": "forward" if s.forward else "backward",
                "share": s.share,
                "amount_usd": s.amount_usd,
                "period": s.period,
                "since": s.since,
                "until": s.until,
                "status": s.status,
                "last_confirmed_on": s.confirmed_on,
                "ended_on": s.ended_on or None,
                "weighs": place < f["weighed"],
                "summary": s.summary,
                "source_ids": list(s.source_ids),
            }
            for place, s in enumerate(steps)
        ],
        "evidence": [
            {"source_id": s["source_id"], "publisher": s["publisher"], "title": s["title"], "url": s["url"]}
            | {"published_on": s["published_written"], "grade": s["grade"], "voice": s["voice"]}
            for s in stories.cited(f["edge_ids"])
        ],
        "responses": [
            {
                "stated_on": r["stated_written"],
                "kind": r["kind"],
                "summary": r["summary"],
                "source_id": r["source_ids"][0],
                "source_ids": r["source_ids"],
            }
            for r in answers
        ],
    }


def _input(line: dict[str, Any]) -> dict[str, Any]:
    return {key: line[key] for key in _INPUT if line[key] is not None}


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {k: _round(v, 6) if isinstance(v, float) else v for k, v in row.items()}


def _round(value: float | None, digits: int = 2) -> float | None:
    return None if value is None else round(value, digits)


def _plain(value: object) -> str:
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not go into JSON")
