"""What the store holds, what was fetched, which sources there are, which rows are bad: for people and machines."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from screener.errors import ScreenerError
from screener.report.phrases import phrase
from screener.report.serialise import dump
from screener.report.tables import NUMBER, TEXT, WORD, plain_table
from screener.report.text import plain
from screener.store.prune import Pruned

Row = Mapping[str, Any]


def store_page(d: Row, path: str, fetched: pl.DataFrame, raw: tuple[int, int]) -> RenderableType:
    """A store (`describe`), its fetched sources (`snapshot_summary`), the number of raw files and their bytes."""
    counts = [(name, f"{number:,}") for name, number in d["rows"].items()]
    lists = [
        (r["list_id"], f"{r['entities']}", str(r["complete_as_of"] or phrase("not complete")), Text(plain(r["title"])))
        for r in d["lists"]
    ]
    heads = _heads(("list", WORD), ("entities", NUMBER), ("complete as of", WORD), ("title", TEXT))
    facts = phrase(f"Facts as read until {d['facts_of']}; {len(d['files'])} files; {d['rejected']} rows with problems")
    return Group(
        Text("\n".join((plain(path), facts, phrase(f"inputs {d['inputs']}"), ""))),
        plain_table([("table", TEXT), ("rows", NUMBER)], counts, title=phrase("Rows by table"), header=False),
        "",
        *_fetched(fetched, raw),
        "",
        plain_table(heads, lists, title=phrase("Lists")),
    )


def store_json(d: Row, path: str, fetched: pl.DataFrame, raw: tuple[int, int]) -> str:
    """The description as the document `screener/store/1`; times are UTC."""
    files = {"raw_files": {"number": raw[0], "bytes": raw[1]}}
    document = {"schema": "screener/store/1", **d, "store": path, "fetched": _in_utc(fetched).to_dicts(), **files}
    return dump(document, indent=2)


def _heads(*heads: tuple[str, str]) -> list[tuple[str, str]]:
    return [(phrase(head), kind) for head, kind in heads]


def _fetched(fetched: pl.DataFrame, raw: tuple[int, int]) -> Iterator[RenderableType]:
    if not fetched.height:
        yield from (Text(phrase("Fetched"), style="bold"), Text(phrase("nothing; `screener fetch` lists the sources")))
        return
    rows, notes = [], []
    for row in fetched.iter_rows(named=True):
        when, first, origin = row["retrieved_at"], row["first_at"], plain(row["origin"])
        published = str(row["published_on"] or phrase("not given"))
        cells = (f"{when:%Y-%m-%d %H:%M}", published, f"{row['rows']:,}") if when else (phrase("never"), "", "")
        rows.append((origin, *cells, f"{row['snapshots']}", f"{first:%Y-%m-%d}" if first else ""))
        said = []
        if row["unexpected"]:
            said.append("fields that the program does not know: " + ", ".join(row["unexpected"]))
        if row["rejected"]:
            said.append(f"{row['rejected']:,} records could not be read")
        notes += [Text(plain(f"{origin}: {phrase(text)}")) for text in said]
        notes += _refusals([row])
    heads = [("source", WORD), ("last fetched", WORD), ("published", WORD), ("records", NUMBER), ("snapshots", NUMBER)]
    yield plain_table(_heads(*heads, ("known from", WORD)), rows, title=phrase("Fetched"))
    yield from notes
    size = phrase(f"{_counted(raw[0], 'raw file', 'raw files')}, {_size(raw[1])} compressed; times are UTC")
    yield Text(size, style="dim")


def _refusals(fetched: Sequence[Row]) -> list[Text]:
    """The sources whose newest snapshot was refused, and why."""
    return [
        Text(plain(f"{row['origin']}: " + phrase(f"a later snapshot was refused: {row['reason']}")))
        for row in fetched
        if row["reason"]
    ]


def _in_utc(fetched: pl.DataFrame) -> pl.DataFrame:
    """The times as text, `2026-11-29T20:58:00Z`."""
    return fetched.with_columns(pl.col(pl.Datetime).dt.to_string("%Y-%m-%dT%H:%M:%SZ"))


def sources_page(listed: Sequence[Row], fetched: pl.DataFrame) -> RenderableType:
    """What each source is, gives, needs and allows, and when it was last fetched (`snapshot_summary`)."""
    last = _last(fetched)
    heads = _source_line(*map(phrase, ("source", "last fetched", "needs")))
    blocks: list[RenderableType] = [Text(heads, style="bold underline")]
    for row in listed:
        when, needs = phrase("never"), row["key"] or phrase("nothing")
        if found := last.get(row["id"]):
            when = phrase(f"{found['retrieved_at']:%Y-%m-%d}, {found['rows']:,} records")
        if row["by"] == "--from only":
            needs = phrase("a file (--from)")
        elif not row["key_set"]:
            needs = phrase(f"{row['key']} (not set)")
        line = Text(_source_line(row["id"], when, needs), no_wrap=True)
        line.stylize("bold", 0, 19)
        changes = phrase(f"changes {row['frequency']}")
        about = f"{row['title']}, {row['publisher']} · {changes} · {row['terms']}"
        blocks += [line, Padding(Text(plain(about), style="dim"), (0, 0, 0, 4))]
    ready = sum(row["by"] != "--from only" and row["key_set"] for row in listed)
    foot = (
        phrase(
            f"{len(listed)} sources, {len(last)} fetched; {ready} can be fetched now (--all),"
            " the others need a key in the environment or a file."
        ),
        phrase("screener fetch SOURCE… fetches them; screener fetch SOURCE --from FILE loads a local file."),
    )
    return Group(*blocks, *_refusals(fetched.to_dicts()), Text("\n" + "\n".join(foot)))


def _source_line(source: str, when: str, needs: str) -> str:
    """Cells of 18 and 28 columns, and the rest; a longer one shifts the others."""
    cells = (cell + " " * (width - cell_len(cell)) for cell, width in ((source, 18), (when, 28), (needs, 0)))
    return " ".join(cells)


def sources_json(listed: Sequence[Row], fetched: pl.DataFrame) -> str:
    """The list as the document `screener/sources/1`; times are UTC."""
    shown = ("retrieved_at", "published_on", "rows", "sha256", "snapshots")
    last = {source: {name: row[name] for name in shown} for source, row in _last(_in_utc(fetched)).items()}
    sources = [{**row, "fetched": last.get(row["id"])} for row in listed]
    return dump({"schema": "screener/sources/1", "sources": sources}, indent=2)


def _last(fetched: pl.DataFrame) -> dict[str, Row]:
    """Rows by source; of several variants of a source, the last fetched."""
    rows = fetched.drop_nulls("retrieved_at").sort("retrieved_at").iter_rows(named=True)
    return {row["origin"].partition(":")[0]: row for row in rows}


def pruned_text(pruned: Pruned, *, dry_run: bool) -> str:
    """What was, or would be, removed: a line per source, one for the raw files."""
    if not pruned.sources:
        return phrase("nothing to delete")
    would = phrase("would be deleted" if dry_run else "deleted")
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


def rejects_text(rejects: pl.DataFrame) -> str:
    """Rows that were set aside, for their author to correct: `file:row column [key]: problem (found …); do`."""
    lines = []
    for row in rejects.iter_rows(named=True):
        places = (f":{row['row']}", f" {row['column']}", f" [{row['key']}]")
        known = (place for place, name in zip(places, ("row", "column", "key"), strict=True) if row[name])
        where = row["file"] + "".join(known)
        error = ScreenerError(row["problem"], where=where, found=row["found"], do=row["do"])
        lines.append(plain(error.line(phrase)))
    return "\n".join(lines)
