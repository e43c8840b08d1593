"""`screener explain`: a score taken apart, number by number."""

from __future__ import annotations

import click

from screener.cli import options
from screener.cli.opening import assessed, opened
from screener.cli.output import check_format, write_result
from screener.match.company import needs_screened, the_company
from screener.report.formats import FORMATS


@click.command("explain")
@click.argument("company", metavar="COMPANY")
@options.assessing(*FORMATS)
def command(company: str, asked: options.CommonOptions) -> None:
    """Take the score of COMPANY apart: each factor of each finding, so that it can be redone by hand."""
    from screener.report.build import Choice, companies_document, company_name
    from screener.report.wording import wording

    check_format(asked)
    with opened(asked) as con:
        entity_id = the_company(con, company)
        needs_screened(con, entity_id)
        # All topics are run: the overall score rests on all of them; --topic chooses what is shown.
        assessment = assessed(con, asked, topics=())
    w = wording(asked.language, datasets=asked.datasets)
    title = w("head.explained", name=company_name(assessment, entity_id, w))
    choice = Choice(topics=asked.topics, live=asked.live, explain=True)
    write_result(asked, companies_document(assessment, [entity_id], w, "explain", title, choice), w)
