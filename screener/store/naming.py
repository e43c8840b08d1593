"""The topics, and the short names of lists, as the dataset files have them.

Options and texts need them before a store is open, so they are read from the files, without DuckDB or Polars.
Invalid rows are skipped here; `screener data check` reports them.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from screener.errors import ScreenerError
from screener.store.inputs import dataset_folders, table_files


def topic_ids(datasets: Sequence[str] = ()) -> tuple[str, ...]:
    """The topics of the shipped datasets and of the user's folders, in the order of their `position`."""
    rows = [row for row in _rows("topic", dataset_folders(datasets)) if row.get("topic")]
    rows.sort(key=lambda row: (int(row["position"]) if row.get("position", "").isdecimal() else 10**6, row["topic"]))
    return tuple(row["topic"] for row in rows)


def topics_meant(written: Sequence[str], datasets: Sequence[str] = (), *, where: str) -> tuple[str, ...]:
    """The topics meant by full ids or by prefixes (`myanmar`, `xinjiang`), in the order given.

    Raises:
        ScreenerError: no topic begins like that; `where` is the option or argument.
    """
    known, found = topic_ids(datasets), []
    for one in written:
        meant = [one] if one in known else [topic for topic in known if one and topic.startswith(one)]
        if not meant:
            raise ScreenerError("no such topic", where=where, found=one, do=f"use one of {', '.join(known)}")
        found += meant
    return tuple(dict.fromkeys(found))


def labels(language: str, datasets: Sequence[str] = ()) -> dict[str, str]:
    """Names of topics and lists in a language: `topics.<id>` and `lists.<id>` -> name; nameless ones are left out."""
    column = "" if language == "en" else f"_{language}"
    folders = dataset_folders(datasets)
    named = {f"topics.{row.get('topic')}": row.get(f"name{column}") for row in _rows("topic", folders)}
    named |= {f"lists.{row.get('list_id')}": row.get(f"short_name{column}") for row in _rows("list", folders)}
    return {key: name for key, name in named.items() if name}


def _rows(table: str, folders: Sequence[Path]) -> Iterator[dict[str, str]]:
    for path in table_files(folders, table).values():
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as text:
            for row in csv.DictReader(text):
                yield {name: (cell or "").strip() for name, cell in row.items() if isinstance(name, str)}
