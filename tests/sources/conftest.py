from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from screener.cli import main as screener
from screener.match.ready import ready_store
from screener.sources import client
from screener.sources.run import Fetched, FetchRequest, fetch
from screener.sources.source import SOURCES
from tests.golden.world import inside
from tests.sources.served import Server, serving

KEYS = ("DART_API_KEY", "DATA_GO_KR_KEY", "EU_FSF_TOKEN", "OPEN_SUPPLY_HUB_TOKEN")
SECRET = "S3CRET+key/with=signs"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that every source is sent to, and keys that it may see and nobody else."""
    with serving() as running:
        for name in SOURCES:
            monkeypatch.setenv("SCREENER_BASE_" + name.upper().replace("-", "_"), running.base)
        for key in KEYS:
            monkeypatch.setenv(key, SECRET)
        yield running


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that the client would have made."""
    made: list[float] = []
    monkeypatch.setattr(client, "sleep", made.append)
    return made


# Modules to which it does not matter what the base holds work on a small one: a fetch copies and joins the whole store.
SMALL = ("test_fields", "test_hostile", "test_killed", "test_prune", "test_versions", "test_json")


@pytest.fixture(scope="module")
def base_store(
    request: pytest.FixtureRequest, shipped_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The store that the tests of a module begin with: of the shipped datasets, or of the small world."""
    if request.module.__name__.rpartition(".")[2] not in SMALL:
        yield shipped_store
        return
    with pytest.MonkeyPatch.context() as patch:
        inside(patch)
        path = tmp_path_factory.mktemp("small") / "store.duckdb"
        ready_store(str(path), lasting=False)
        yield path


@pytest.fixture
def store(tmp_path: Path, base_store: Path) -> Path:
    """A store that a test may write."""
    return Path(shutil.copy(base_store, tmp_path / "store.duckdb"))


Run = Callable[..., Fetched]


@pytest.fixture
def bring(store: Path, pauses: list[float]) -> Run:
    """Fetches one source into the store, from the server or from a file."""

    def run(name: str, **order: Any) -> Fetched:
        from screener.match.joining import join_origin

        return fetch([name], FetchRequest(store, join_origin, raise_faults=True, **order))[0]

    return run


@pytest.fixture
def read(bring: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """As `bring`, with nothing written: for what is seen in reading alone."""
    from contextlib import nullcontext

    from screener.sources import run
    from screener.sources.reading import Reading

    def only_read(con: None, reading: Reading, **_: Any) -> None:
        reading.read(lambda table, rows: None)
        reading.accepted = reading.rows > 0

    monkeypatch.setattr(run, "writing", lambda *_, **__: nullcontext())
    monkeypatch.setattr(run, "store_raw", lambda *_: None)
    monkeypatch.setattr(run, "commit", only_read)
    return bring


@pytest.fixture
def load(bring: Run, tmp_path: Path) -> Run:
    """Loads a body as SDN.CSV, as retrieved at that moment."""

    def run(body: bytes, at: dt.datetime, **order: Any) -> Fetched:
        (tmp_path / "sdn.csv").write_bytes(body)
        return bring("us-ofac-sdn", file=tmp_path / "sdn.csv", retrieved_at=at, **order)

    return run


@dataclass
class Asked:
    """A store that is asked, as it stands, through a database that is open already: to open one of its own costs ten times as much."""

    path: Path
    con: duckdb.DuckDBPyConnection | None = None
    seen: tuple[int, int] = (0, 0)

    def now(self) -> duckdb.DuckDBPyConnection:
        """The store open for reading, anew if it was replaced since it was asked before."""
        stat = self.path.stat()
        if self.con is None or self.seen != (stat.st_ino, stat.st_mtime_ns):
            self.close()
            self.con, self.seen = _nothing().cursor(), (stat.st_ino, stat.st_mtime_ns)
            self.con.execute("attach $path as store (read_only)", {"path": str(self.path)})
            self.con.execute("use store")
        return self.con

    def close(self) -> None:
        """Lets go of the file."""
        if self.con is not None:
            self.con.execute("use memory; detach store")
            self.con.close()


@cache
def _nothing() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


@pytest.fixture
def asked(store: Path) -> Iterator[Asked]:
    """The store of the test, to be asked."""
    held = Asked(store)
    yield held
    held.close()


@pytest.fixture
def rows(asked: Asked) -> Callable[..., list[tuple[Any, ...]]]:
    """Rows of the store as everything else reads it, known at a day."""

    def run(query: str, known_at: dt.date | None = None) -> list[tuple[Any, ...]]:
        from screener.store.asof import show_fetched

        con = asked.now()
        show_fetched(con, known_at)
        return con.execute(query).fetchall()

    return run


@pytest.fixture
def stored(asked: Asked) -> Callable[[str], list[tuple[Any, ...]]]:
    """Rows of the store file as they are stored."""

    def run(query: str) -> list[tuple[Any, ...]]:
        # Without the temporary views of `rows`.
        with asked.now().cursor() as con:
            con.execute("use store")
            return con.execute(query).fetchall()

    return run


Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(store: Path, capsys: pytest.CaptureFixture[str], pauses: list[float]) -> Call:
    """Runs a command on the store: exit code, standard output, standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ending:
            screener([*arguments, "--store", str(store)])
        captured = capsys.readouterr()
        return int(ending.value.code or 0), captured.out, captured.err

    return run
