"""`screener diff`, `gap`, `backtest` and `sensitivity`: commands that give one table."""

from pathlib import Path

import click

from screener.cli import options
from screener.cli.opening import assessed, holdings, matched, opened
from screener.cli.output import TABLE_FORMATS, steps, write_table


@click.command("diff")
@click.argument("run_a", metavar="RUN_A")
@click.argument("run_b", metavar="RUN_B")
@options.asking(options.formats(*TABLE_FORMATS), options.OUT)
def diff(run_a: str, run_b: str, asked: options.CommonOptions) -> None:
    """Report what changed from RUN_A to RUN_B.

    Each change has one cause, and the causes of a company's score add up to its difference. A run is a folder of
    `screener quarter`, or a JSON file of `screener screen` or `screener list`. `before` and `after` are the topic score
    without and with the change, `company_before` and `company_after` the company's.
    """
    import polars as pl

    from screener.runs.changes import changes
    from screener.runs.documents import headline
    from screener.runs.quarter import read_run

    before, after = read_run(Path(run_a)), read_run(Path(run_b))
    w = asked.wording()
    names = {company_id: w.name(*both) for company_id, both in (before.names() | after.names()).items()}
    rows: pl.DataFrame = changes(before, after)
    rows = rows.with_columns(company=pl.format("{} ({})", pl.col("company_id").replace(names), "company_id"))
    shown = ("company", "topic", "cause", "before", "after", "rule", "anchor_id", "detail")
    facts = {"before": before.as_of, "after": after.as_of}
    write_table(asked, "diff", w, rows, shown, head=[headline(before, after, rows, w)], by=1, facts=facts)


@click.command("gap")
@options.assessing(*TABLE_FORMATS)
def gap(asked: options.CommonOptions) -> None:
    """List the bodies on sanctions and other official lists at which findings of Korean firms end.

    Each with the jurisdictions that list it and since when (US, EU, UK, CA, AU, CH, UN), whether Korea does, and which
    firm is tied to it and how, with the known dollars a year.
    """
    import polars as pl

    from screener.runs import gap as gaps

    w = asked.wording()
    with opened(asked) as con:
        assessment = assessed(con, asked)
        rows: pl.DataFrame = gaps.gap(con, assessment, w)
    if asked.live:
        rows = rows.filter(pl.col("status") != "ended")
    clocks = {"as_of": assessment.clocks.as_of, "known_at": assessment.clocks.known_at}
    head = [
        w("runs.gap_head", bodies=rows["body_id"].n_unique(), companies=rows["company_id"].n_unique()),
        w("head.clocks", **{name: w.day(day) for name, day in clocks.items()}),
        w("runs.gap_note"),
    ]
    listings = tuple(gaps.JURISDICTIONS.values())
    if asked.fmt in ("terminal", "md"):
        days = pl.col(*listings, "korea").map_elements(
            lambda day: w("runs.day_unknown") if day == "yes" else w.day(day), return_dtype=pl.String
        )
        rows = rows.with_columns(days, status="status_words")
    if asked.fmt == "terminal":
        since = [pl.lit(w(f"columns.{name}") + " ") + pl.col(name) for name in listings]
        rows = rows.with_columns(
            listed_by=pl.concat_str(since, separator=", ", ignore_nulls=True),
            korea=pl.col("korea").fill_null(w("runs.no_listing")),
        )
        listings = ("listed_by",)
    shown = ("body", *listings, "korea", "company", "topic", "tie", "status", "yearly_usd")
    write_table(asked, "gap", w, rows, shown, head=head, by=3, facts=clocks)


@click.command("backtest")
@options.asking(
    options.formats(*TABLE_FORMATS), options.OUT, options.CLOCKS, options.TOPIC, options.STORES, options.RULES
)
def backtest(asked: options.CommonOptions) -> None:
    """Replay each outside verdict on a Korean firm, made by --as-of, with both clocks set to the day before it.

    Each is compared with controls of the same sector and size. Reports for each whether the firm would have been
    flagged, how long before, on how many sources, and the reason for every miss. The verdict's own sources are always
    left out.
    """
    import polars as pl

    from screener.runs import backtest as backtests

    with opened(asked) as con:
        companies = assessed(con, asked, ()).companies
        days = backtests.verdicts_of(con, asked.topics).drop_nulls("topic")["decided_on"].n_unique()
        with steps("replaying verdicts", days, quiet=asked.quiet) as step:
            found = backtests.backtest(con, companies, rules=asked.rules, topics=asked.topics, seen=step)
    w = asked.wording()
    counted = found.replays.filter("expected")
    lead = counted["lead_days"].median()
    rates = {"flagged": found.flagged_rate, "controls": found.control_rate}
    numbers = {name: "–" if rate is None else w.percent(round(rate, 4)) for name, rate in rates.items()}
    numbers["lift"] = "–" if found.lift is None else w.number(round(found.lift, 1))
    numbers["lead"] = "–" if lead is None else w.number(round(float(str(lead))))
    verdicts, flagged = found.replays.height, int(counted["flagged"].sum())
    head = [
        w("runs.backtest_head", verdicts=verdicts, expected=counted.height, flagged=flagged),
        w("runs.backtest_rates", **numbers),
    ]
    shown = ("name", "decided_on", "institution", "decision", "topic", "subject", "flagged", "band")
    facts = {"flagged_rate": found.flagged_rate, "control_rate": found.control_rate, "lift": found.lift}
    rows = found.replays.sort(~pl.col("expected"), "name", "decided_on", "institution")
    write_table(asked, "backtest", w, rows, (*shown, "lead_days", "sources", "miss"), head=head, by=1, facts=facts)


@click.command("sensitivity")
@click.argument("portfolio", metavar="PORTFOLIO", required=False)
@options.HOLDINGS
@options.assessing(*TABLE_FORMATS)
def sensitivity(portfolio: str | None, asked: options.CommonOptions) -> None:
    """Report between which ranks each firm lies when the parameters are redrawn within their ranges.

    The ranges are in rules/method.toml, [sensitivity]. With PORTFOLIO, the ranks of its companies among all firms of
    the base. A rank that can move by more than a quarter of its list is called unsure.
    """
    import polars as pl

    with opened(asked) as con:
        assessment = assessed(con, asked)
        ranked = assessment.scores.topics.filter(pl.col("rank") > 0, pl.col("live") | (not asked.live))
        if portfolio:
            held = matched(con, holdings(portfolio, asked)).matches["entity_id"].drop_nulls().unique()
            ranked = ranked.filter(pl.col("company_id").is_in(held.implode()))
    shown = ("topic", "name", "score", "band", "rank", "ranked", "rank_low", "rank_high", "unsure")
    rows = (
        ranked.join(assessment.companies.select("name", "name_ko", company_id="entity_id"), on="company_id", how="left")
        .with_columns(unsure=(pl.col("rank_high") - pl.col("rank_low")) * 4 > pl.col("ranked"))
        .select("topic", "company_id", "name", "name_ko", *shown[2:])
        .sort("topic", "rank", "company_id")
    )
    w, s = asked.wording(), assessment.method.sensitivity
    spread = {"range": "relative_range", "low": "low_quantile", "high": "high_quantile"}
    numbers = {"draws": int(s["draws"])} | {name: w.percent(s[key]) for name, key in spread.items()}
    head = [w("runs.sensitivity_head", **numbers, unsure=int(rows["unsure"].sum()), ranks=rows.height)]
    write_table(asked, "sensitivity", w, rows, shown, head=head, facts={"parameters": dict(s)})
