"""`screener fetch`: bring official sources into the store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from screener.cli import options
from screener.cli.output import Moved, bars, emit, write
from screener.errors import EXIT_SOURCE, ScreenerError, printable
from screener.report.phrases import phrase

if TYPE_CHECKING:
    from screener.sources.run import Fetched


@click.command("fetch")
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@options.switch("--all every", "Every source that can be reached with the keys that are set.")
@options.text("--from file", "FILE", "Load a local raw file through the same parser; no network.")
@options.day("--retrieved-on", "With --from: the day on which the file was retrieved (default: today).")
@options.texts("--option settings", "NAME=VALUE", "What to request from the source; see docs/sources.md.")
@options.switch("--accept", "Accept a snapshot whose number of rows differs greatly from the last one's.")
@options.switch("--again", "Read the rows even if the source has not changed.")
@options.asking(options.WAIT, options.STORES, options.formats("terminal", "json"))
def command(
    names: tuple[str, ...],
    every: bool,
    file: str | None,
    retrieved_on: dt.date | None,
    settings: tuple[str, ...],
    accept: bool,
    again: bool,
    asked: options.CommonOptions,
) -> None:
    """Fetch official sources into the store, each as a dated snapshot; without a SOURCE, list them.

    Exits with 3 if any source failed; the others are fetched nevertheless.
    """
    from screener.match.joining import join_origin
    from screener.match.ready import ready_store
    from screener.sources.run import FetchRequest, fetch
    from screener.sources.source import SOURCES

    if every and (names or file):
        do = "name sources, or write --all, and load files one by one"
        raise ScreenerError("--all cannot be combined with sources", where="--all", do=do)
    if file is not None and len(names) != 1:
        found, do = " ".join(names) or "no source", "screener fetch SOURCE --from FILE"
        raise ScreenerError("a file belongs to one source", where="--from", found=found, do=do)
    if retrieved_on is not None and file is None:
        what = "only a file can have been retrieved on another day"
        raise ScreenerError(what, where="--retrieved-on", do="add --from FILE")
    store = ready_store(asked.store, asked.datasets).path
    if every:
        names = tuple(one.id for one in SOURCES.values() if one.can_fetch and (one.key is None or one.key_value()))
    elif not names:
        _list(store, asked)
        return
    request = FetchRequest(
        store,
        join_origin,
        Path(file) if file else None,
        options.named_values(settings, "--option"),
        accept,
        again,
        _moment(retrieved_on),
        asked.wait,
        raise_faults=asked.debug,
    )
    with bars(names, quiet=asked.quiet or asked.fmt == "json", transient=False) as moved:
        results = fetch(names, request, partial(_progress, moved))
    if asked.fmt == "json":
        from screener.report.serialise import dump

        emit(dump({"schema": "screener/fetch/1", "sources": [_entry(result) for result in results]}, indent=2))
    else:
        _summary(results, asked.quiet)
    if any(result.failed for result in results):
        # A faulty file from the user is bad input; a faulty answer is the source's error.
        alone = results[0].error if file is not None else None
        raise click.exceptions.Exit(alone.exit_code if alone is not None else EXIT_SOURCE)


def _moment(day: dt.date | None) -> dt.datetime | None:
    """The current time on that day, so that snapshots of one day keep the order in which they were loaded."""
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    if day is not None and day > now.date():
        do = "write the day on which the file was retrieved"
        raise ScreenerError("a day in the future", where="--retrieved-on", found=day, do=do)
    return None if day is None else dt.datetime.combine(day, now.time())


def _list(store: Path, asked: options.CommonOptions) -> None:
    from screener.report.store import sources_json, sources_page
    from screener.sources.source import SOURCES
    from screener.store.build import open_store
    from screener.store.snapshots import snapshot_summary

    with open_store(store) as con:
        fetched = snapshot_summary(con)
    fields = ("id", "title", "publisher", "url", "terms", "frequency", "key")
    listed = [
        {name: getattr(source, name) for name in fields}
        | {"key_set": source.key is None or source.key_value() is not None}
        | {"by": "network or --from" if source.can_fetch else "--from only"}
        for source in SOURCES.values()
    ]
    write(asked, terminal=partial(sources_page, listed, fetched), json=partial(sources_json, listed, fetched))


def _entry(result: Fetched) -> dict[str, Any]:
    o = result.outcome
    counts = {name: getattr(o, name) if o else None for name in ("rows", "added", "removed", "rejected")}
    return {"source": result.name, "status": result.status} | counts | {
        "left_out": o.left_out if o else {},
        "unexpected_fields": sorted(o.unexpected) if o else [],
        "reason": result.error.line() if result.error else o.reason if o else None,
    }  # fmt: skip


def _summary(results: list[Fetched], quiet: bool) -> None:
    for result in results:
        if result.failed or not quiet:
            click.echo(printable("; ".join(_line(result))), err=result.failed)
    if len(results) > 1 and not quiet:
        statuses = [result.status for result in results]
        said = [f"{sum(not result.failed for result in results)} of {len(results)} sources fetched"]
        if failed := statuses.count("failed"):
            said.append(f"{failed} failed")
        if refused := statuses.count("refused"):
            said.append(f"{refused} refused")
        click.echo("; ".join(map(phrase, said)))


def _line(result: Fetched) -> Iterator[str]:
    """The result for a source, part by part."""
    name, o = result.name, result.outcome
    if o is None:
        reason = result.error.line(phrase) if result.error else ""
        yield f"{name}: {phrase('failed')}: {reason.removeprefix(f'{name}: ')}"
    elif not o.accepted:
        yield phrase(
            f"{name}: refused: {o.reason}; the earlier snapshot stays in use (--accept accepts it nevertheless)"
        )
    elif o.unchanged:
        yield phrase(f"{name}: unchanged, {o.rows:,} records")
    else:
        yield phrase(f"{name}: {o.rows:,} records")
        yield phrase(f"{o.added:,} rows new, {o.removed:,} gone")
        if o.left_out:
            what = ", ".join(f"{number:,} {phrase(what)}" for what, number in sorted(o.left_out.items()))
            yield phrase(f"left out: {what}")
        if o.rejected:
            yield phrase(f"{o.rejected:,} records could not be read")
        if o.unexpected:
            yield phrase(f"unexpected fields: {', '.join(sorted(o.unexpected)[:8])}")


def _progress(moved: Moved, name: str, step: str, done: int, total: int | None) -> None:
    """Moves a source's bar. Whole files are counted in bytes; sources read by request, in units of their own."""
    size = f" {done / 1e6:.1f} MB" if step == "download" and done >= 1e5 else ""
    moved(name, phrase(step) + size, done, total)
