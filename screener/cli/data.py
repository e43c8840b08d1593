"""`screener data`: check, build and describe facts and store, report what they cover, forget old snapshots."""

import datetime as dt
from functools import partial

import click

from screener.cli import options
from screener.cli.help import Group
from screener.cli.output import emit, note, write
from screener.errors import EXIT_DONE, EXIT_USAGE, ScreenerError
from screener.report.phrases import phrase


@click.group("data", cls=Group)
def command() -> None:
    """Check, build and describe the facts and the store, report what they cover; delete old snapshots."""


@command.command("check")
@options.asking(options.DATASETS, options.formats("terminal", "json"))
def check(asked: options.CommonOptions) -> None:
    """Read every dataset file and report each invalid row: where, why and what to do.

    Exits with 2 when any row was set aside, 0 otherwise.
    """
    from screener.report.serialise import dump
    from screener.report.store import rejects_text
    from screener.store.load import checked

    counts, rejects, notices = checked(asked.datasets)
    if asked.fmt == "json":
        found = {"rows": counts, "rejects": rejects.to_dicts(), "notices": notices}
        emit(dump({"schema": "screener/check/1"} | found, indent=2))
    elif rejects.height:
        emit(rejects_text(rejects))
    if asked.fmt != "json" and not asked.quiet:
        tables = ", ".join(f"{name} {number}" for name, number in counts.items())
        said = f"{sum(counts.values())} rows are valid ({tables}); {rejects.height} problems."
        click.echo("\n".join(map(phrase, [*notices, said])), err=True)
    raise click.exceptions.Exit(EXIT_USAGE if rejects.height else EXIT_DONE)


@command.command("build")
@options.switch("--force", "Build even if the inputs have not changed.")
@options.asking(options.STORES)
def build(force: bool, asked: options.CommonOptions) -> None:
    """Build the store from the datasets, unless the existing one was built from the same inputs."""
    from screener.match.ready import ready_store

    state = ready_store(asked.store, asked.datasets, force=force)
    if not asked.quiet:
        said = [phrase(f"{state.path}: built" if state.built else f"{state.path}: up to date")]
        if state.rejected:
            said.append(phrase(f"{state.rejected} problems, see `screener data check`"))
        click.echo("; ".join(said))


@command.command("info")
@options.asking(options.STORES, options.formats("terminal", "json"))
def info(asked: options.CommonOptions) -> None:
    """Describe the store: its rows, its inputs, what was fetched and since when, and until when lists are complete."""
    from screener.report.store import store_json, store_page
    from screener.store.build import inputs_hash, open_store, store_path
    from screener.store.snapshots import describe, raw_size, snapshot_summary

    path = store_path(asked.store, asked.datasets)
    if not path.exists():
        raise ScreenerError("there is no store yet", where=str(path), do="`screener data build` makes one")
    with open_store(path) as con:
        description, fetched = describe(con), snapshot_summary(con)
    if description["inputs"] != inputs_hash(asked.datasets):
        note("the facts have changed since this store was built; the next command rebuilds it", quiet=asked.quiet)
    found = (description, str(path), fetched, raw_size(path))
    write(asked, terminal=partial(store_page, *found), json=partial(store_json, *found))


@command.command("coverage")
@options.switch("--full", "The searches on every topic, not only on those with few companies (terminal).")
@options.asking(
    options.formats("terminal", "json", "md"),
    *(options.OUT, options.CLOCKS, options.TOPIC, options.STORES, options.RULES),
)
def show_coverage(full: bool, asked: options.CommonOptions) -> None:
    """Report what the base holds on each topic, what is thin, and what was searched for.

    Facts, entities and answers are counted by year, grade and age.
    """
    from screener.cli.opening import assessed, opened
    from screener.runs.coverage import coverage, coverage_json, coverage_markdown, coverage_page

    with opened(asked) as con:
        found = coverage(con, assessed(con, asked), asked.topics)
    w = asked.wording()
    terminal, md = partial(coverage_page, found, w, full=full), partial(coverage_markdown, found, w)
    write(asked, terminal=terminal, json=partial(coverage_json, found), md=md)


@command.command("prune")
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@options.day("--before", "Delete what had been replaced before this day.")
@options.count("--keep", "Delete what is older than the newest N snapshots of its source.", metavar="N")
@options.switch("--dry-run", "Only show what would be deleted.")
@options.asking(options.WAIT, options.STORES, options.formats("terminal", "json"))
def prune_snapshots(
    names: tuple[str, ...], before: dt.date | None, keep: int | None, dry_run: bool, asked: options.CommonOptions
) -> None:
    """Delete old snapshots of fetched sources, their rows and their raw files; of every SOURCE unless some are named.

    What is valid today always stays. A --known-at day before the oldest remaining snapshot is refused afterwards. With
    --before and --keep, only what is both older than the day and not among the newest is deleted.
    """
    from screener.report.store import pruned_json, pruned_text
    from screener.store.build import store_path
    from screener.store.prune import prune

    path = store_path(asked.store, asked.datasets)
    pruned = prune(path, names, before=before, keep=keep, dry_run=dry_run, wait=asked.wait)
    if asked.fmt == "json" or not asked.quiet:
        terminal, json = (partial(form, pruned, dry_run=dry_run) for form in (pruned_text, pruned_json))
        write(asked, terminal=terminal, json=json)
