"""`screener letter`: a right-of-reply draft for one company."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from screener.cli import options
from screener.cli.opening import assessed, opened
from screener.cli.output import emit
from screener.errors import ScreenerError
from screener.match.company import needs_screened, the_company


@click.command("letter")
@click.argument("company", metavar="COMPANY")
@click.option(
    "--out", metavar="FILE", help="Write here: .md, .html or .txt (default: Markdown on the standard output)."
)
@click.option(
    "--deadline",
    metavar="DATE",
    callback=options.day,
    help="The day by which an answer is asked for (default: 21 days after --as-of).",
)
@options.asking(options.CLOCKS, options.TOPIC, options.STORES, options.RULES)
def command(company: str, deadline: dt.date | None, asked: options.CommonOptions) -> None:
    """Draft a letter that asks COMPANY for its side: numbered points with their sources, and a deadline.

    Nothing is sent or recorded. The row for datasets/contact/ is printed on the standard error, to be added once it
    was sent.
    """
    from screener.report.build import Choice, companies_document, company_name
    from screener.report.letter import DAYS, FORMATS, contact_rows, letter, written
    from screener.report.wording import wording

    fmt = FORMATS.get(Path(asked.out).suffix.lower()) if asked.out else "md"
    if fmt is None:
        raise ScreenerError(
            "not a format of a letter", where="--out", found=asked.out, do=f"end it in {', '.join(FORMATS)}"
        )
    with opened(asked) as con:
        entity_id = the_company(con, company)
        needs_screened(con, entity_id)
        assessment = assessed(con, asked, topics=())
    w = wording(asked.language, "letter", datasets=asked.datasets)
    title = company_name(assessment, entity_id, w)
    document = companies_document(assessment, [entity_id], w, "show", title, Choice(topics=asked.topics))
    day = assessment.clocks.as_of
    deadline = deadline or day + dt.timedelta(days=DAYS)
    if deadline <= day:
        raise ScreenerError(
            "the deadline is over", where="--deadline", found=str(deadline), do=f"name a day after {day}"
        )
    emit(written(letter(document, w, deadline), fmt, w), asked.out)
    if not asked.quiet:
        click.echo(f"{w('letter.record')}\n{contact_rows(document.companies[0], deadline)}", err=True)
