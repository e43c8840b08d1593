"""What a store holds, and from when."""

from typing import Any

import duckdb
import polars as pl

from screener.schema.vocabulary import COLUMNS
from screener.store.clock import facts_of


def describe(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """An opened store: facts_of (a day), inputs (hash), rows (number by table), rejected (number), lists, files."""
    counts = " union all ".join(f"select '{name}' as item, count(*) as rows from {name}" for name in COLUMNS)
    lists = """
        select list_id, title, complete_as_of, count(distinct entity_id) as entities
        from list left join listing using (list_id)
        group by list_id, title, complete_as_of
        order by list_id
    """
    state = "select value, (select count(*) from reject) from meta where key = 'inputs'"
    ((inputs, rejected),) = con.sql(state).fetchall()
    return {
        "facts_of": str(facts_of(con)),
        "inputs": inputs,
        "rows": dict(con.sql(counts).fetchall()),
        "rejected": rejected,
        "lists": pl.DataFrame(con.sql(lists)).to_dicts(),
        "files": pl.DataFrame(con.sql("select name, sha256 from input_file order by name")).to_dicts(),
    }
