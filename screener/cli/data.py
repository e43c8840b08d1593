"""`screener data`: check, build and describe the facts and the store."""

from __future__ import annotations

import json
import sys

import click

from screener.cli import options
from screener.errors import EXIT_DONE, EXIT_USAGE


@click.group("data")
def command() -> None:
    """Check, build and describe the facts and the store."""


@command.command("check")
@options.DATASETS
@options.format_option("terminal", "json")
@options.MANNERS
def check(datasets: tuple[str, ...], fmt: str, quiet: bool, debug: bool) -> None:
    """Read every dataset file and name each row that cannot stand, where, why and what to do.

    Exits with 2 when any row was set aside, 0 otherwise.
    """
    from screener.report.rejects import rejects_table, rejects_text
    from screener.store.build import checked

    counts, rejects = checked(datasets)
    if fmt == "json":
        click.echo(
            json.dumps(
                {"schema": "screener/check/1", "rows": counts, "rejects": rejects.to_dicts()},
                ensure_ascii=False,
                indent=2,
            )
        )
    elif rejects.height and sys.stdout.isatty():
        rejects_table(rejects)
    elif rejects.height:
        click.echo(rejects_text(rejects))
    if fmt != "json" and not quiet:
        told = ", ".join(f"{name} {number}" for name, number in counts.items())
        click.echo(f"{sum(counts.values())} rows stand ({told}); {rejects.height} problems.", err=True)
    raise click.exceptions.Exit(EXIT_USAGE if rejects.height else EXIT_DONE)


@command.command("build")
@options.STORES
@click.option("--force", is_flag=True, help="Build even if the inputs have not changed.")
@options.MANNERS
def build(store: str | None, datasets: tuple[str, ...], force: bool, quiet: bool, debug: bool) -> None:
    """Build the store from the datasets, unless the one that is there was built from the same inputs."""
    from screener.cli.opening import match_names
    from screener.store.build import ensure

    state = ensure(store, datasets, force=force, match_names=match_names)
    if not quiet:
        what = "built" if state.built else "up to date"
        problems = f"; {state.rejected} problems, see `screener data check`" if state.rejected else ""
        click.echo(f"{state.path}: {what}{problems}")


@command.command("info")
@options.STORES
@options.format_option("terminal", "json")
@options.MANNERS
def info(store: str | None, datasets: tuple[str, ...], fmt: str, quiet: bool, debug: bool) -> None:
    """Describe the store: rows by table, the files that it was built from, the day of the facts, the lists and until when they are complete."""
    from screener.cli.opening import opened
    from screener.report.store import store_json, store_page
    from screener.report.terminal import page
    from screener.store.describe import describe

    with opened(store, datasets, quiet=quiet) as con:
        description = describe(con)
    if fmt == "json":
        click.echo(store_json(description))
        return
    with page() as (paper, _):
        paper.print(store_page(description))
