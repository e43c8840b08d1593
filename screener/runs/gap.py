"""Lists that Seoul may match: listed bodies with Korean ties, who lists them since when, which firms pay or buy.

"Korea" means lists whose jurisdiction is KR. If the base holds none that names a body, the table says that no Korean
listing is known, not that there is none.
"""

from typing import Any, Final

import dataframely as dy
import duckdb
import polars as pl

from screener.files import sql
from screener.report import document as doc
from screener.report.build import companies_document
from screener.report.steps import narrative
from screener.report.wording import Wording
from screener.schema.frames import of
from screener.score.assess import Assessment

JURISDICTIONS: Final = {"US": "us", "EU": "eu", "GB": "uk", "CA": "ca", "AU": "au", "CH": "ch", "UN": "un"}
"""Allies and the United Nations, with the column of each."""


class GapRow(dy.Schema):
    """One (listed body, topic, Korean company).

    One column per jurisdiction: the first day of its oldest listing as written, `yes` where no list gives the day, null
    where none lists the body; `korea` likewise. `lists`: how many jurisdictions other than Korea list it.
    `relation` is what the tie is: pays, buys_from, owns …, and `tie` says it in words, from who acts to the body.
    `yearly_usd`: the most that a live tie of the company is known to bring the body a year, in US dollars, the
    company's share, or null.
    `status_words` says when a tie that is not `ended` was last confirmed: `stale`, nothing says that it goes on.
    """

    body_id, body, topic = of(dy.String, 3)
    us, eu, uk, ca, au, ch, un, korea = of(dy.String, 8, nullable=True)
    lists = dy.Int64(nullable=False)
    company_id, company, relation, tie, status, status_words = of(dy.String, 6)
    stale = dy.Bool(nullable=False)
    yearly_usd = dy.Float64(nullable=True)


def gap(con: duckdb.DuckDBPyConnection, assessment: Assessment, w: Wording) -> dy.DataFrame[GapRow]:
    """Rows of all listed bodies at which findings of Korean companies end: most-listed first, then live and large ties.

    `con` is the store on which the assessment was made; names and ties are in the language of `w`.
    """
    listed: dict[str, dict[str, str]] = {}
    for body, jurisdiction, since in con.sql(sql(__file__, "gap.sql")).fetchall():
        listed.setdefault(body, {})[jurisdiction] = since or "yes"
    abroad = {body for body, places in listed.items() if places.keys() & JURISDICTIONS.keys()}
    findings = assessment.scores.findings
    reaching = findings.filter(pl.col("anchor_id").is_in(sorted(abroad)) & (pl.col("relation") != "group"))
    ids = reaching["company_id"].unique(maintain_order=True).to_list()
    document = companies_document(assessment, ids, w, "list", "")
    rows = []
    for company in document.companies:
        ties: dict[tuple[str, str], list[doc.Finding]] = {}
        for finding in company.findings:
            if finding.anchor_id in abroad and finding.relation != "group":
                ties.setdefault((finding.anchor_id, finding.topic), []).append(finding)
        about = {"company_id": company.company_id, "company": w.name(company.name, company.name_ko)}
        rows += [_row(listed[body], tied, w) | about for (body, _), tied in ties.items()]
    frame = pl.DataFrame(rows, schema=GapRow.create_empty().schema)
    live, yearly = pl.col("status") != "ended", pl.col("yearly_usd").fill_null(-1.0)
    frame = frame.sort(-pl.col("lists"), "body", "body_id", "topic", ~live, -yearly, "company_id")
    return GapRow.validate(frame, cast=True)


def _row(places: dict[str, str], findings: list[doc.Finding], w: Wording) -> dict[str, Any]:
    """One tie: the strongest finding that has not ended, else the strongest."""
    best = doc.strongest(findings)
    steps = [step for step in best.path if step.relation != "listed_on" and step.scored and not step.additional]
    acts = [step for step in steps if step.relation != "owns"] or steps
    # What the company, or the one that it answers for, does itself: what others do goes on after that has ended.
    begins = next((number for number, step in enumerate(steps) if step.from_id == best.actor_id), 0)
    paid = [
        f.amount_usd * (1.0 if f.share is None else f.share) for f in findings if f.status != "ended" and f.amount_usd
    ]
    return {
        "body_id": best.anchor_id,
        "body": best.anchor,
        "topic": best.topic,
        **{column: places.get(place) for place, column in JURISDICTIONS.items()},
        "korea": places.get("KR"),
        "lists": len(places.keys() & JURISDICTIONS.keys()),
        "relation": acts[-1].relation if acts else "owns",
        "tie": narrative(steps[begins:], w) if steps else best.narrative,
        **{name: getattr(best, name) for name in ("status", "status_words", "stale")},
        "yearly_usd": round(max(paid), 2) if paid else None,
    }
