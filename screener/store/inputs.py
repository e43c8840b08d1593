"""Finds the dataset folders and each table's files in them. Few imports, so that a built store opens fast."""

import hashlib
from collections.abc import Sequence
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
