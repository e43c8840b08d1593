"""A small world of fictional companies, lists, sources and rules, and the program run inside it.

`inside(patch)` points the program at the datasets and rules of this folder in place of those that ship, so that goldens and laws
do not move when a real fact or rule does.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.once import stores_once

HERE = Path(__file__).parent
AS_OF, KNOWN_AT = "2024-06-30", "2024-06-30"
CLOCKS = ("--as-of", AS_OF, "--known-at", KNOWN_AT)
MIXED = HERE / "portfolios" / "mixed.csv"


@dataclass(frozen=True)
class Ran:
    """What a command gave: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


def inside(patch: pytest.MonkeyPatch, folder: Path = HERE) -> None:
    """Makes `folder` the place where the shipped datasets and rules lie, for as long as the patch lasts.

    A command that names no store then has one of its own: the store of what really ships, which all tests share, must
    not be built anew from this world. A store is built once from the same facts, and copied where it is asked for again.
    """
    patch.setenv("SCREENER_STORE", f"{os.environ['SCREENER_STORE']}.world-{os.getpid()}")
    for module in ("screener.store.inputs", "screener.rules.load"):
        patch.setattr(f"{module}.shipped", lambda name: folder / name)
    stores_once(patch)


def run(*arguments: object, width: int = 100, env: Mapping[str, str] | None = None) -> Ran:
    """Runs a command line in this process, as `python -m screener` would, into a pipe of this width."""
    from screener.cli import main

    out, err, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setenv("COLUMNS", str(width))
        for name, value in (env or {}).items():
            patch.setenv(name, value)
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as ending:
            code = int(ending.code or 0)
    sys.stdout.flush()
    return Ran(code, out.getvalue(), err.getvalue())


@dataclass(frozen=True)
class World:
    """The program in the small world, with a store of its own."""

    store: Path

    def run(self, *arguments: object, width: int = 100, clocks: Sequence[str] = CLOCKS) -> Ran:
        """A command in the world, on its days unless others are given."""
        return run(*arguments, *clocks, "--store", self.store, width=width)

    def screen(self, portfolio: Path, *arguments: object, width: int = 100, clocks: Sequence[str] = CLOCKS) -> Ran:
        """`screener screen` in the world."""
        return self.run("screen", portfolio, *arguments, width=width, clocks=clocks)


Write = Callable[[str, str | bytes], Path]
Document = dict[str, Any]


def write_tables(folder: Path, tables: Mapping[str, Sequence[Mapping[str, Any]]], name: str = "mine.csv") -> Path:
    """Writes dataset files, a row with fewer cells than the table has filled up with empty ones."""
    import csv

    from screener.schema.tables import columns

    for table, rows in tables.items():
        path = folder / table / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns(table), restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def read_tables(folder: Path = HERE / "datasets") -> dict[str, list[dict[str, str]]]:
    """The rows of a dataset folder by table, as they are written."""
    import csv

    tables: dict[str, list[dict[str, str]]] = {}
    for path in sorted(folder.glob("*/*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            tables.setdefault(path.parent.name, []).extend(csv.DictReader(file))
    return tables
