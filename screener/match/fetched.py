"""Matches fetched entities to embedded ones by name, if certain; the store calls it to join fetched rows."""

from __future__ import annotations

import duckdb
import polars as pl

from screener.match.match import resolve
from screener.match.names import forms
from screener.match.names.index import NameIndex


def match_names(con: duckdb.DuckDBPyConnection, asked: pl.DataFrame) -> pl.DataFrame:
    """The embedded entities that the names mean with certainty: fetched_id, entity_id, score.

    A name is compared only if an embedded entity has a name with the same comparable form: this avoids comparing each
    of a registry's hundred thousand companies with entities that it cannot be.

    Args:
        con: a store whose tables `entity` and `entity_name` are the embedded ones.
        asked: entity_id (of the fetched entity), name; an entity may have several names.
    """
    index = NameIndex.build(con)
    known = index.table.select("key").drop_nulls().unique()
    asked = asked.filter(forms.may_be(asked["name"], known["key"]))
    asked = asked.with_columns(forms.clean(asked["name"]).alias("clean")).drop_nulls("clean")
    asked = asked.with_columns(key=forms.key(forms.core(pl.col("clean")))).join(known, on="key", how="semi")
    if asked.is_empty():
        return pl.DataFrame(schema={"fetched_id": pl.String, "entity_id": pl.String, "score": pl.Float64})
    asked = asked.sort("entity_id", "name").with_row_index("row").cast({"row": pl.Int64})
    matches = pl.DataFrame(resolve(con, asked.select("row", "name"), country=None, index=index).matches)
    certain = matches.filter(pl.col("decision") == "auto").join(asked.select("row", fetched_id="entity_id"), on="row")
    return certain.group_by("fetched_id", "entity_id").agg(pl.col("score").max()).sort("fetched_id", "entity_id")
