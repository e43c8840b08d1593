"""Stores, assessments and matches that many tests ask for are made once and kept for the rest of the session.

For tests that look at what is made of an answer (reports, commands, pages). That the same question has the same answer is tried where
nothing is kept: tests/golden (two runs, two stores), tests/store, tests/match, tests/score.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click
import duckdb
import hypothesis
import polars as pl
import pytest
from hypothesis import strategies as st

Drawn = TypeVar("Drawn")
_NO_MORE = ("screen", "list", "explain", "letter")
"""Commands that ask nothing of a store once it is assessed; what others ask rests on its clocks."""
_ASSESSMENTS: dict[tuple[object, ...], Any] = {}
_MATCHES: dict[tuple[object, ...], Any] = {}


def stores_once(patch: pytest.MonkeyPatch) -> None:
    """A store that is asked for where none is yet is a copy of the one built before from the same inputs, as long as the patch lasts."""
    from screener.match import ready
    from screener.store.build import StoreState, inputs_hash, store_path
    from screener.store.inputs import dataset_folders

    build = ready.ready_store

    def ready_store(store: str | None = None, datasets: Sequence[str] = (), *, force: bool = False) -> StoreState:
        path = store_path(store, datasets)
        if force or path.exists():
            return build(store, datasets, force=force)
        folders = dataset_folders(datasets)
        # Which rows are the user's own is seen by the folder.
        shipped = hashlib.sha256(str(folders[0]).encode()).hexdigest()[:8]
        kept = _kept() / f"{inputs_hash(datasets)}-{shipped}.duckdb"
        if not kept.exists():
            made = build(store, datasets)
            kept.parent.mkdir(exist_ok=True)
            # Another worker may do the same: whole files only.
            whole = kept.with_suffix(f".{os.getpid()}")
            shutil.copyfile(path, whole)
            os.replace(whole, kept)
            return made
        # Where the program cannot write, it says so itself.
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(kept, path)
        return replace(build(store, datasets), built=True)

    patch.setattr(ready, "ready_store", ready_store)


def drawn(strategy: st.SearchStrategy[Drawn], number: int) -> list[Drawn]:
    """So many different examples of a strategy, the same on every day: for laws that are tried on all of them at one go."""
    found: list[Drawn] = []

    @hypothesis.settings(max_examples=number, database=None, phases=[hypothesis.Phase.generate])
    @hypothesis.given(strategy)
    def take(example: Drawn) -> None:
        found.append(example)

    take()
    return found


def _kept() -> Path:
    """Beside the store of all workers."""
    return Path(os.environ["SCREENER_SHARED"]) / "stores"


def answers_once(patch: pytest.MonkeyPatch) -> None:
    """Commands assess a store of the same facts once for the same days, topics and rules, and match the same lines once."""
    from screener import api
    from screener.match import match
    from screener.portfolio import match as holdings
    from screener.portfolio import supply
    from screener.rules.load import rule_folders
    from screener.score import assess as assessing
    from screener.store.clock import set_clocks

    assess, resolve = assessing.assess, match.resolve

    def assess_once(con: duckdb.DuckDBPyConnection, *, rules: Sequence[str] = (), **asked: Any) -> Any:
        facts = _facts(con)
        files = [file for folder in rule_folders(rules) for file in sorted(folder.rglob("*.toml"))]
        topics = tuple(asked.get("topics", ()))
        key = (facts, _digest(files), topics, asked.get("as_of"), asked.get("known_at"))
        if facts is None:
            return assess(con, rules=rules, **asked)
        if key not in _ASSESSMENTS:
            _ASSESSMENTS[key] = assess(con, rules=rules, **asked)
            return _ASSESSMENTS[key]
        if _command() not in _NO_MORE:
            set_clocks(con, asked.get("as_of"), asked.get("known_at"))
        return _ASSESSMENTS[key]

    def resolve_once(con: duckdb.DuckDBPyConnection, queries: pl.DataFrame, **options: Any) -> Any:
        facts = _facts(con)
        if facts is None or options.get("index") is not None:
            return resolve(con, queries, **options)
        key = (facts, tuple(queries.columns), tuple(queries.rows()), tuple(sorted(options.items())))
        if key not in _MATCHES:
            _MATCHES[key] = resolve(con, queries, **options)
        return _MATCHES[key]

    for module in (assessing, api):
        patch.setattr(module, "assess", assess_once)
    for module in (match, holdings, supply):
        patch.setattr(module, "resolve", resolve_once)


def _command() -> str | None:
    """The command that runs in this process."""
    context = click.get_current_context(silent=True)
    return context.info_name if context else None


def _facts(con: duckdb.DuckDBPyConnection) -> object:
    """What tells the facts of a store apart from those of others; none where something was fetched or decided."""
    asked = "select value, (select count(*) from fetched.snapshot) + (select count(*) from decision) from meta where key = 'inputs'"
    try:
        ((inputs, more),) = con.execute(asked).fetchall()
    except duckdb.Error:
        return None
    return None if more else inputs


def _digest(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file}\n".encode() + file.read_bytes())
    return digest.hexdigest()
