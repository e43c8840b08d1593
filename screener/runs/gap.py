"""What Seoul is asked to match: bodies on the lists of its allies with Korean ties, who lists them since when, and which Korean firms pay or buy.

"Korea" stands for lists whose jurisdiction is KR. Where the base holds none that names a body, the table says that no Korean listing is known, not that
there is none.
"""

from __future__ import annotations

from typing import Final

import dataframely as dy
import duckdb
import polars as pl

from screener.score.assess import Assessment

JURISDICTIONS: Final = ("US", "EU", "GB", "CA", "AU", "CH", "UN", "KR")


class GapRow(dy.Schema):
    """One (listed body, topic, Korean company). `listed_by` names jurisdictions with the first day of each listing, in the order of JURISDICTIONS.

    `yearly_usd`: the most that any live tie of the company to the body is known to bring it a year, USD, of the company's share; null: not known.
    """

    body_id = dy.String(nullable=False)
    body = dy.String(nullable=False)
    topic = dy.String(nullable=False)
    listed_by = dy.String(nullable=False)
    korea = dy.String(nullable=False)
    company_id = dy.String(nullable=False)
    company = dy.String(nullable=False)
    tie = dy.String(nullable=False)
    status = dy.String(nullable=False)
    yearly_usd = dy.Float64(nullable=True)


_LISTED: Final = """
select from_id as entity_id, jurisdiction, min(since) as since
from edge join list on to_id = 'list:' || list_id
where relation = 'listed_on' and live
group by all
"""


def gap(con: duckdb.DuckDBPyConnection, assessment: Assessment) -> dy.DataFrame[GapRow]:
    """Rows of all listed bodies at which a finding of a Korean company ends, most listed first.

    Args:
        con: the store on which the assessment was made; gives who stands on which list.
        assessment: with findings and names.
    """
    listed = pl.DataFrame(con.sql(_LISTED))
    order = {place: n for n, place in enumerate(JURISDICTIONS)}
    shown = (
        listed.with_columns(
            order=pl.col("jurisdiction").replace_strict(order, default=len(order), return_dtype=pl.Int64),
            text=pl.col("jurisdiction")
            + pl.when(pl.col("since").is_not_null()).then(" since " + pl.col("since")).otherwise(pl.lit("")),
        )
        .sort("entity_id", "order")
        .group_by("entity_id", maintain_order=True)
        .agg(
            listed_by=pl.col("text").filter(pl.col("jurisdiction") != "KR").str.join("; "),
            korea=pl.col("text").filter(pl.col("jurisdiction") == "KR").str.join("; "),
            lists=(pl.col("jurisdiction") != "KR").sum(),
        )
        .filter(pl.col("lists") > 0)
    )
    findings = assessment.scores.findings.filter(pl.col("relation") != "group")
    ties = (
        findings.join(shown, left_on="anchor_id", right_on="entity_id")
        .with_columns(live=pl.col("status") != "ended", yearly=pl.col("amount_usd") * pl.col("share").fill_null(1.0))
        .sort(
            "anchor_id",
            "topic",
            "company_id",
            pl.col("live"),
            pl.col("exposure"),
            descending=[False, False, False, True, True],
        )
        .group_by("anchor_id", "topic", "company_id", maintain_order=True)
        .agg(
            pl.col("listed_by", "korea", "lists").first(),
            tie=pl.col("rule_id").first(),
            status=pl.col("status").first(),
            yearly_usd=pl.col("yearly").filter(pl.col("live")).max(),
        )
        .sort(["lists", "anchor_id", "topic", "company_id"], descending=[True, False, False, False])
    )
    titles = {rule.id: rule.title for rule in assessment.rules}
    return GapRow.validate(
        ties.select(
            body_id="anchor_id",
            body=pl.col("anchor_id").map_elements(assessment.name, return_dtype=pl.String),
            topic="topic",
            listed_by="listed_by",
            korea=pl.when(pl.col("korea") == "").then(pl.lit("no listing known")).otherwise("korea"),
            company_id="company_id",
            company=pl.col("company_id").map_elements(assessment.name, return_dtype=pl.String),
            tie=pl.col("tie").replace_strict(titles, return_dtype=pl.String),
            status="status",
            yearly_usd="yearly_usd",
        ),
        cast=True,
    )
