"""How often a screening asks the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import duckdb

from screener.match.ready import ready_store
from screener.score.assess import assess
from screener.store.build import open_store


class Counting:
    """A connection that counts its calls."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        self.calls += name in ("execute", "executemany", "sql", "query")
        return getattr(self.con, name)


def test_a_screening_with_all_rules_asks_the_database_at_most_thirty_times(tmp_path: Path) -> None:
    with open_store(ready_store(str(tmp_path / "store.duckdb")).path) as con:
        counting = Counting(con)
        assert assess(cast(duckdb.DuckDBPyConnection, counting)).scores.findings.height > 0
    assert counting.calls <= 30
