"""A store described, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
from rich.console import Group, RenderableType
from rich.text import Text

from screener.report.phrases import phrase
from screener.report.serialise import dump
from screener.report.tables import NUMBER, TEXT, WORD, plain_table
from screener.report.text import plain
from screener.store.describe import Description
from screener.store.prune import Pruned


def store_page(d: Description, path: str, fetched: pl.DataFrame, raw: tuple[int, int]) -> RenderableType:
    """Tables, files, fetched sources (`snapshot_summary`), lists of a store, and number and bytes of its raw files."""
    counts = [(name, f"{number:,}") for name, number in d.rows.iter_rows()]
    lists = [
        (
            row["list_id"],
            str(row["entities"]),
            str(row["complete_as_of"] or phrase("not complete")),
            Text(plain(row["title"])),
        )
        for row in d.lists.iter_rows(named=True)
    ]
    heads = _heads(("list", WORD), ("entities", NUMBER), ("complete as of", WORD), ("title", TEXT))
    facts = phrase(f"Facts as read until {d.facts_of}; {d.files.height} files; {d.rejected} rows with problems")
    return Group(
        Text("\n".join((plain(path), facts, phrase(f"inputs {d.inputs}"), ""))),
        plain_table([("table", TEXT), ("rows", NUMBER)], counts, title=phrase("Rows by table"), header=False),
        "",
        *_fetched(fetched, raw),
        "",
        plain_table(heads, lists, title=phrase("Lists")),
    )


def _heads(*heads: tuple[str, str]) -> list[tuple[str, str]]:
    return [(phrase(head), kind) for head, kind in heads]


def _fetched(fetched: pl.DataFrame, raw: tuple[int, int]) -> Iterator[RenderableType]:
    if not fetched.height:
        yield from (Text(phrase("Fetched"), style="bold"), Text(phrase("nothing; `screener fetch` lists the sources")))
        return
    rows, notes = [], []
    for row in fetched.iter_rows(named=True):
        when, first, origin = row["retrieved_at"], row["first_at"], plain(row["origin"])
        published = str(row["published_on"] or phrase("not told"))
        cells = (f"{when:%Y-%m-%d %H:%M}", published, f"{row['rows']:,}") if when else (phrase("never"), "", "")
        rows.append((origin, *cells, f"{row['snapshots']}", f"{first:%Y-%m-%d}" if first else ""))
        said = []
        if row["unexpected"]:
            said.append("fields that the program does not know: " + ", ".join(row["unexpected"]))
        if row["rejected"]:
            said.append(f"{row['rejected']:,} records could not be read")
        notes += [Text(plain(f"{origin}: {phrase(text)}")) for text in said]
        notes += refusals(fetched.filter(pl.col("origin") == row["origin"]))
    heads = [("source", WORD), ("last fetched", WORD), ("published", WORD), ("records", NUMBER), ("snapshots", NUMBER)]
    yield plain_table(_heads(*heads, ("known from", WORD)), rows, title=phrase("Fetched"))
    yield from notes
    size = phrase(f"{_counted(raw[0], 'raw file', 'raw files')}, {_size(raw[1])} compressed; times are UTC")
    yield Text(size, style="dim")


def refusals(fetched: pl.DataFrame) -> list[Text]:
    """The sources whose newest snapshot was refused, and why."""
    return [
        Text(plain(f"{row['origin']}: " + phrase(f"a later snapshot was refused: {row['reason']}")))
        for row in fetched.iter_rows(named=True)
        if row["reason"]
    ]


def pruned_text(pruned: Pruned, *, dry_run: bool) -> str:
    """What was, or would be, forgotten, a line a source and one for the raw files."""
    if not pruned.sources:
        return phrase("nothing to forget")
    would = phrase("would be forgotten" if dry_run else "forgotten")
    lines = [
        f"{plain(s.origin)}: {_counted(s.snapshots, 'snapshot', 'snapshots')}, {_counted(s.rows, 'row', 'rows')}"
        f" {would}; {phrase(f'--known-at goes back to {s.known_from}')}"
        for s in pruned.sources
    ]
    return "\n".join([*lines, f"{_counted(pruned.files, 'raw file', 'raw files')}, {_size(pruned.bytes)} {would}"])


def pruned_json(pruned: Pruned, *, dry_run: bool) -> str:
    """The same as the document `screener/prune/1`."""
    sources = [
        {"source": s.origin, "snapshots": s.snapshots, "rows": s.rows, "known_from": s.known_from}
        for s in pruned.sources
    ]
    document = {"schema": "screener/prune/1", "dry_run": dry_run, "sources": sources}
    return dump(document | {"files": pruned.files, "bytes": pruned.bytes}, indent=2)


def _counted(number: int, one: str, many: str) -> str:
    return phrase(f"{number:,} {one if number == 1 else many}")


def _size(number: int) -> str:
    return f"{number / 1e6:,.1f} MB" if number >= 1e5 else f"{number / 1e3:,.1f} kB"


def store_json(d: Description, path: str, fetched: pl.DataFrame, raw: tuple[int, int]) -> str:
    """The description as the document `screener/store/1`; times are UTC."""
    document: dict[str, Any] = {
        "schema": "screener/store/1",
        "facts_of": d.facts_of,
        "inputs": d.inputs,
        "rows": dict(d.rows.iter_rows()),
        "rejected": d.rejected,
        "lists": d.lists.to_dicts(),
        "files": d.files.to_dicts(),
        "store": path,
        "fetched": in_utc(fetched).to_dicts(),
        "raw_files": {"number": raw[0], "bytes": raw[1]},
    }
    return dump(document, indent=2)


def in_utc(fetched: pl.DataFrame) -> pl.DataFrame:
    """The times as text, `2026-11-29T20:58:00Z`."""
    return fetched.with_columns(pl.col(pl.Datetime).dt.to_string("%Y-%m-%dT%H:%M:%SZ"))
