"""`screener gap`: listed bodies with Korean ties, who lists them, whether Korea does, and what flows."""

from __future__ import annotations

import click

from screener.cli import options
from screener.cli.opening import assessed, opened
from screener.cli.output import TABLE_FORMATS, check_format, write_table


@click.command("gap")
@options.assessing(*TABLE_FORMATS)
def command(asked: options.CommonOptions) -> None:
    """List the bodies on sanctions and other official lists at which findings of Korean firms end.

    Each with the jurisdictions that list it and since when (US, EU, UK, CA, AU, CH, UN), whether Korea does, and which
    firm is tied to it how, with the dollars a year that are known.
    """
    import polars as pl

    from screener.report.wording import wording
    from screener.runs.gap import JURISDICTIONS, gap

    check_format(asked)
    w = wording(asked.language, datasets=asked.datasets)
    with opened(asked) as con:
        assessment = assessed(con, asked)
        rows: pl.DataFrame = gap(con, assessment, w)
    if asked.live:
        rows = rows.filter(pl.col("status") != "ended")
    head = [
        w("runs.gap_head", bodies=rows["body_id"].n_unique(), companies=rows["company_id"].n_unique()),
        w("head.clocks", as_of=w.day(assessment.clocks.as_of), known_at=w.day(assessment.clocks.known_at)),
        w("runs.gap_note"),
    ]
    if asked.fmt == "terminal":
        rows = rows.with_columns(
            listed_by=pl.concat_str(
                [
                    pl.when(pl.col(column).is_not_null()).then(
                        pl.lit(f"{column.upper()} ") + pl.col(column).replace("yes", w("runs.day_unknown"))
                    )
                    for column in JURISDICTIONS.values()
                ],
                separator=", ",
                ignore_nulls=True,
            ),
            korea=pl.col("korea").replace("yes", w("runs.yes")).fill_null(w("runs.no_listing")),
        )
        shown: tuple[str, ...] = ("body", "listed_by", "korea", "company", "topic", "tie", "status", "yearly_usd")
    else:
        shown = ("body", *JURISDICTIONS.values(), "korea", "company", "topic", "tie", "status", "yearly_usd")
    facts = {"as_of": assessment.clocks.as_of, "known_at": assessment.clocks.known_at}
    write_table(asked, w, "screener/gap/1", rows, shown, head=head, by=shown[:3], facts=facts)
