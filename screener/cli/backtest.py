"""`screener backtest`: outside verdicts against what was known before them."""

from __future__ import annotations

from dataclasses import replace

import click

from screener.cli import options
from screener.cli.opening import assessed, opened
from screener.cli.output import TABLE_FORMATS, check_format, write_table


@click.command("backtest")
@options.assessing(*TABLE_FORMATS)
def command(asked: options.CommonOptions) -> None:
    """Replay each outside verdict on a Korean firm with the clocks on the day before it.

    Beside each stand controls of the same sector and size. Tells for each whether the firm would have been flagged, how
    long before, on how many sources, and the reason of every miss. The verdict's own sources are left out whenever they
    were published.
    """
    import polars as pl

    from screener.cli.progress import steps
    from screener.report.wording import wording
    from screener.runs.backtest import backtest, verdicts_of

    check_format(asked)
    asked = replace(asked, supply=None)
    with opened(asked) as con:
        days = verdicts_of(con, asked.topics).filter(pl.col("topic").is_not_null())["decided_on"].n_unique()
        companies = assessed(con, asked, ()).companies
        with steps("replaying verdicts", days, quiet=asked.quiet) as step:
            found = backtest(con, companies, rules=asked.rules, topics=asked.topics, seen=step)
    w = wording(asked.language, datasets=asked.datasets)
    rows: pl.DataFrame = found.replays
    counted = rows.filter("expected")
    lead = counted["lead_days"].median()
    rates = {"flagged": found.flagged_rate, "controls": found.control_rate}
    head = [
        w("runs.backtest_head", verdicts=rows.height, expected=counted.height, flagged=int(counted["flagged"].sum())),
        w(
            "runs.backtest_rates",
            **{name: "–" if rate is None else w.percent(round(rate, 4)) for name, rate in rates.items()},
            lift="–" if found.lift is None else w.number(round(found.lift, 1)),
            lead="–" if lead is None else w.number(round(float(str(lead)))),
        ),
    ]
    shown = (
        "name",
        "decided_on",
        "institution",
        "decision",
        "topic",
        "subject",
        "flagged",
        "band",
        "lead_days",
        "sources",
        "miss",
    )
    facts = {"flagged_rate": found.flagged_rate, "control_rate": found.control_rate, "lift": found.lift}
    rows = rows.sort(~pl.col("expected"), "name", "decided_on", "institution")
    write_table(asked, w, "screener/backtest/1", rows, shown, head=head, by=shown[:1], facts=facts)
