"""`screener show`: one firm's dossier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from screener.cli import options
from screener.cli.company import needs_screened, the_company
from screener.cli.opening import assessed, opened_as
from screener.cli.output import FORMATS, check_format, deliver, emit

if TYPE_CHECKING:
    from rich.console import Console

EXPORTS: Final = ("graphml", "ftm", "bods")  # screener.report.export, not imported for --help


@click.command("show")
@click.argument("company", metavar="COMPANY")
@options.assessing(*FORMATS, *EXPORTS)
def command(company: str, asked: options.Asked) -> None:
    """Show everything held on COMPANY: a name in any script, stock code, ISIN, LEI or corp code."""
    from screener.report import machine
    from screener.report.export import export
    from screener.report.story import seen_lately
    from screener.report.subgraph import subgraph
    from screener.report.terminal import print_companies
    from screener.report.tree import company_tree
    from screener.store.clock import clocks_are_set, set_clocks

    check_format(asked.fmt, asked.out)
    with opened_as(asked) as con:
        entity_id = the_company(con, company)
        needs_screened(con, entity_id)
        assessment = assessed(con, asked)
        if not clocks_are_set(con):
            set_clocks(con, asked.as_of, asked.known_at)
        around = subgraph(con, entity_id)
    if asked.fmt in EXPORTS:
        emit(export(around, asked.fmt, known_at=assessment.clocks.known_at), asked.out)
        return

    def dossier(paper: Console) -> None:
        print_companies(assessment, [entity_id], paper, assessment.name(entity_id), full=True)
        paper.print()
        paper.print(company_tree(around, seen_lately(assessment)))

    deliver(
        asked,
        terminal=dossier,
        document=lambda: machine.listing_json(assessment, [entity_id]) | {"schema": "screener/show/1"},
        table=lambda: machine.findings_table(assessment, [entity_id]),
        sheets=lambda: {
            "findings": machine.findings_table(assessment, [entity_id]),
            "sources": machine.sources_table(assessment),
        },
        assessment=assessment,
        title=assessment.name(entity_id),
    )
