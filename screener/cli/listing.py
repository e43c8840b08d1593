"""`screener list`: exposed firms, for a campaign, with evidence."""

from __future__ import annotations

import click

from screener.cli import options
from screener.cli.opening import assessed, opened_as, reaches
from screener.cli.output import FORMATS, check_format, deliver
from screener.errors import EXIT_THRESHOLD


@click.command("list")
@options.BAND
@click.option("--ended/--no-ended", default=True, show_default=True, help="Also firms whose every finding has ended.")
@click.option(
    "--full", is_flag=True, help="Every finding of each firm, not the strongest of each topic alone (terminal)."
)
@options.FAIL_ON
@options.assessing(*FORMATS)
def command(band: str | None, ended: bool, full: bool, fail_on: str | None, asked: options.Asked) -> None:
    """List the firms with findings, most exposed first, each with its paths, evidence and answers.

    With --topic, score and band are of the topics named. Firms that are only told as affiliates of one that acts are not listed.
    """
    import polars as pl

    from screener.report import machine
    from screener.report.terminal import print_companies

    check_format(asked.fmt, asked.out)
    with opened_as(asked) as con:
        assessment = assessed(con, asked)
    findings = assessment.scores.findings
    acting = findings.filter(pl.col("relation") != "group")
    if not ended:
        acting = acting.filter(pl.col("status") != "ended")
    scores = assessment.scores.companies.filter(pl.col("company_id").is_in(acting["company_id"].unique().implode()))
    if band:
        scores = scores.filter(pl.Series([reaches(b, band) for b in scores["band"]], dtype=pl.Boolean))
    chosen = scores["company_id"].to_list()
    title = "Exposed firms" + (f": {', '.join(asked.topics)}" if asked.topics else "")
    deliver(
        asked,
        terminal=lambda paper: print_companies(assessment, chosen, paper, title, full=full),
        document=lambda: machine.listing_json(assessment, chosen),
        table=lambda: machine.findings_table(assessment, chosen),
        sheets=lambda: {
            "findings": machine.findings_table(assessment, chosen),
            "sources": machine.sources_table(assessment),
        },
        assessment=assessment,
        title=title,
    )
    if fail_on and any(reaches(b, fail_on) for b in scores["band"]):
        raise click.exceptions.Exit(EXIT_THRESHOLD)
