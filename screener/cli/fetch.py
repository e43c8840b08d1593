"""`screener fetch`: bring official sources into the store."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from screener.cli import options
from screener.errors import EXIT_SOURCE, ScreenerError, printable
from screener.report.phrases import phrase

if TYPE_CHECKING:
    from screener.sources.run import Fetched, Progress


@click.command("fetch")
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@click.option("--all", "every", is_flag=True, help="Every source that can be reached with the keys that are set.")
@click.option(
    "--from", "file", metavar="FILE", help="Load a raw file that is already here, through the same parser; no network."
)
@click.option(
    "--retrieved-on", metavar="DATE", help="With --from: the day on which the file was retrieved (default: today)."
)
@click.option(
    "--option",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="What the source should bring; see docs/sources.md.",
)
@click.option("--accept", is_flag=True, help="Take a snapshot whose number of rows is far from the last one's.")
@click.option("--again", is_flag=True, help="Read the rows even if the source has not changed.")
@options.WRITING
def command(
    names: tuple[str, ...],
    every: bool,
    file: str | None,
    retrieved_on: str | None,
    settings: tuple[str, ...],
    accept: bool,
    again: bool,
    wait: float,
    store: str | None,
    datasets: tuple[str, ...],
    fmt: str,
    quiet: bool,
    debug: bool,
) -> None:
    """Bring official sources into the store, each as a dated snapshot; without a SOURCE, list them.

    Exits with 3 if any source failed; the others are brought all the same.
    """
    from screener.match.ready import match_names, ready_store
    from screener.sources.catalogue import SOURCES
    from screener.sources.run import FetchRequest, fetch

    if every and (names or file):
        raise ScreenerError(
            "--all stands alone", where="--all", do="name sources, or write --all, and load files one by one"
        )
    if file is not None and len(names) != 1:
        raise ScreenerError(
            "one file is of one source",
            where="--from",
            found=" ".join(names) or "no source",
            do="screener fetch SOURCE --from FILE",
        )
    if retrieved_on is not None and file is None:
        raise ScreenerError(
            "only a file can have been retrieved on another day", where="--retrieved-on", do="add --from FILE"
        )
    state = ready_store(store, datasets)
    if not names and not every:
        _list(state.path, fmt)
        return
    given = dict(_setting(text) for text in settings)
    if every:
        names = tuple(
            source.id for source in SOURCES.values() if source.can_fetch and (source.key is None or source.key_value())
        )
    request = FetchRequest(
        state.path, Path(file) if file else None, given, accept, again, _moment(retrieved_on), wait, match_names, debug
    )
    with _bars(names, quiet or fmt == "json") as progress:
        results = fetch(names, request, progress)
    _summary(results, fmt, quiet)
    if any(result.failed for result in results):
        # A file that the user gave is the user's input; what a source sends is the source's.
        alone = results[0].error if file is not None else None
        raise click.exceptions.Exit(alone.exit_code if alone is not None else EXIT_SOURCE)


def _setting(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise ScreenerError("not NAME=VALUE", where="--option", found=text, do="write for example --option year=2025")
    return name.strip(), value


def _moment(day: str | None) -> dt.datetime | None:
    if day is None:
        return None
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    try:
        moment = dt.datetime.fromisoformat(day)
    except ValueError:
        raise ScreenerError("not a day", where="--retrieved-on", found=day, do="write YYYY-MM-DD") from None
    if moment.tzinfo is not None:
        moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    if moment > now:
        raise ScreenerError(
            "a day that is still to come",
            where="--retrieved-on",
            found=day,
            do="write the day on which the file was retrieved",
        )
    # A day alone leaves room for several snapshots of it, in the order in which they are loaded.
    return (
        dt.datetime.combine(moment.date(), now.time())
        if moment.time() == dt.time() and moment.date() < now.date()
        else min(moment, now)
        if moment.time() != dt.time()
        else now
    )


def _list(store: Path, fmt: str) -> None:
    from screener.report.sources import sources_json, sources_page
    from screener.report.terminal import page
    from screener.sources.catalogue import SOURCES
    from screener.store.build import open_store
    from screener.store.snapshots import snapshot_summary

    with open_store(store) as con:
        fetched = snapshot_summary(con)
    listed = [
        {
            "id": source.id,
            "title": source.title,
            "publisher": source.publisher,
            "url": source.url,
            "terms": source.terms,
            "frequency": source.frequency,
            "key": source.key,
            "key_set": source.key is None or source.key_value() is not None,
            "by": "network or --from" if source.can_fetch else "--from only",
        }
        for source in SOURCES.values()
    ]
    if fmt == "json":
        click.echo(sources_json(listed, fetched))
        return
    with page() as (paper, _):
        paper.print(sources_page(listed, fetched))


def _summary(results: list[Fetched], fmt: str, quiet: bool) -> None:
    if fmt == "json":
        entries = [
            {
                "source": result.name,
                "status": result.status,
                "rows": result.outcome.rows if result.outcome else None,
                "added": result.outcome.added if result.outcome else None,
                "removed": result.outcome.removed if result.outcome else None,
                "rejected": result.outcome.rejected if result.outcome else None,
                "left_out": result.outcome.left_out if result.outcome else {},
                "unexpected_fields": sorted(result.outcome.unexpected) if result.outcome else [],
                "reason": result.error.line() if result.error else result.outcome.reason if result.outcome else None,
            }
            for result in results
        ]
        click.echo(json.dumps({"schema": "screener/fetch/1", "sources": entries}, ensure_ascii=False, indent=2))
        return
    for result in results:
        if result.failed or not quiet:
            click.echo(_line(result), err=result.failed)
    if len(results) > 1 and not quiet:
        brought = sum(not result.failed for result in results)
        said = [phrase(f"{brought} of {len(results)} sources brought")]
        if failed := sum(r.status == "failed" for r in results):
            said.append(phrase(f"{failed} failed"))
        if refused := sum(r.status == "refused" for r in results):
            said.append(phrase(f"{refused} refused"))
        click.echo("; ".join(said))


def _line(result: Fetched) -> str:
    if result.error is not None:
        return printable(
            f"{result.name}: {phrase('failed')}: {result.error.line(phrase).removeprefix(f'{result.name}: ')}"
        )
    outcome = result.outcome
    assert outcome is not None
    if not outcome.accepted:
        return phrase(
            f"{result.name}: refused: {outcome.reason}; the earlier snapshot stands (--accept takes it all the same)"
        )
    if result.unchanged:
        return phrase(f"{result.name}: unchanged, {outcome.rows:,} records")
    parts = [
        phrase(f"{result.name}: {outcome.rows:,} records"),
        phrase(f"{outcome.added:,} rows new, {outcome.removed:,} gone"),
    ]
    if outcome.left_out:
        what = ", ".join(f"{number:,} {phrase(what)}" for what, number in sorted(outcome.left_out.items()))
        parts.append(phrase(f"left out: {what}"))
    if outcome.rejected:
        parts.append(phrase(f"{outcome.rejected:,} records could not be read"))
    if outcome.unexpected:
        parts.append(phrase(f"unexpected fields: {', '.join(sorted(outcome.unexpected)[:8])}"))
    return printable("; ".join(parts))


@contextmanager
def _bars(names: tuple[str, ...], quiet: bool) -> Iterator[Progress]:
    """A bar a source on a terminal's standard error; nothing anywhere else."""
    if quiet or not sys.stderr.isatty():
        yield lambda name, step, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[step]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as bars:
        tasks = {name: bars.add_task(name, total=None, step=phrase("waiting"), start=False) for name in names}

        def show(name: str, step: str, done: int, total: int | None) -> None:
            bars.start_task(tasks[name])
            # Whole files are counted in bytes; what comes request by request in what it counts itself.
            size = f" {done / 1e6:.1f} MB" if step == "download" and done >= 1e5 else ""
            bars.update(tasks[name], step=phrase(step) + size, completed=done, total=total)
            if step in ("fetched", "unchanged", "refused", "failed"):
                bars.stop_task(tasks[name])

        yield show
