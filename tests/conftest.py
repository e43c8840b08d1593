"""Fixtures that all tests share: no network, no store of the user's, and one store built from the shipped facts."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# As many workers as cores: a thread pool in each of them would only get in the way of the others. Polars reads this when it is loaded.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

CHECKOUT = Path(__file__).resolve().parent.parent
_LOOPBACK = ("127.", "::1", "localhost")

# The same examples on every machine and day, so that a change fails by its own fault only. HYPOTHESIS_PROFILE=explore looks further.
hypothesis.settings.register_profile("project", deadline=None, derandomize=True)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "project"))


# Files of a few long tests: whoever begins with them does not wait for them at the end.
LONG = (
    "test_killed",
    "test_browser",
    "test_page",
    "test_processes",
    "test_prune",
    "test_process",
    "test_examples",
    "test_commands",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of long tests first; with `--no-loadscope-reorder` workers take files in this order."""
    items.sort(key=lambda item: item.path.stem not in LONG)


@pytest.fixture(scope="session", autouse=True)
def offline() -> Iterator[None]:
    """Lets no test talk to anything but this machine; a local proxy would be a way around that, so proxies are unset too."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.lower() in ("http_proxy", "https_proxy", "all_proxy"):
                patch.delenv(name)
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _only_here(getattr(socket.socket, name)))
        known = socket.getaddrinfo

        def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
            _refuse(host)
            return known(host, *args, **options)

        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


def _only_here(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse(address[0])
        return connect(self, address)

    return guarded


def _refuse(host: Any) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name is not None and not str(name).startswith(_LOOPBACK):
        raise AssertionError(f"a test reached for the network: {name}")


@pytest.fixture(scope="session", autouse=True)
def shipped_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The path of a store of the shipped datasets, built once for all workers; `screener` uses it wherever no other is named."""
    import duckdb

    from screener.match.ready import ready_store

    base = tmp_path_factory.getbasetemp()
    # Workers of pytest-xdist have folders of their own below one that they share.
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    path = shared / "shipped.duckdb"
    with alone(shared / "shipped.lock"):
        ready_store(str(path))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCREENER_STORE", str(path))
        patch.setenv("SCREENER_SHARED", str(shared))
        # While a database is open in a process, to open it again costs nothing. Nobody writes into this one.
        with duckdb.connect(str(path), read_only=True):
            yield path


@pytest.fixture(scope="module", autouse=True)
def _names_of_one_world() -> None:
    """Tests in worlds of their own run in this process: the names of lists that one of them read are not the next one's."""
    from screener.report.wording import wording

    wording.cache_clear()


@pytest.fixture(autouse=True)
def _shared_store_stays(shipped_store: Path) -> Iterator[None]:
    """A test that works in another world has a store of its own: the shared one is never built anew."""
    before = shipped_store.stat()
    yield
    after = shipped_store.stat()
    same = (after.st_ino, after.st_mtime_ns, after.st_size) == (before.st_ino, before.st_mtime_ns, before.st_size)
    assert same, "the store that all tests share was replaced while this test ran"


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """While no other worker is between the same lines."""
    import fcntl

    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture
def shipped_con(shipped_store: Path) -> Iterator[Any]:
    """An open connection to the shipped store; temporary tables are the test's own."""
    from screener.store.build import open_store

    with open_store(shipped_store) as con:
        yield con


@pytest.fixture
def checkout() -> Path:
    """The top of the checkout."""
    return CHECKOUT
