"""One connection for all examples of a test."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory, with the threads that a laptop has."""
    with duckdb.connect(config={"threads": 2}) as opened:
        yield opened
