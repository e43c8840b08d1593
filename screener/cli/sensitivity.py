"""`screener sensitivity`: how firm the ranking is."""

from __future__ import annotations

import click

from screener.cli import options
from screener.cli.opening import assessed, holdings, opened
from screener.cli.output import TABLE_FORMATS, check_format, write_table


@click.command("sensitivity")
@click.argument("portfolio", metavar="PORTFOLIO", required=False)
@options.COLUMN
@options.SHEET
@options.assessing(*TABLE_FORMATS)
def command(portfolio: str | None, asked: options.CommonOptions) -> None:
    """Tell between which ranks each firm lies when the parameters are drawn again within their ranges.

    The ranges are in rules/method.toml, [sensitivity]. With PORTFOLIO, the ranks of its companies among all firms of
    the base. A rank that can move by more than a quarter of its list is called unsure.
    """
    import polars as pl

    from screener.report.wording import wording

    check_format(asked)
    with opened(asked) as con:
        assessment = assessed(con, asked)
        held = None
        if portfolio:
            from screener.portfolio.match import match_holdings

            held = match_holdings(con, holdings(portfolio, asked)).matches["entity_id"].drop_nulls().unique().to_list()
    ranked = (
        assessment.scores.topics.filter(pl.col("rank") > 0)
        .join(assessment.companies.select("name", company_id="entity_id"), on="company_id", how="left")
        .with_columns(unsure=(pl.col("rank_high") - pl.col("rank_low")) * 4 > pl.col("ranked"))
        .select("topic", "company_id", "name", "score", "band", "rank", "ranked", "rank_low", "rank_high", "unsure")
        .sort("topic", "rank", "company_id")
    )
    if held is not None:
        ranked = ranked.filter(pl.col("company_id").is_in(held))
    w = wording(asked.language, datasets=asked.datasets)
    s = assessment.method.sensitivity
    head = [
        w(
            "runs.sensitivity_head",
            draws=int(s["draws"]),
            range=w.percent(s["relative_range"]),
            low=w.percent(s["low_quantile"]),
            high=w.percent(s["high_quantile"]),
            unsure=int(ranked["unsure"].sum()),
            ranks=ranked.height,
        )
    ]
    shown = ("topic", "name", "score", "band", "rank", "ranked", "rank_low", "rank_high", "unsure")
    write_table(asked, w, "screener/sensitivity/1", ranked, shown, head=head, facts={"parameters": dict(s)})
