"""`screener list`: exposed firms, for a campaign, with evidence."""

from __future__ import annotations

import click

from screener.cli import options
from screener.cli.opening import assessed, opened, reached, reaches
from screener.cli.output import check_format, write_result
from screener.errors import EXIT_THRESHOLD
from screener.report.formats import FORMATS, Shown
from screener.schema.vocabulary import BANDS


@click.command("list")
@click.option("--band", type=click.Choice(BANDS[1:]), help="Only this band and above.")
@click.option("--ended/--no-ended", default=True, show_default=True, help="Also firms whose every finding has ended.")
@click.option(
    "--full", is_flag=True, help="Every finding of each firm, not the strongest of each topic alone (terminal)."
)
@options.FAIL_ON
@options.assessing(*FORMATS)
def command(band: str | None, ended: bool, full: bool, asked: options.CommonOptions) -> None:
    """List the firms with findings, most exposed first, each with its paths, evidence and answers.

    With --topic, score and band are of the topics named. Firms that are linked only as affiliates of one that acts are
    not listed.
    """
    import polars as pl

    from screener.report.build import Choice, companies_document
    from screener.report.wording import wording

    check_format(asked)
    with opened(asked) as con:
        assessment = assessed(con, asked)
    acting = assessment.scores.findings.filter(pl.col("relation") != "group")
    if not ended or asked.live:
        acting = acting.filter(pl.col("status") != "ended")
    scores = assessment.scores.companies.filter(pl.col("company_id").is_in(acting["company_id"].unique().implode()))
    if band:
        scores = scores.filter(pl.Series([reaches(b, band) for b in scores["band"]], dtype=pl.Boolean))
    w = wording(asked.language, datasets=asked.datasets)
    title = w("head.exposed")
    if asked.topics:
        title += ": " + w("format.list_joiner").join(w.label("topics", topic) for topic in asked.topics)
    document = companies_document(assessment, scores["company_id"].to_list(), w, "list", title, Choice(live=asked.live))
    write_result(asked, document, w, Shown(full=full))
    if reached(scores["band"], asked):
        raise click.exceptions.Exit(EXIT_THRESHOLD)
