"""`screener list`, `show`, `explain` and `letter`: companies and the findings on them."""

import datetime as dt
from functools import partial
from pathlib import Path
from typing import Final

import click
import duckdb

from screener.cli import options
from screener.cli.opening import assessed, opened, stop_at
from screener.cli.output import emit, note, write_result
from screener.errors import ScreenerError
from screener.match.company import the_company
from screener.report.formats import FORMATS, Shown
from screener.schema.vocabulary import BANDS

EXPORTS: Final = ("graphml", "ftm", "bods")  # of screener.report.export


@click.command("list")
@options.choice("--band", BANDS[1:], "Only this band and above.", default=None)
@click.option(
    "--ended/--no-ended", default=True, show_default=True, help="Include firms all of whose findings have ended."
)
@options.switch("--full", "Every finding of each firm, not only the strongest of each topic (terminal).")
@options.FAIL_ON
@options.assessing(*FORMATS)
def list_command(band: str | None, ended: bool, full: bool, asked: options.CommonOptions) -> None:
    """List the firms with findings, most exposed first, each with its paths, evidence and answers.

    With --topic, score and band are those of the topics named. Firms that are linked only as affiliates of one that
    acts are not listed.
    """
    import polars as pl

    from screener.report.build import Choice, companies_document

    with opened(asked) as con:
        assessment = assessed(con, asked)
    acting = assessment.scores.findings.filter(pl.col("relation") != "group")
    if not ended or asked.live:
        acting = acting.filter(pl.col("status") != "ended")
    scores = assessment.scores.companies.filter(pl.col("company_id").is_in(acting["company_id"].unique().implode()))
    if band:
        scores = scores.filter(pl.col("band").is_in(BANDS[BANDS.index(band) :]))
    w = asked.wording()
    title = w("head.exposed")
    if asked.topics:
        title += ": " + w("format.list_joiner").join(w.label("topics", topic) for topic in asked.topics)
    document = companies_document(assessment, scores["company_id"].to_list(), w, "list", title, Choice(live=asked.live))
    write_result(asked, document, w, Shown(full=full))
    stop_at(scores["band"], asked)


def _meant(con: duckdb.DuckDBPyConnection, company: str, asked: options.CommonOptions) -> str:
    """The id of the company that a person named; where that has merged, a note says whose facts are shown."""
    return the_company(con, company, partial(note, quiet=asked.quiet))


@click.command("show")
@click.argument("company", metavar="COMPANY")
@options.assessing(*FORMATS, *EXPORTS)
def show(company: str, asked: options.CommonOptions) -> None:
    """Show everything held on COMPANY: a name in any script, stock code, ISIN, LEI or corp code."""
    from screener.report.build import Choice, company_document, seen_since
    from screener.report.export import export
    from screener.report.surroundings import subgraph, surroundings

    with opened(asked) as con:
        entity_id = _meant(con, company, asked)
        assessment = assessed(con, asked)
        around = subgraph(con, entity_id)
    if asked.fmt in EXPORTS:
        emit(export(around, asked.fmt, known_at=assessment.clocks.known_at), asked.out)
        return
    w = asked.wording()
    found = assessment.scores.findings.filter(company_id=entity_id)
    branches = surroundings(around, w, seen_since(assessment), set(found["edge_ids"].explode()))
    choice = Choice(live=asked.live, surroundings={entity_id: branches})
    write_result(asked, company_document(assessment, entity_id, w, choice), w)


@click.command("explain")
@click.argument("company", metavar="COMPANY")
@options.assessing(*FORMATS)
def explain(company: str, asked: options.CommonOptions) -> None:
    """Take the score of COMPANY apart: each factor of each finding, so that it can be redone by hand."""
    from screener.report.build import Choice, company_document

    with opened(asked) as con:
        entity_id = _meant(con, company, asked)
        # All topics are run: the overall score depends on all; --topic only selects what is shown.
        assessment = assessed(con, asked, topics=())
    w, choice = asked.wording(), Choice(topics=asked.topics, live=asked.live, explain=True)
    write_result(asked, company_document(assessment, entity_id, w, choice), w)


@click.command("letter")
@click.argument("company", metavar="COMPANY")
@options.text("--out", "FILE", "Write to this file: .md, .html or .txt (default: Markdown on the standard output).")
@options.day("--deadline", "The day by which an answer is asked for (default: 21 days after --as-of).")
@options.asking(options.CLOCKS, options.TOPIC, options.STORES, options.RULES)
def letter(company: str, deadline: dt.date | None, asked: options.CommonOptions) -> None:
    """Draft a letter that asks COMPANY for its side: numbered points with their sources, and a deadline.

    Nothing is sent or recorded. The row for datasets/contact/ is printed on the standard error, to be added once the
    letter has been sent.
    """
    from screener.report import letter as letters
    from screener.report.build import Choice, company_document

    fmt = letters.FORMATS.get(Path(asked.out).suffix.lower()) if asked.out else "md"
    if fmt is None:
        do = f"end it in {', '.join(letters.FORMATS)}"
        raise ScreenerError("not a format of a letter", where="--out", found=asked.out, do=do)
    with opened(asked) as con:
        entity_id = _meant(con, company, asked)
        assessment = assessed(con, asked, topics=())
    w = asked.wording("letter")
    document = company_document(assessment, entity_id, w, Choice(topics=asked.topics))
    day = assessment.clocks.as_of
    deadline = deadline or day + dt.timedelta(days=letters.DAYS)
    if deadline <= day:
        do = f"name a day after {day}"
        raise ScreenerError("the deadline has passed", where="--deadline", found=deadline, do=do)
    emit(letters.written(letters.letter(document, w, deadline), fmt, w), asked.out)
    if not asked.quiet:
        click.echo(f"{w('letter.record')}\n{letters.contact_rows(document.companies[0], deadline)}", err=True)
