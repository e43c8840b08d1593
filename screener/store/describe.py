"""What a store holds, and from when."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import polars as pl

from screener.schema.vocabulary import COLUMNS
from screener.store.clock import facts_of


@dataclass(frozen=True)
class Description:
    """rows: item, rows. files: name, sha256. lists: list_id, title, complete_as_of, entities. facts_of: a day."""

    rows: pl.DataFrame
    files: pl.DataFrame
    lists: pl.DataFrame
    rejected: int
    facts_of: str
    inputs: str


def describe(con: duckdb.DuckDBPyConnection) -> Description:
    """Reads the description of an opened store."""
    counts = " union all ".join(f"select '{name}' as item, count(*) as rows from {name}" for name in COLUMNS)
    lists = """
        select list_id, title, complete_as_of, count(distinct entity_id) as entities
        from list left join listing using (list_id)
        group by list_id, title, complete_as_of
        order by list_id
    """
    state = "select value, (select count(*) from reject) from meta where key = 'inputs'"
    ((inputs, rejected),) = con.sql(state).fetchall()
    return Description(
        rows=pl.DataFrame(con.sql(counts)),
        files=pl.DataFrame(con.sql("select name, sha256 from input_file order by name")),
        lists=pl.DataFrame(con.sql(lists)),
        rejected=rejected,
        facts_of=str(facts_of(con)),
        inputs=inputs,
    )
