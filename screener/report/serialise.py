"""Tables of a document for CSV and Parquet, and the plain writers of JSON, CSV and Parquet."""

from __future__ import annotations

import io
from typing import Any, Final

import msgspec
import polars as pl

from screener.report import document as doc

_INPUT: Final = ("name", "isin", "stock_code", "dart", "lei", "brn", "crn")
_FINDING: Final = (
    *("finding_id", "rule", "title", "topic", "status", "ended_on", "last_confirmed_on", "stale", "origin_presumed"),
    *("relation", "tier", "actor_id", "actor", "anchor_id", "anchor", "summary", "included_in_topic_score"),
    *("exposure", "confidence", "magnitude_known", "amount_usd", "share", "revenue_usd", "narrative"),
)


def holdings_table(d: doc.Document) -> pl.DataFrame:
    """One row a line of the portfolio in file order, screened or not, with the reason where it was not."""
    companies = {company.company_id: company for company in d.companies}
    rows = []
    for line in sorted([*d.holdings, *d.unmatched], key=lambda line: (line.sheet or "", line.row)):
        held = line if isinstance(line, doc.Line) else None
        missed = line if isinstance(line, doc.Unmatched) else None
        company = companies.get(held.company_id or "") if held else None
        rows.append(
            {"row": line.row, "sheet": line.sheet}
            | {key: line.input.get(key) for key in _INPUT}
            | {name: getattr(line, name) for name in ("kind", "value", "currency", "weight")}
            | {
                "company_id": held.company_id if held else None,
                "company_name": company.name if company else None,
                "company_name_ko": company.name_ko if company else None,
                "company_stock_code": company.stock_code if company else None,
                "matched_by": held.matched_by if held else None,
                "match_score": held.match_score if held else None,
                "security": held.security if held else None,
                "score": held.score if held else None,
                "band": held.band if held else None,
                "headline_status": company.headline_status if company else None,
                "topics": company.tags if company else None,
                "unmatched": missed.reason if missed else None,
                "note": (missed.detail if missed else held.note if held else None),
                "as_of": d.as_of,
                "known_at": d.known_at,
            }
        )
    texts = dict.fromkeys((*_INPUT, "sheet", "currency", "company_id", "note", "unmatched", "topics"), pl.String)
    return pl.DataFrame(rows, schema_overrides=texts | {"weight": pl.Float64, "value": pl.Float64}, infer_schema_length=None)


def findings_table(d: doc.Document) -> pl.DataFrame:
    """One row a finding: company and topic with scores, the finding, its path in words, answers with speakers, sources."""
    rows = []
    for c in d.companies:
        topics = {topic.topic: topic for topic in c.topics}
        for f in c.findings:
            t = topics[f.topic]
            rows.append(
                {name: getattr(c, name) for name in ("company_id", "name", "name_ko", "stock_code", "isin")}
                | {"company_score": c.score, "company_band": c.band, "topic_score": t.score, "topic_band": t.band}
                | {"coverage": t.coverage}
                | {name: getattr(f, name) for name in _FINDING}
                | msgspec.structs.asdict(f.factors)
                | {
                    "path": " | ".join(f"{s.sentence} ({s.notes})" if s.notes else s.sentence for s in f.path),
                    "answers": " | ".join(
                        f"{r.speaker} {r.words} ({r.stated_on}): {r.summary}" for r in f.responses
                    ),
                    "observations": " | ".join(f"{o.about} ({o.observed_on}): {o.summary}" for o in f.observations),
                    "sources": "; ".join(f"{s.publisher} {s.published_on} ({s.grade})" for s in f.evidence),
                    "source_urls": " ".join(s.url for s in f.evidence),
                    "as_of": d.as_of,
                    "known_at": d.known_at,
                }
            )
    numbers = dict.fromkeys(("amount_usd", "share", "revenue_usd"), pl.Float64)
    kinds: dict[str, Any] = numbers | {"last_confirmed_on": pl.Date, "ended_on": pl.String, "summary": pl.String}
    return pl.DataFrame(rows, schema_overrides=kinds if rows else None, infer_schema_length=None)


def dump(document: dict[str, Any]) -> str:
    """A plain document as JSON text: UTF-8, keys in their order, days as ISO dates, a value a line."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode()


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
