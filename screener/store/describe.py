"""What a store holds, and from when."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import polars as pl

from screener.schema.tables import TABLES
from screener.store.clock import facts_of


@dataclass(frozen=True)
class Description:
    """rows: table, rows. files: name, sha256. lists: list_id, title, complete_as_of, entities. facts_of: a day."""

    rows: pl.DataFrame
    files: pl.DataFrame
    lists: pl.DataFrame
    rejected: int
    facts_of: str
    inputs: str


def describe(con: duckdb.DuckDBPyConnection) -> Description:
    """Reads the description of an opened store."""
    counts = [(table, int(con.sql(f'select count(*) from "{table}"').fetchall()[0][0])) for table in TABLES]
    lists = """
        select list_id, title, complete_as_of, count(distinct entity_id) as entities
        from list left join listing using (list_id)
        group by list_id, title, complete_as_of
        order by list_id
    """
    return Description(
        rows=pl.DataFrame(counts, schema={"table": pl.String, "rows": pl.Int64}, orient="row"),
        files=pl.DataFrame(con.sql("select name, sha256 from input_file order by name")),
        lists=pl.DataFrame(con.sql(lists)),
        rejected=int(con.sql("select count(*) from reject").fetchall()[0][0]),
        facts_of=str(facts_of(con)),
        inputs=str(con.sql("select value from meta where key = 'inputs'").fetchall()[0][0]),
    )
