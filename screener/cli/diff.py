"""`screener diff`: what changed between two runs, and why."""

from __future__ import annotations

from pathlib import Path

import click

from screener.cli import options
from screener.cli.output import TABLE_FORMATS, check_format, write_table


@click.command("diff")
@click.argument("run_a", metavar="RUN_A")
@click.argument("run_b", metavar="RUN_B")
@options.asking(options.format_option(*TABLE_FORMATS), options.OUT)
def command(run_a: str, run_b: str, asked: options.CommonOptions) -> None:
    """Tell what changed from RUN_A to RUN_B.

    Each change has one cause, and the causes of a company's score add up to its difference. A run is a folder of
    `screener quarter`, or a JSON file of `screener screen` or `screener list`. `before` and `after` are the topic score
    without and with the change, `company_before` and `company_after` the company's.
    """
    import polars as pl

    from screener.report.wording import wording
    from screener.runs.changes import changes
    from screener.runs.documents import headline
    from screener.runs.quarter import read_run

    check_format(asked)
    before, after = read_run(Path(run_a)), read_run(Path(run_b))
    w = wording(asked.language)
    names = before.names() | after.names()
    rows: pl.DataFrame = changes(before, after)
    company = pl.col("company_id").map_elements(
        lambda company_id: w.name(*names.get(company_id, (company_id, None))), return_dtype=pl.String
    )
    rows = rows.with_columns(company=pl.format("{} ({})", company, "company_id"))
    head = [headline(before, after, rows, w)]
    shown = ("company", "topic", "cause", "before", "after", "rule", "anchor_id", "detail")
    facts = {"before": before.as_of, "after": after.as_of}
    write_table(asked, w, "screener/diff/1", rows, shown, head=head, by=shown[:1], facts=facts)
