"""Builds the store from the datasets, once, and opens it.

The store is one DuckDB file. It is built into a temporary file next to it and renamed, so that a reader sees the old
store or the new one, never half of one, and a build that is killed leaves nothing but a stray temporary file.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

from screener.errors import ScreenerError, disk_is_full
from screener.files import replacing, sql
from screener.paths import default_store
from screener.store.asof import show_fetched
from screener.store.inputs import dataset_folders, input_files
from screener.store.locking import not_writable, write_lock

if TYPE_CHECKING:
    import polars as pl

Finish = Callable[[duckdb.DuckDBPyConnection], None]

# What only a build needs is imported where it is built: most commands find the store as it should be.

SMALL_STORE: Final = 64 << 20
"""Bytes below which one thread reads a store faster than several; the embedded facts make a tenth of it."""
_NAMES: Final = Path(__file__).parents[1] / "match" / "names"
"""What `finish` is made of: a store holds names as this version compares them."""


@dataclass(frozen=True)
class StoreState:
    """Where the store is, the hash of its inputs, whether this call built it, how many dataset rows it set aside."""

    path: Path
    inputs: str
    built: bool
    rejected: int


def inputs_hash(datasets: Sequence[str] = ()) -> str:
    """SHA-256 over the names and hashes of all dataset files, and of the code that makes the store of them."""
    digest = hashlib.sha256()
    made_by = ("build.sql", "typed.sql", "numbered.sql", "fetched.sql", "build.py", "carry.py")
    own = [Path(__file__).with_name(name) for name in made_by]
    for source in (*own, *sorted(_NAMES.rglob("*.py")), *sorted(_NAMES.rglob("*.csv"))):
        digest.update(hashlib.sha256(source.read_bytes()).digest())
    for file in input_files(dataset_folders(datasets)):
        digest.update(f"{file.name} {file.sha256}\n".encode())
    return digest.hexdigest()


def store_path(store: str | None, datasets: Sequence[str] = ()) -> Path:
    """The store file to use: the one named, else the per-user one (one for each set of dataset folders)."""
    if store:
        return Path(store)
    path = default_store()
    if not datasets:
        return path
    tag = hashlib.sha256("\n".join(str(Path(d).resolve()) for d in datasets).encode()).hexdigest()[:12]
    return path.with_name(f"{path.stem}-{tag}{path.suffix}")


def ensure(
    store: str | None = None,
    datasets: Sequence[str] = (),
    *,
    force: bool = False,
    finish: Finish = lambda con: None,
) -> StoreState:
    """Builds the store unless the one that is there was built from the same inputs.

    Args:
        store: path of the store file, or none for the per-user store.
        datasets: folders of the user, added to what ships.
        force: build even if the inputs are the same.
        finish: what the matcher does to a store that was built: it prepares the names, and joins what was fetched.

    Raises:
        ScreenerError: the folder of the store cannot be written, or the file is no store.
    """
    path, wanted = store_path(store, datasets), inputs_hash(datasets)
    # Looked at even if it is to be built anyway: a file of somebody else's is never built over.
    state = _state(path)
    if not force and state and state[0] == wanted:
        return StoreState(path, wanted, False, state[1])
    with write_lock(path):
        # Another process may have built it while this one waited.
        if not force and (state := _state(path)) and state[0] == wanted:
            return StoreState(path, wanted, False, state[1])
        return StoreState(path, wanted, True, _build(path, datasets, wanted, finish))


def open_store(path: Path) -> duckdb.DuckDBPyConnection:
    """Opens a built store for reading; temporary tables are the reader's own.

    Raises:
        ScreenerError: the file is no store of this program.
    """
    try:
        con = duckdb.connect(str(path), read_only=True)
        con.execute("select value from meta where key = 'inputs'").fetchall()
        if path.stat().st_size < SMALL_STORE:
            # Over few rows a statement is nearly all planning; more threads only get in the way of the one that
            # matches names.
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

    It shows the names and numbers that were known by that day (see `show_fetched`).
    """
    other = con.cursor()
    show_fetched(other, known_at)
    return other


def numbered(*, temporary: bool = False) -> str:
    """The script that numbers entities and links: of the store's tables, or of the views that stand before them."""
    script = sql(__file__, "numbered.sql")
    return script.replace("create or replace table", "create or replace temp table") if temporary else script


def typed_queries() -> dict[str, str]:
    """Table -> the statement of typed.sql that types its rows."""
    parts = (part.split("\n", 1) for part in sql(__file__, "typed.sql").split("-- table: ")[1:])
    return {table.strip(): query for table, query in parts}


def _fill(con: duckdb.DuckDBPyConnection, tables: Mapping[str, pl.DataFrame], own: Sequence[str] = ()) -> None:
    """Makes the embedded tables (see build.sql and typed.sql) of text rows by table and names of the user's files."""
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
    """A store in memory, built by the same SQL from rows of text cells by table; for the tests of rules.

    Cells that a row does not have are empty. The rows are not checked: say only what the tables can hold.
    """
    import polars as pl

    from screener.schema.tables import TABLES, columns

    schemas = {table: dict.fromkeys((*columns(table), "_file"), pl.String) for table in TABLES}
    tables = {
        table: pl.DataFrame([{name: row.get(name) for name in schema} for row in rows.get(table, ())], schema=schema)
        for table, schema in schemas.items()
    }
    with duckdb.connect() as con:
        _fill(con, tables)
        yield con


def _state(path: Path) -> tuple[str, int] | None:
    """Hash of the store's inputs and rejected rows; none without a store, or if ours is damaged and to be rebuilt.

    Raises:
        ScreenerError: the file is somebody else's, and stays as it is.
    """
    what, found = "this database was not made by this program, it is left as it is", None
    try:
        if not path.exists():
            return None
        with duckdb.connect(str(path), read_only=True) as con:
            state = "select value, (select count(*) from reject) from meta where key = 'inputs'"
            # Other programs have tables called meta, too: only one that holds our hash is ours to build over.
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


def _build(path: Path, datasets: Sequence[str], inputs: str, finish: Finish) -> int:
    from screener.store.carry import StoreUnreadableError, carry_over, create_fetched
    from screener.store.derive import with_isins
    from screener.store.load import read

    folders = dataset_folders(datasets)
    dataset = read(folders)
    own = [file.name for file in dataset.files if not file.path.is_relative_to(folders[0])]
    identifiers, wrong = with_isins(dataset.tables["identifier"])
    tables, rejects = dataset.tables | {"identifier": identifiers}, dataset.rejects.vstack(wrong)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as made:
            made.unlink()  # DuckDB makes its files itself
            with duckdb.connect(str(made)) as con:
                _fill(con, tables, own)
                con.register("raw_reject", rejects)
                con.execute("create table reject as select * from raw_reject order by all")
                con.execute("create table meta (key varchar primary key, value varchar)")
                con.execute("insert into meta values ('inputs', ?)", [inputs])
                con.execute("create table input_file (name varchar, sha256 varchar)")
                con.executemany("insert into input_file values (?, ?)", [(f.name, f.sha256) for f in dataset.files])
                create_fetched(con)
                if path.exists():
                    try:
                        carry_over(con, path)
                    except StoreUnreadableError:
                        # It stays next to the new one, never thrown away.
                        os.replace(path, path.with_name(path.name + ".unreadable"))
                finish(con)
    except (OSError, duckdb.Error) as error:
        if isinstance(error, duckdb.Error) and not disk_is_full(error):
            raise
        raise not_writable(path, error) from error
    return rejects.height
