"""`screener backtest`: outside verdicts against what was known before them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from screener.cli import options
from screener.cli.opening import opened_as
from screener.cli.output import check_format
from screener.cli.tables import FORMATS, write_table

if TYPE_CHECKING:
    from screener.score.assess import Assessment


@click.command("backtest")
@options.assessing(*FORMATS)
def command(asked: options.Asked) -> None:
    """Replay each outside verdict on a Korean firm with the clocks on the day before it, beside controls of the same sector and size.

    Tells for each whether the firm would have been flagged, how long before, on how many sources, and the reason of every miss.
    """
    import polars as pl

    from screener.cli.progress import steps
    from screener.report.wording import wording
    from screener.runs.backtest import backtest
    from screener.score.assess import assess

    check_format(asked.fmt, asked.out)
    with opened_as(replace(asked, supply=None)) as con:
        verdicts = pl.DataFrame(
            con.sql("select v.* from verdict as v join entity using (entity_id) where country = 'KR'")
        )
        if asked.topics:
            verdicts = verdicts.filter(pl.col("topic").is_in(asked.topics))

        def on(day: dt.date) -> Assessment:
            return assess(con, rules=asked.rules, as_of=day, known_at=day)

        companies = assess(con, rules=asked.rules, as_of=asked.as_of, known_at=asked.known_at).companies
        with steps("replaying verdicts", verdicts["decided_on"].n_unique(), quiet=asked.quiet) as step:
            found = backtest(verdicts, companies, on, step)
    w = wording(asked.language, datasets=asked.datasets)
    rows: pl.DataFrame = found.replays
    counted = rows.filter("expected")
    lead = counted["lead_days"].median()
    head = [
        w("runs.backtest_head", verdicts=rows.height, expected=counted.height, flagged=int(counted["flagged"].sum())),
        w(
            "runs.backtest_rates",
            flagged=_percent(w.percent, found.flagged_rate),
            controls=_percent(w.percent, found.control_rate),
            lift="–" if found.lift is None else w.number(round(found.lift, 1)),
            lead="–" if lead is None else w.number(round(float(str(lead)))),
        ),
    ]
    shown = (
        "decided_on",
        "institution",
        "decision",
        "name",
        "topic",
        "subject",
        "flagged",
        "band",
        "lead_days",
        "sources",
        "miss",
    )
    facts = {"flagged_rate": found.flagged_rate, "control_rate": found.control_rate, "lift": found.lift}
    write_table(
        asked.fmt,
        asked.out,
        w,
        "screener/backtest/1",
        rows.sort("name", "decided_on"),
        shown,
        head=head,
        by=shown[:1],
        facts=facts,
    )


def _percent(percent: object, rate: float | None) -> str:
    return "–" if rate is None else str(percent(round(rate, 4)))  # type: ignore[operator]
