"""What a document says of a portfolio: its lines, those that were not matched, and its totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from screener.portfolio.screen import Screening
from screener.report import document as doc
from screener.report.document import filled, rounded
from screener.report.regulation import indicators, product_hits
from screener.report.text import cleaned, plain, shortened
from screener.report.wording import Wording
from screener.schema.vocabulary import BANDS

Row = dict[str, Any]
_NAMED_BY: Final = ("stock_code", "isin", "name")
_DRIVERS: Final = 10
_LEAST_DIFFERENCE: Final = 0.005


def holding(r: Row, w: Wording) -> doc.Line:
    """A matched line, from a row of `Screening.lines`."""
    further = {"match_score": rounded(r["match_score"], 4), "score": rounded(r["score"], 1)}
    note = w.note(r["reason"]) if r["reason"] else None
    return filled(doc.Line, r | _as_written(r), company_id=r["entity_id"], note=note, **further)


def unmatched(r: Row, candidates: list[doc.Candidate], w: Wording) -> doc.Unmatched:
    """A line that was not matched, with the reason."""
    reason = r["kind"] if r["kind"] != "security" else "ambiguous" if r["decision"] == "review" else "not found"
    return filled(
        doc.Unmatched,
        r | _as_written(r),
        reason=reason,
        reason_words=w.label("unmatched.reasons", reason),
        detail=w.note(r["reason"]) if r["reason"] else None,
        candidates=candidates,
    )


def _as_written(r: Row) -> Row:
    """The line as the file has it; named by its numbers and name, by other numbers only where these lack."""
    named = [r[key] for key in _NAMED_BY if r[key]] or [r[key] for key in doc.INPUT if r[key]]
    given = {key: r[key] for key in doc.INPUT if r[key] is not None}
    return {"input": given, "written": shortened(" ".join(named)), "weight": rounded(r["weight"], 8)}


def remarks(rejects: pl.DataFrame, w: Wording) -> list[doc.Remark]:
    """Cells and lines of a file that were set aside."""
    return [
        filled(doc.Remark, r, problem=w.note(r["problem"]), do=w.note(r["do"]) if r["do"] else None)
        for r in cleaned(rejects).iter_rows(named=True)
    ]


def candidates(frame: pl.DataFrame, names: Mapping[str, str]) -> dict[int, list[doc.Candidate]]:
    """The candidates of each row; of two with the same name each adds the name that matched."""
    found: dict[int, list[doc.Candidate]] = {}
    for row, rows in cleaned(frame).rows_by_key("row", named=True).items():
        known = [names.get(c["entity_id"], shortened(c["name"])) for c in rows]
        found[row] = [
            doc.Candidate(
                c["entity_id"],
                name if known.count(name) == 1 or name == c["name"] else f"{name} {shortened(c['name'])}",
                round(c["score"], 4),
                c["why"] or "",
            )
            for c, name in zip(rows, known, strict=True)
        ]
    return found


def totals(
    screening: Screening, companies: Sequence[doc.Company], w: Wording, benchmark: Screening | None
) -> doc.Portfolio:
    """The totals of a screened portfolio, with those of the benchmark if there is one."""
    matched = screening.lines.filter(pl.col("entity_id").is_not_null())
    found = [company.company_id for company in companies if company.headline_status]
    none = matched.filter((pl.col("band") == "none") & ~pl.col("entity_id").is_in(found))
    return doc.Portfolio(
        name=plain(screening.portfolio.name),
        lines=screening.lines.height,
        matched=matched.height,
        score=round(screening.score, 2),
        weighted=bool(screening.weighed),
        weights={name: round(weight, 6) for name, weight in screening.weights.items()},
        by_topic=_by_topic(screening, benchmark, w),
        by_band=[
            doc.BandWeight(band, round(weight, 6), count, none.height if band == BANDS[0] else 0)
            for band, weight, count in screening.by_band.select("band", "weight", "holdings").iter_rows()
        ],
        quiet_companies=none["entity_id"].n_unique(),
        indicators=indicators(companies, screening.weights.get("matched", 0.0), w) if screening.weighed else [],
        products=product_hits(companies),
        benchmark=_benchmark(screening, benchmark, w) if benchmark else None,
    )


def _by_topic(screening: Screening, benchmark: Screening | None, w: Wording) -> list[doc.TopicExposure]:
    """The topics of the portfolio, then those of the benchmark alone."""
    exposed, compared = screening.by_topic, {}
    if benchmark:
        other = benchmark.by_topic.select("topic", benchmark_weight="weight_exposed")
        exposed = exposed.join(other, on="topic", how="full", coalesce=True, maintain_order="left_right")
        exposed = exposed.with_columns(pl.col("weight_exposed", "benchmark_weight", "holdings").fill_null(0))
    found = []
    for t in exposed.iter_rows(named=True):
        own = t["weight_exposed"]
        if benchmark:
            other_weight = t["benchmark_weight"]
            compared = {"benchmark_weight": round(other_weight, 6), "active_weight": round(own - other_weight, 6)}
        further = {"weight_exposed": round(own, 6), "attributed_usd": rounded(t["attributed_usd"], 2)}
        found.append(filled(doc.TopicExposure, t, name=w.label("topics", t["topic"]), **further, **compared))
    return found


def _benchmark(screening: Screening, other: Screening, w: Wording) -> doc.Benchmark:
    """The other portfolio, and the companies that move the difference of the scores most: active weight x score."""

    def held(of: Screening) -> pl.DataFrame:
        matched = of.lines.filter(pl.col("entity_id").is_not_null())
        return matched.group_by("entity_id").agg(weight=pl.col("weight").sum(), score=pl.col("score").first())

    both = held(screening).join(held(other), on="entity_id", how="full", coalesce=True, suffix="_other")
    moved = (
        both.with_columns(pl.col("weight", "weight_other").fill_null(0.0), score=pl.coalesce("score", "score_other"))
        .with_columns(difference=(pl.col("weight") - pl.col("weight_other")) * pl.col("score"))
        .filter(pl.col("difference").abs() >= _LEAST_DIFFERENCE)
        .sort(-pl.col("difference").abs(), "entity_id")
        .head(_DRIVERS)
        .join(screening.assessment.companies, on="entity_id", how="left", maintain_order="left")
    )
    return doc.Benchmark(
        name=plain(other.portfolio.name),
        score=round(other.score, 2),
        lines=other.lines.height,
        matched=other.lines["entity_id"].count(),
        active_score=round(screening.score - other.score, 2),
        drivers=[
            doc.Driver(
                company_id=row["entity_id"],
                name=shortened(w.name(row["name"], row["name_ko"])),
                score=round(row["score"], 1),
                weight=round(row["weight"], 6),
                benchmark_weight=round(row["weight_other"], 6),
                difference=round(row["difference"], 2),
            )
            for row in cleaned(moved).iter_rows(named=True)
        ],
    )
