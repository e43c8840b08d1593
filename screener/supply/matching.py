"""The project's matcher on distinct names, as both engines call it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
import polars as pl

if TYPE_CHECKING:
    import pyarrow as pa


MATCHED: Final = {"name": pl.String, "entity_id": pl.String, "decision": pl.String, "guess": pl.String}
AT_ONCE: Final = 50_000
"""Names that the matcher is given at once."""


def match_names(con: duckdb.DuckDBPyConnection, names: pl.DataFrame) -> pl.DataFrame:
    """name, entity_id (certain matches only), decision (`auto`, `review`, `none`), guess (best candidate for review).

    Args:
        con: an open store.
        names: name, distinct.
    """
    from screener.match.match import resolve

    asked = names.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    found = resolve(con, asked.select("row", "name"), country=None)
    guesses = found.candidates.filter(pl.col("rank") == 1).select(
        "row", guess=pl.format("{} ({})", "name", "entity_id")
    )
    matches = found.matches.select("row", "entity_id", "decision")
    frame = asked.join(matches, on="row", how="left").join(guesses, on="row", how="left").sort("row")
    review = pl.col("decision") == "review"
    frame = frame.with_columns(guess=pl.when(review).then("guess"), decision=pl.col("decision").fill_null("none"))
    return frame.select(pl.col(name).cast(kind) for name, kind in MATCHED.items())


def matched_in_arrow(store: str) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """`match_names` for `DataFrame.mapInArrow`: opens the store on the executor, gathers batches, matches them."""

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        from screener.store.build import open_store

        wanted = pa.schema([(name, pa.string()) for name in MATCHED])
        with open_store(Path(store)) as con:
            for gathered in _gathered(batches):
                names = pl.DataFrame(pl.from_arrow(pa.Table.from_batches(gathered)))
                yield from match_names(con, names).to_arrow().cast(wanted).to_batches()

    return run


def _gathered(batches: Iterator[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """Batches together until they hold as many names as the matcher is given at once."""
    gathered: list[pa.RecordBatch] = []
    for batch in batches:
        gathered.append(batch)
        if sum(len(one) for one in gathered) >= AT_ONCE:
            yield gathered
            gathered = []
    if gathered:
        yield gathered
