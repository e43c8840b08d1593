"""`screener explain`: a score taken apart, number by number."""

from __future__ import annotations

from typing import Any

import click

from screener.cli import options
from screener.cli.company import needs_screened, the_company
from screener.cli.opening import assessed, opened_as
from screener.cli.output import FORMATS, check_format, deliver


@click.command("explain")
@click.argument("company", metavar="COMPANY")
@options.assessing(*FORMATS)
def command(company: str, asked: options.Asked) -> None:
    """Take the score of COMPANY apart: each factor of each finding, so that it can be redone by hand."""
    import polars as pl

    from screener.report import machine
    from screener.report.terminal import print_explanation

    check_format(asked.fmt, asked.out)
    with opened_as(asked) as con:
        entity_id = the_company(con, company)
        needs_screened(con, entity_id)
        # All topics are run: the overall score rests on all of them; --topic chooses what is told.
        assessment = assessed(con, asked, topics=())

    def document() -> dict[str, Any]:
        told = machine.listing_json(assessment, [entity_id]) | {"schema": "screener/explain/1"}
        told["parameters"] = machine.parameters_json(assessment.method)
        for entry in told["companies"]:
            entry["findings"] = [f for f in entry["findings"] if not asked.topics or f["topic"] in asked.topics]
        return told

    def table() -> pl.DataFrame:
        frame = machine.findings_table(assessment, [entity_id])
        return frame.filter(pl.col("topic").is_in(asked.topics)) if asked.topics else frame

    deliver(
        asked,
        terminal=lambda paper: print_explanation(assessment, entity_id, paper, asked.topics),
        document=document,
        table=table,
        sheets=lambda: {"findings": table(), "sources": machine.sources_table(assessment)},
        assessment=assessment,
        title=f"How the score of {assessment.name(entity_id)} comes about",
    )
