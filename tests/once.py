"""Stores, assessments and matches that many tests ask for are made once and reused for the rest of the session.

For tests that look at what is made of an answer (reports, commands, pages). That the same question has the same answer is tried where
nothing is reused: tests/golden (two runs, two stores), tests/store, tests/match, tests/score.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
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
_READING = (*_NO_MORE, "show", "site", "quarter", "gap", "coverage")
"""Commands that write nothing into a store."""
_ASSESSMENTS: dict[tuple[object, ...], Any] = {}
_MATCHES: dict[tuple[object, ...], Any] = {}
_OPEN = ExitStack()
_HELD: dict[Path, tuple[os.stat_result, Any, duckdb.DuckDBPyConnection]] = {}
_NUMBERS = itertools.count()
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def stores_once(patch: pytest.MonkeyPatch) -> None:
    """A store that is asked for where none is yet is a copy of the one built before from the same inputs, as long as the patch lasts."""
    from screener.match import ready
    from screener.store.build import StoreState, inputs_hash, store_path
    from screener.store.inputs import dataset_folders

    build = ready.ready_store

    def ready_store(
        store: str | None = None, datasets: Sequence[str] = (), *, force: bool = False, lasting: bool = True
    ) -> StoreState:
        path = store_path(store, datasets)
        if force or path.exists():
            return build(store, datasets, force=force, lasting=lasting)
        folders = dataset_folders(datasets)
        # Which rows are the user's own is seen by the folder.
        shipped = hashlib.sha256(str(folders[0]).encode()).hexdigest()[:8]
        cached = _cache_folder() / f"{inputs_hash(datasets)}-{shipped}.duckdb"
        if not cached.exists():
            made = build(store, datasets)
            cached.parent.mkdir(exist_ok=True)
            # Another worker may do the same: whole files only.
            whole = cached.with_suffix(f".{os.getpid()}")
            shutil.copyfile(path, whole)
            os.replace(whole, cached)
            return made
        # Where the program cannot write, it says so itself.
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(cached, path)
        return replace(build(store, datasets), built=True)

    patch.setattr(ready, "ready_store", ready_store)


@contextmanager
def memory_store(rows: Rows) -> Iterator[duckdb.DuckDBPyConnection]:
    """What `screener.store.build.memory_store` gives, from a copy of an empty store: only tables that have rows are made.

    That both are the same is tried in tests/store/test_build.py.
    """
    from screener.schema.tables import TABLES, columns
    from screener.store import build

    name = f"world_{next(_NUMBERS)}"
    con = _empty_store().cursor()
    con.execute(f"attach ':memory:' as {name}; copy from database memory to {name}; use {name}")
    for table in TABLES:
        schema = dict.fromkeys((*columns(table), "_file"), pl.String)
        cells = [{column: row.get(column) for column in schema} for row in rows.get(table, ())]
        con.register(f"raw_{table}", pl.DataFrame(cells, schema=schema))
    # Names of entities are names, too.
    filled = {table for table in rows if rows[table]} | ({"entity_name"} if rows.get("entity") else set())
    for table, query in build.typed_queries().items():
        if table in filled:
            con.execute(f"create or replace temp view stated as {query}")
            stated = f"merged_{table}('stated')" if table in ("identifier", "entity_name") else "stated"
            con.execute(f"create or replace table {table} as from {stated} order by all")
    con.execute(build.numbered())
    try:
        yield con
    finally:
        con.execute(f"use memory; detach {name}")
        con.close()


@functools.cache
def _empty_store() -> duckdb.DuckDBPyConnection:
    from screener.store import build

    return _OPEN.enter_context(build.memory_store({}))


def drawn(strategy: st.SearchStrategy[Drawn], number: int) -> list[Drawn]:
    """So many different examples of a strategy, the same on every day: for laws that are tried on all of them at one go."""
    found: list[Drawn] = []

    @hypothesis.settings(max_examples=number, database=None, phases=[hypothesis.Phase.generate])
    @hypothesis.given(strategy)
    def take(example: Drawn) -> None:
        found.append(example)

    take()
    return found


def _cache_folder() -> Path:
    """Next to the store of all workers."""
    return Path(os.environ["SCREENER_SHARED"]) / "stores"


def _held_open(patch: pytest.MonkeyPatch) -> None:
    """A store that is only read stays open between commands: while it is, to open it again costs next to nothing."""
    from screener.match import ready
    from screener.store.build import StoreState, inputs_hash

    build = ready.ready_store

    def ready_store(
        store: str | None = None, datasets: Sequence[str] = (), *, force: bool = False, lasting: bool = True
    ) -> StoreState:
        path = Path(store) if store else None
        if path in _HELD:
            stat, state, con = _HELD[path]
            here = path.stat() if path.exists() else None
            same = here and (here.st_ino, here.st_mtime_ns) == (stat.st_ino, stat.st_mtime_ns)
            if same and not force and _command() in _READING and state.inputs == inputs_hash(datasets):
                return state
            con.close()
            del _HELD[path]
        state = build(store, datasets, force=force, lasting=lasting)
        if path and _command() in _READING:
            _HELD[path] = (path.stat(), replace(state, built=False), duckdb.connect(str(path), read_only=True))
        return state

    patch.setattr(ready, "ready_store", ready_store)


def answers_once(patch: pytest.MonkeyPatch) -> None:
    """Commands assess a store of the same facts once for the same days, topics and rules, and match the same lines once."""
    from screener import api
    from screener.match import match
    from screener.portfolio import match as holdings
    from screener.portfolio import supply
    from screener.rules.load import rule_folders
    from screener.score import assess as assessing
    from screener.store.clock import set_clocks

    _held_open(patch)
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
