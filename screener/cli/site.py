"""`screener site`: static pages of the whole base."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import click

from screener.cli import options
from screener.cli.opening import assessed, opened
from screener.cli.output import note, steps


@click.command("site")
@options.text("--out", "DIR", "Folder of the site; one from an earlier run is replaced.", required=True)
@options.text(
    "--previous", "DIR", "A run of `screener quarter`, whose changes become the feed (default: the newest evidence)."
)
@options.text("--address", "URL", "Address at which the site will be published, for the links of the feed.", default="")
@options.asking(options.CLOCKS, options.STORES, options.RULES)
def command(previous: str | None, address: str, asked: options.CommonOptions) -> None:
    """Write pages of the whole base in English and Korean, with a search that works from files.

    The page "Screen your holdings" matches and screens a pasted list in the browser; nothing leaves the machine.
    """
    from screener.report.wording import LANGUAGES, wording
    from screener.site.facts import material
    from screener.site.feed import read_changes
    from screener.site.folder import check_folder, write_folder
    from screener.site.pages import files

    out = Path(str(asked.out))
    check_folder(out)
    changes = read_changes(previous) if previous else None
    wordings = {language: wording(language, "site", datasets=asked.datasets) for language in LANGUAGES}
    with opened(asked) as con:
        made = replace(material(con, assessed(con, asked), wordings), changes=changes, address=address)
    with steps("writing the site: files", quiet=asked.quiet) as step:
        size = write_folder(out, _counted(files(made), step))
    note(f"{out}: {size / 1e6:.1f} MB", quiet=asked.quiet)


def _counted(pages: Iterable[tuple[str, bytes]], step: Callable[[], None]) -> Iterator[tuple[str, bytes]]:
    for page in pages:
        yield page
        step()
