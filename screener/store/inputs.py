"""Finds the dataset folders and each table's files in them, and reads topics and the short names of lists from them.

Options and texts need these before a store is open, so they are read without DuckDB or Polars; few imports also let a
built store open fast. Invalid rows are skipped here; `screener data check` reports them.
"""

import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from screener.errors import ScreenerError
from screener.paths import shipped, user_folder
from screener.schema.vocabulary import COLUMNS


@dataclass(frozen=True)
class InputFile:
    """A dataset file: `name` is `<table>/<file>.csv`, unique after overriding; `sha256` is of its bytes."""

    table: str
    name: str
    path: Path
    sha256: str


def dataset_folders(datasets: Sequence[str] = ()) -> list[Path]:
    """The shipped dataset folder, then the user's: a file in a later folder replaces an earlier one of its name."""
    return [shipped("datasets"), *(user_folder(given, "--datasets") for given in datasets)]


def table_files(folders: Sequence[Path], table: str) -> dict[str, Path]:
    """One table's files by name, `<table>/<file>.csv`; a file of a later folder replaces an earlier one of its name."""
    return {f"{table}/{path.name}": path for folder in folders for path in sorted((folder / table).glob("*.csv"))}


def input_files(folders: Sequence[Path]) -> list[InputFile]:
    """The dataset files of all folders; a file of a later folder replaces an earlier one of its name.

    Raises:
        ScreenerError: a folder holds no table folder at all.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        here = {name: path for table in COLUMNS for name, path in table_files([folder], table).items()}
        if not here:
            raise ScreenerError(
                "no dataset table here",
                where=str(folder),
                do="a dataset folder holds table folders with CSV files, such as topic/mine.csv",
            )
        found.update(here)
    return [
        InputFile(name.split("/", 1)[0], name, found[name], hashlib.sha256(found[name].read_bytes()).hexdigest())
        for name in sorted(found)
    ]


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
