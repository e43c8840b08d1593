"""How often a screening asks the database."""

from __future__ import annotations

from typing import Any, cast

import duckdb

from screener.score.assess import assess


class Counting:
    """A connection that counts its calls."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        self.calls += name in ("execute", "executemany", "sql", "query")
        return getattr(self.con, name)


def test_a_screening_with_all_rules_asks_the_database_at_most_thirty_times(
    shipped_con: duckdb.DuckDBPyConnection,
) -> None:
    counting = Counting(shipped_con)
    assert assess(cast(duckdb.DuckDBPyConnection, counting)).scores.findings.height > 0
    assert counting.calls <= 30
