"""`screener letter`: a right-of-reply draft for one company."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from screener.cli import options
from screener.cli.opening import assessed_as, opened
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
@options.CLOCKS
@options.TOPIC
@options.LANGUAGE
@options.STORES
@options.RULES
@options.MANNERS
def command(
    company: str,
    out: str | None,
    deadline: dt.date | None,
    as_of: dt.date | None,
    known_at: dt.date | None,
    topics: tuple[str, ...],
    language: str,
    store: str | None,
    datasets: tuple[str, ...],
    rules: tuple[str, ...],
    quiet: bool,
    debug: bool,
) -> None:
    """Draft a letter that asks COMPANY for its side: numbered points with their sources, and a deadline.

    Nothing is sent or recorded. The row for datasets/contact/ is printed on the standard error, to be added once it
    was sent.
    """
    from screener.report.build import Choice, companies_document, company_name
    from screener.report.letter import DAYS, FORMATS, contact_rows, letter, written
    from screener.report.wording import wording

    fmt = FORMATS.get(Path(out).suffix.lower()) if out else "md"
    if fmt is None:
        raise ScreenerError("not a format of a letter", where="--out", found=out, do=f"end it in {', '.join(FORMATS)}")
    with opened(store, datasets, quiet=quiet) as con:
        entity_id = the_company(con, company)
        needs_screened(con, entity_id)
        assessment = assessed_as(con, rules=rules, as_of=as_of, known_at=known_at, quiet=quiet)
    w = wording(language, "letter", datasets=datasets)
    title = company_name(assessment, entity_id, w)
    document = companies_document(assessment, [entity_id], w, "show", title, Choice(topics=topics))
    day = assessment.clocks.as_of
    deadline = deadline or day + dt.timedelta(days=DAYS)
    if deadline <= day:
        raise ScreenerError(
            "the deadline is over", where="--deadline", found=str(deadline), do=f"name a day after {day}"
        )
    emit(written(letter(document, w, deadline), fmt, w), out)
    if not quiet:
        click.echo(f"{w('letter.record')}\n{contact_rows(document.companies[0], deadline)}", err=True)
