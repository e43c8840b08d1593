"""`screener site`: static pages of the whole base."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from screener.cli import options
from screener.cli.opening import assessed_as, opened
from screener.cli.progress import note
from screener.report.phrases import phrase


@click.command("site")
@click.option(
    "--out", required=True, metavar="DIR", help="Folder of the site; one that an earlier run made is replaced."
)
@click.option(
    "--previous",
    metavar="DIR",
    help="A run of `screener quarter`, whose changes become the feed (default: the newest evidence).",
)
@click.option("--address", metavar="URL", default="", help="Where the site will stand, for the links of the feed.")
@options.CLOCKS
@options.STORES
@options.RULES
@options.MANNERS
def command(
    out: str,
    previous: str | None,
    address: str,
    as_of: dt.date | None,
    known_at: dt.date | None,
    store: str | None,
    datasets: tuple[str, ...],
    rules: tuple[str, ...],
    quiet: bool,
    debug: bool,
) -> None:
    """Write pages of the whole base in English and Korean, with a search that works from files.

    The page "Screen your holdings" matches and screens a pasted list in the browser; nothing leaves the machine.
    """
    from screener.report.build import companies_document
    from screener.report.wording import LANGUAGES, wording
    from screener.site.facts import read_facts
    from screener.site.feed import read_changes
    from screener.site.folder import check_folder, write_folder
    from screener.site.pages import Material, company_ids, files

    check_folder(Path(out))
    changes = read_changes(previous) if previous else None
    wordings = {language: wording(language, "site", datasets=datasets) for language in LANGUAGES}
    with opened(store, datasets, quiet=quiet) as con:
        assessment = assessed_as(con, rules=rules, as_of=as_of, known_at=known_at, quiet=quiet)
        ids = company_ids(assessment)
        documents = {
            language: companies_document(assessment, ids, w, "list", w("site.name")) for language, w in wordings.items()
        }
        facts = read_facts(con, documents[LANGUAGES[0]])
    material = Material(documents, wordings, facts, assessment.rules, assessment.scores, changes, address)
    pages = _counted(files(material), quiet)
    size = write_folder(Path(out), pages)
    note(f"{out}: {size / 1e6:.1f} MB", quiet=quiet)


def _counted(pages: Iterable[tuple[str, bytes]], quiet: bool) -> Iterator[tuple[str, bytes]]:
    """The same pages, counted on a terminal's standard error."""
    if quiet or not sys.stderr.isatty():
        yield from pages
        return
    from rich.console import Console
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(phrase("writing the site: files") + " {task.completed:.0f}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("")
        for page in pages:
            yield page
            progress.advance(task)
