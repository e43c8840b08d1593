"""Tables of a document for CSV and Parquet, and the plain writers of JSON, CSV and Parquet."""

from __future__ import annotations

import io
from typing import Any, Final

import msgspec
import polars as pl
from msgspec.structs import asdict

from screener.report import document as doc

_LINE: Final = {
    **{"row": pl.Int64, "sheet": pl.String, "line": pl.Int64, **dict.fromkeys(doc.INPUT, pl.String)},
    **{"kind": pl.String, "value": pl.Float64, "currency": pl.String, "weight": pl.Float64},
    **dict.fromkeys(("company_id", "company_name", "company_name_ko", "company_stock_code", "matched_by"), pl.String),
    **{"match_score": pl.Float64, "security": pl.String, "score": pl.Float64, "band": pl.String},
    **dict.fromkeys(("headline_status", "topics", "unmatched", "note"), pl.String),
    **{"as_of": pl.Date, "known_at": pl.Date},
}
_FINDING: Final = {
    **dict.fromkeys(("company_id", "name", "name_ko", "stock_code", "isin"), pl.String),
    **{"company_score": pl.Float64, "company_band": pl.String, "topic": pl.String, "topic_score": pl.Float64},
    **dict.fromkeys(("topic_band", "coverage", "finding_id", "rule", "title", "status", "ended_on"), pl.String),
    **{
        "end_planned": pl.Boolean,
        "end_own_word": pl.Boolean,
        "last_confirmed_on": pl.String,
        "stale": pl.Boolean,
        "origin_presumed": pl.Boolean,
        "relation": pl.String,
    },
    **{"remarks": pl.String, "tier": pl.Int64, "actor_id": pl.String, "actor": pl.String, "anchor_id": pl.String},
    **{"anchor": pl.String, "narrative": pl.String, "summary": pl.String, "included_in_topic_score": pl.Boolean},
    **dict.fromkeys(("exposure", "confidence", *doc.Factors.__struct_fields__), pl.Float64),
    **{"magnitude_known": pl.Boolean, "amount_usd": pl.Float64, "share": pl.Float64, "revenue_usd": pl.Float64},
    **dict.fromkeys(("path", "answers", "observations", "sources", "source_urls"), pl.String),
    **{"as_of": pl.Date, "known_at": pl.Date},
}


def table(d: doc.Document, name: str) -> pl.DataFrame:
    """The table `lines` or `findings` of a document."""
    return holdings_table(d) if name == "lines" else findings_table(d)


def holdings_table(d: doc.Document) -> pl.DataFrame:
    """One row per portfolio line in file order, screened or not (with the reason why not); columns of `_LINE`."""
    companies = {company.company_id: company for company in d.companies}
    lines: list[doc.Line | doc.Unmatched] = [*d.holdings, *d.unmatched]
    rows = []
    for line in sorted(lines, key=lambda line: line.row):
        row = asdict(line) | line.input | {"as_of": d.as_of, "known_at": d.known_at}
        if isinstance(line, doc.Unmatched):
            row |= {"unmatched": line.reason, "note": line.detail}
        elif c := companies.get(line.company_id or ""):
            row |= {f"company_{name}": getattr(c, name) for name in ("name", "name_ko", "stock_code")}
            row |= {"topics": c.tags, "headline_status": c.headline_status}
        rows.append([row.get(column) for column in _LINE])
    return pl.DataFrame(rows, schema=_LINE, orient="row")


def findings_table(d: doc.Document) -> pl.DataFrame:
    """One row per finding, columns of `_FINDING`: company, topic, scores, the path in words, answers, sources."""
    rows = []
    for c in d.companies:
        topics = {topic.topic: topic for topic in c.topics}
        for f in c.findings:
            t = topics[f.topic]
            row = asdict(c) | asdict(f) | asdict(f.factors) | {"confidence": f.confidence, "coverage": t.coverage}
            row |= {"company_score": c.score, "company_band": c.band, "topic_score": t.score, "topic_band": t.band}
            row |= {
                "remarks": "; ".join(f.remarks),
                "path": " | ".join(f"{s.sentence} ({s.notes})" if s.notes else s.sentence for s in f.path),
                "answers": " | ".join(f"{r.speaker} {r.words} ({r.stated_on}): {r.summary}" for r in f.responses),
                "observations": " | ".join(f"{o.about} ({o.observed_on}): {o.summary}" for o in f.observations),
                "sources": "; ".join(f"{s.publisher} {s.published_on} ({s.grade})" for s in f.evidence),
                "source_urls": " ".join(s.url for s in f.evidence),
                "as_of": d.as_of,
                "known_at": d.known_at,
            }
            rows.append([row[column] for column in _FINDING])
    return pl.DataFrame(rows, schema=_FINDING, orient="row")


def dump(document: Any, indent: int = 1) -> str:
    """A document as JSON text: UTF-8, keys in their order, days as ISO dates, one value per line."""
    return msgspec.json.format(msgspec.json.encode(document), indent=indent).decode()


def csv_text(frame: pl.DataFrame, *, to_file: bool) -> str:
    """The frame as CSV, for a file with a byte order mark, so that Excel reads Hangul.

    An apostrophe disarms cells that a spreadsheet would run (OWASP): those that begin with = + - @, tab or CR.
    """
    safe = frame.with_columns(pl.col(pl.String).str.replace(r"^([=+\-@\t\r])", "'${1}"))
    return ("\ufeff" if to_file else "") + safe.write_csv(line_terminator="\n")


def parquet_bytes(frame: pl.DataFrame, *, statistics: bool = True) -> bytes:
    """The frame as the bytes of a Parquet file."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, statistics=statistics)
    return buffer.getvalue()
