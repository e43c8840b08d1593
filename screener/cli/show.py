"""`screener show`: one firm's dossier."""

from __future__ import annotations

from typing import Final

import click

from screener.cli import options
from screener.cli.opening import assessed, opened
from screener.cli.output import check_format, emit, write_result
from screener.match.company import needs_screened, the_company
from screener.report.formats import FORMATS

EXPORTS: Final = ("graphml", "ftm", "bods")  # screener.report.export, not imported for --help


@click.command("show")
@click.argument("company", metavar="COMPANY")
@options.assessing(*FORMATS, *EXPORTS)
def command(company: str, asked: options.CommonOptions) -> None:
    """Show everything held on COMPANY: a name in any script, stock code, ISIN, LEI or corp code."""
    from screener.report.build import Choice, companies_document, company_name, seen_since
    from screener.report.export import export
    from screener.report.subgraph import subgraph
    from screener.report.surroundings import surroundings
    from screener.report.wording import wording

    check_format(asked)
    with opened(asked) as con:
        entity_id = the_company(con, company)
        needs_screened(con, entity_id)
        assessment = assessed(con, asked)
        around = subgraph(con, entity_id)
    if asked.fmt in EXPORTS:
        emit(export(around, asked.fmt, known_at=assessment.clocks.known_at), asked.out)
        return
    w = wording(asked.language, datasets=asked.datasets)
    choice = Choice(live=asked.live, surroundings={entity_id: surroundings(around, w, seen_since(assessment))})
    title = company_name(assessment, entity_id, w)
    write_result(asked, companies_document(assessment, [entity_id], w, "show", title, choice), w)
