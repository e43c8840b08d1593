"""What a document says about a portfolio: lines, unmatched lines, totals, and what regulation asks for."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from screener.portfolio.screen import Screening
from screener.report import document as doc
from screener.report.document import filled
from screener.report.text import cleaned, plain, shortened
from screener.report.wording import Wording
from screener.schema.vocabulary import BANDS

Row = dict[str, Any]
_NAMED_BY: Final = ("stock_code", "isin", "name")
_DRIVERS: Final = 10
_LEAST_DIFFERENCE: Final = 0.005
_FORCED_LABOUR: Final = ("xinjiang-forced-labour", "dprk-forced-labour")
_ELEVATED: Final = BANDS.index("elevated")


def holding(r: Row, w: Wording) -> doc.Line:
    """A matched line, from a row of `Screening.lines`."""
    note = w.note(r["reason"]) if r["reason"] else None
    return filled(doc.Line, r, **_as_written(r), company_id=r["entity_id"], note=note)


def unmatched(r: Row, candidates: list[doc.Candidate], w: Wording) -> doc.Unmatched:
    """A line that was not matched, with the reason."""
    reason = r["kind"] if r["kind"] != "security" else "ambiguous" if r["decision"] == "review" else "not found"
    return filled(
        doc.Unmatched,
        r,
        **_as_written(r),
        reason=reason,
        reason_words=w.label("unmatched.reasons", reason),
        detail=w.note(r["reason"]) if r["reason"] else None,
        candidates=candidates,
    )


def _as_written(r: Row) -> Row:
    """The line as in the file, named by its numbers and name; by other numbers only if these are missing."""
    named = [r[key] for key in _NAMED_BY if r[key]] or [r[key] for key in doc.INPUT if r[key]]
    given = {key: r[key] for key in doc.INPUT if r[key] is not None}
    return {"input": given, "written": shortened(" ".join(named))}


def remarks(rejects: pl.DataFrame, w: Wording) -> list[doc.Remark]:
    """Cells and lines of a file that were set aside."""
    return [
        filled(doc.Remark, r, problem=w.note(r["problem"]), do=w.note(r["do"]) if r["do"] else None)
        for r in cleaned(rejects).iter_rows(named=True)
    ]


def candidates(frame: pl.DataFrame, names: Mapping[str, str]) -> dict[int, list[doc.Candidate]]:
    """The candidates of each row; two of the same name also show the name that matched."""
    found: dict[int, list[doc.Candidate]] = {}
    for row, rows in cleaned(frame).rows_by_key("row", named=True).items():
        known = [names.get(c["entity_id"], shortened(c["name"])) for c in rows]
        found[row] = []
        for c, name in zip(rows, known, strict=True):
            shared = known.count(name) > 1 and name != c["name"]
            full = f"{name} {shortened(c['name'])}" if shared else name
            found[row].append(filled(doc.Candidate, c, company_id=c["entity_id"], name=full, why=c["why"] or ""))
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
        weighted=bool(screening.weighted),
        weights={name: round(weight, 6) for name, weight in screening.weights.items()},
        by_topic=_by_topic(screening, benchmark, w),
        by_band=[
            filled(doc.BandWeight, row, without_findings=none.height if row["band"] == BANDS[0] else 0)
            for row in screening.by_band.iter_rows(named=True)
        ],
        quiet_companies=none["entity_id"].n_unique(),
        indicators=_indicators(companies, screening.weights.get("matched", 0.0), w) if screening.weighted else [],
        products=_product_hits(companies, w),
        benchmark=_benchmark(screening, benchmark, w) if benchmark else None,
    )


def _by_topic(screening: Screening, benchmark: Screening | None, w: Wording) -> list[doc.TopicExposure]:
    """The topics of the portfolio, then those of the benchmark only."""
    exposed = screening.by_topic
    if benchmark:
        own, other = pl.col("weight_exposed"), pl.col("benchmark_weight")
        compared = benchmark.by_topic.select("topic", benchmark_weight="weight_exposed")
        exposed = (
            exposed.join(compared, on="topic", how="full", coalesce=True, maintain_order="left_right")
            .with_columns(pl.col("weight_exposed", "benchmark_weight", "holdings").fill_null(0))
            .with_columns(active_weight=own - other)
        )
    rows = exposed.iter_rows(named=True)
    return [filled(doc.TopicExposure, t, name=w.label("topics", t["topic"])) for t in rows]


def _benchmark(screening: Screening, other: Screening, w: Wording) -> doc.Benchmark:
    """The other portfolio, and the companies that add most to the difference of scores: active weight x score."""

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
    drivers = []
    for row in cleaned(moved).iter_rows(named=True):
        name = shortened(w.name(row["name"], row["name_ko"]))
        company_id, weight = row["entity_id"], row["weight_other"]
        drivers.append(filled(doc.Driver, row, company_id=company_id, name=name, benchmark_weight=weight))
    return filled(
        doc.Benchmark,
        {},
        name=plain(other.portfolio.name),
        score=other.score,
        lines=other.lines.height,
        matched=other.lines["entity_id"].count(),
        active_score=screening.score - other.score,
        drivers=drivers,
    )


def _indicators(companies: Sequence[doc.Company], covered: float, w: Wording) -> list[doc.Indicator]:
    """SFDR indicators: those that can be computed, with their weights (0-1), and those that cannot, with the reason.

    `covered` is the weight of the lines that were matched. Source: Delegated Regulation (EU) 2022/1288, Annex I, Table
    1 (indicators 10 and 14) and Table 3 (indicator 13). A finding is not a violation: these are approximations.
    """
    grave = [c for c in companies if any(t.live and BANDS.index(t.band) >= _ELEVATED for t in c.topics)]
    labour = [c for c in companies if any(t.live and t.band != "none" and t.topic in _FORCED_LABOUR for t in c.topics)]
    known: dict[str, list[doc.Company] | None] = {"sfdr-10": grave, "sfdr-14": None, "sfdr-social-13": labour}
    return [
        doc.Indicator(
            indicator=name,
            name=w(f"regulation.{name}"),
            weight=None if found is None else round(sum(c.weight or 0.0 for c in found), 6),
            companies=0 if found is None else len(found),
            covered=round(covered, 6),
            words=w(f"regulation.{name}-note"),
        )
        for name, found in known.items()
    ]


def _product_hits(companies: Sequence[doc.Company], w: Wording) -> list[doc.ProductHit]:
    """Goods of live forced-labour findings by product and code: who buys them, directly or not, and which law applies.

    UFLPA (Pub. L. 117-78) asks about goods from Xinjiang or from its list, Regulation (EU) 2024/3015 about all goods of
    forced labour.
    """
    found: dict[tuple[str, str, str], tuple[dict[str, doc.Company], set[str]]] = {}
    for company in companies:
        for f in company.findings:
            if f.topic not in _FORCED_LABOUR or f.status == "ended" or f.relation == "group":
                continue
            for step in (step for step in f.path if step.relation == "buys_from" and step.product):
                key = (step.product or "", step.hs_code or "", step.origin_region or "")
                buyers, laws = found.setdefault(key, ({}, {"eu-2024-3015"}))
                buyers[company.company_id] = company
                laws |= {"uflpa"} if f.topic == _FORCED_LABOUR[0] else set()
    return [
        doc.ProductHit(
            product=product,
            hs_code=code or None,
            origin_region=origin or None,
            laws=sorted(laws),
            company_ids=sorted(buyers),
            companies=[w.name(buyers[c].name, buyers[c].name_ko) for c in sorted(buyers)],
            weight=round(sum(c.weight or 0.0 for c in buyers.values()), 6),
        )
        for (product, code, origin), (buyers, laws) in sorted(found.items(), key=lambda item: item[0])
    ]
