"""Builds the store, one DuckDB file, from the datasets, once, and opens it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

from screener.errors import ScreenerError
from screener.files import sql
from screener.paths import default_store
from screener.store.asof import show_fetched
from screener.store.inputs import dataset_folders, input_files

if TYPE_CHECKING:
    import polars as pl

# Modules that only a build needs are imported inside it: most commands find the store up to date.

SMALL_STORE: Final = 64 << 20
"""Bytes below which one thread reads a store faster than several; the embedded facts take a tenth of it.

Over few rows, planning takes most of a statement's time, and more threads would only slow down the one that matches
names.
"""
_NAMES: Final = Path(__file__).parents[1] / "match" / "names"
"""A store holds names prepared for this version's comparison (`screener.match.ready`)."""


@dataclass(frozen=True)
class StoreState:
    """The store's path, the hash of its inputs, whether this call built it, and how many dataset rows were rejected."""

    path: Path
    inputs: str
    built: bool
    rejected: int


def inputs_hash(datasets: Sequence[str] = ()) -> str:
    """SHA-256 over the names and hashes of all dataset files and of the code that builds the store from them."""
    made_by = ("build.sql", "typed.sql", "numbered.sql", "fetched.sql", "build.py", "carry.py")
    code = _hash_of(Path(__file__).with_name(name) for name in made_by)
    files = (f"{file.name} {file.sha256}" for file in input_files(dataset_folders(datasets)))
    return hashlib.sha256("\n".join([code, _names_hash(), *files]).encode()).hexdigest()


def _names_hash() -> str:
    """SHA-256 over the code that prepares names: while it is the same, names of an earlier store can be taken over."""
    return _hash_of((*sorted(_NAMES.rglob("*.py")), *sorted(_NAMES.rglob("*.csv"))))


def _hash_of(files: Iterable[Path]) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)).hexdigest()


def store_path(store: str | None, datasets: Sequence[str] = ()) -> Path:
    """The store file to use: the one given, else the per-user one (one for each set of dataset folders)."""
    if store:
        return Path(store)
    path = default_store()
    if not datasets:
        return path
    tag = hashlib.sha256("\n".join(str(Path(d).resolve()) for d in datasets).encode()).hexdigest()[:12]
    return path.with_name(f"{path.stem}-{tag}{path.suffix}")


def open_store(path: Path) -> duckdb.DuckDBPyConnection:
    """Opens a built store for reading; temporary tables are the reader's own.

    Raises:
        ScreenerError: the file is not a store of this program.
    """
    try:
        con = duckdb.connect(str(path), read_only=True)
        con.execute("select value from meta where key = 'inputs'").fetchall()
        if path.stat().st_size < SMALL_STORE:
            con.execute("set threads = 1")
    except duckdb.Error as error:
        raise ScreenerError(
            "this file is not a store of this program",
            where=str(path),
            found=str(error).splitlines()[0],
            do="name another file with --store, or remove it",
        ) from error
    show_fetched(con)
    return con


def second_connection(con: duckdb.DuckDBPyConnection, known_at: dt.date | None = None) -> duckdb.DuckDBPyConnection:
    """Another connection to the same open store, for a thread of its own; temporary tables are not shared.

    It shows the names and identifiers known by that day (see `show_fetched`).
    """
    other = con.cursor()
    show_fetched(other, known_at)
    return other


def numbered(*, temporary: bool = False) -> str:
    """The script that numbers entities and links: of the store's tables, or of the views that shadow them."""
    script = sql(__file__, "numbered.sql")
    return script.replace("create or replace table", "create or replace temp table") if temporary else script


def typed_queries() -> dict[str, str]:
    """Table -> the statement of typed.sql that types its rows."""
    parts = (part.split("\n", 1) for part in sql(__file__, "typed.sql").split("-- table: ")[1:])
    return {table.strip(): query for table, query in parts}


def _fill(con: duckdb.DuckDBPyConnection, tables: Mapping[str, pl.DataFrame], own: Sequence[str] = ()) -> None:
    """Fills the embedded tables (see build.sql, typed.sql) from text rows by table; `own` names the user's files."""
    import polars as pl

    for table, frame in tables.items():
        con.register(f"raw_{table}", frame)
    con.register("own_file", pl.DataFrame({"file": list(own)}, schema={"file": pl.String}))
    con.execute(sql(__file__, "build.sql"))
    for table, query in typed_queries().items():
        con.execute(f"create or replace temp view stated as {query}")
        rows = f"merged_{table}('stated')" if table in ("identifier", "entity_name") else "stated"
        con.execute(f"create or replace table {table} as from {rows} order by all")
    con.execute(numbered())


@contextmanager
def memory_store(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A store in memory, built by the same SQL from rows of text cells by table; for rule tests.

    Missing cells are empty. The rows are not checked, so they must fit the tables. One thread, as in any small store.
    """
    import polars as pl

    from screener.schema.tables import TABLES, columns

    schemas = {table: dict.fromkeys((*columns(table), "_file"), pl.String) for table in TABLES}
    tables = {
        table: pl.DataFrame([{name: row.get(name) for name in schema} for row in rows.get(table, ())], schema=schema)
        for table, schema in schemas.items()
    }
    with duckdb.connect(config={"threads": 1}) as con:
        _fill(con, tables)
        yield con


def state_of(path: Path) -> tuple[str, int] | None:
    """Hash of the store's inputs, and its rejected rows; None if there is no store, or ours is damaged.

    Raises:
        ScreenerError: the file belongs to another program; it is left alone.
    """
    what, found = "this database was not made by this program, it is left as it is", None
    try:
        if not path.exists():
            return None
        with duckdb.connect(str(path), read_only=True) as con:
            state = "select value, (select count(*) from reject) from meta where key = 'inputs'"
            # Other programs have a table called meta, too: only a file whose meta holds our hash may be replaced.
            for inputs, rejected in con.execute(state).fetchall():
                return inputs, rejected
    except (duckdb.CatalogException, duckdb.BinderException):
        pass
    except (duckdb.Error, PermissionError):
        try:
            if path.read_bytes()[8:12] == b"DUCK":
                return None
            what = "this file is not a database, it is left as it is"
        except OSError as error:
            what, found = "the store cannot be read", error.strerror
    raise ScreenerError(what, where=str(path), found=found, do="name another file with --store")


def build_store(con: duckdb.DuckDBPyConnection, path: Path, datasets: Sequence[str], inputs: str) -> int:
    """Builds a new store, with what an older one at the path must not lose: the number of rejected rows."""
    from screener.store.carry import carry_over, create_fetched
    from screener.store.load import read, with_isins

    folders = dataset_folders(datasets)
    dataset = read(folders)
    own = [file.name for file in dataset.files if not file.path.is_relative_to(folders[0])]
    _fill(con, dataset.tables | {"identifier": with_isins(dataset.tables["identifier"])}, own)
    con.register("raw_reject", dataset.rejects)
    con.execute("create table reject as select * from raw_reject order by all")
    con.execute("create table meta (key varchar primary key, value varchar)")
    con.execute("insert into meta values ('inputs', ?), ('names', ?)", [inputs, _names_hash()])
    con.execute("create table input_file (name varchar, sha256 varchar)")
    con.executemany("insert into input_file values (?, ?)", [(f.name, f.sha256) for f in dataset.files])
    create_fetched(con)
    carry_over(con, path)
    return dataset.rejects.height
