"""`screener explain`: a score taken apart, number by number."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from screener.cli import options
from screener.cli.company import needs_screened, the_company
from screener.cli.opening import assessed, opened
from screener.cli.output import FORMATS, check_format, deliver


@click.command("explain")
@click.argument("company", metavar="COMPANY")
@options.format_option(*FORMATS)
@options.OUT
@options.CLOCKS
@options.TOPIC
@options.STORES
@options.RULES
@options.MANNERS
def command(
    company: str,
    fmt: str,
    out: str | None,
    as_of: dt.date | None,
    known_at: dt.date | None,
    topics: tuple[str, ...],
    store: str | None,
    datasets: tuple[str, ...],
    rules: tuple[str, ...],
    quiet: bool,
    debug: bool,
) -> None:
    """Take the score of COMPANY apart: each factor of each finding, so that it can be redone by hand."""
    import polars as pl

    from screener.report import machine
    from screener.report.terminal import print_explanation

    check_format(fmt, out)
    with opened(store, datasets, quiet=quiet) as con:
        entity_id = the_company(con, company)
        needs_screened(con, entity_id)
        # All topics are run: the overall score rests on all of them; --topic chooses what is told.
        assessment = assessed(con, rules, (), as_of, known_at, quiet=quiet)

    def document() -> dict[str, Any]:
        told = machine.listing_json(assessment, [entity_id]) | {"schema": "screener/explain/1"}
        told["parameters"] = machine.parameters_json(assessment.method)
        for entry in told["companies"]:
            entry["findings"] = [f for f in entry["findings"] if not topics or f["topic"] in topics]
        return told

    def table() -> pl.DataFrame:
        frame = machine.findings_table(assessment, [entity_id])
        return frame.filter(pl.col("topic").is_in(topics)) if topics else frame

    deliver(
        fmt,
        out,
        terminal=lambda paper: print_explanation(assessment, entity_id, paper, topics),
        document=document,
        table=table,
        sheets=lambda: {"findings": table(), "sources": machine.sources_table(assessment)},
        assessment=assessment,
        title=f"How the score of {assessment.name(entity_id)} comes about",
    )
