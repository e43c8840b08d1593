"""Tables of a document for CSV and Parquet, and the plain writers of JSON, CSV and Parquet."""

import io
from typing import Any, Final

import msgspec
import polars as pl
from msgspec.structs import asdict

from screener.report import document as doc

_NO_TEXTS: Final[dict[str, Any]] = {
    **dict.fromkeys(("row", "line", "tier"), pl.Int64),
    **dict.fromkeys(("value", "weight", "match_score", "score", "company_score", "topic_score"), pl.Float64),
    **dict.fromkeys(("exposure", "confidence", *doc.Factors.__struct_fields__), pl.Float64),
    **dict.fromkeys(("amount_usd", "share", "revenue_usd"), pl.Float64),
    **dict.fromkeys(("end_planned", "end_own_word", "stale", "origin_presumed"), pl.Boolean),
    **dict.fromkeys(("included_in_topic_score", "magnitude_known"), pl.Boolean),
    **dict.fromkeys(("as_of", "known_at"), pl.Date),
}
_LINE: Final = f"""
    row sheet line {" ".join(doc.INPUT)} kind value currency weight company_id company_name company_name_ko
    company_stock_code matched_by match_score security score band headline_status topics unmatched note as_of known_at
""".split()
_FINDING: Final = f"""
    company_id name name_ko stock_code isin company_score company_band topic topic_score topic_band coverage finding_id
    rule title status ended_on end_planned end_own_word last_confirmed_on stale origin_presumed relation remarks tier
    actor_id actor anchor_id anchor narrative summary included_in_topic_score exposure confidence
    {" ".join(doc.Factors.__struct_fields__)} magnitude_known amount_usd share revenue_usd path answers observations
    sources source_urls as_of known_at
""".split()


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
    return _frame(rows, _LINE)


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
    return _frame(rows, _FINDING)


TABLES: Final = {"lines": holdings_table, "findings": findings_table}


def _frame(rows: list[list[Any]], columns: list[str]) -> pl.DataFrame:
    return pl.DataFrame(rows, {name: _NO_TEXTS.get(name, pl.String) for name in columns}, orient="row")


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
