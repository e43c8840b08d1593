"""The one way to a usable store: rebuilt where the datasets changed, its names prepared, fetched entities joined.

The store cannot judge names, since matching is built on it; so all ask here, and no store is built without its joins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from screener.store.build import StoreState, ensure

if TYPE_CHECKING:
    import duckdb
    import polars as pl


def ready_store(store: str | None = None, datasets: Sequence[str] = (), *, force: bool = False) -> StoreState:
    """Builds the store unless the one that is there was built from the same inputs (`screener.store.build.ensure`).

    Args:
        store: path of the store file, or none for the per-user store.
        datasets: folders of the user, added to what ships.
        force: build even if the inputs are the same.

    Raises:
        ScreenerError: the folder of the store cannot be written, or the file is no store.
    """
    return ensure(store, datasets, force=force, finish=_finish)


def _finish(con: duckdb.DuckDBPyConnection) -> None:
    """Writes the comparable form of every name, once for all commands, and joins what was fetched to the entities."""
    from screener.match.names.index import all_names
    from screener.match.names.prepared import Prepared
    from screener.store.joining import join_again

    Prepared.of(all_names(con)).write(con)
    join_again(con, match_names)


def match_names(con: duckdb.DuckDBPyConnection, asked: pl.DataFrame) -> pl.DataFrame:
    """The judgement of fetched names (`screener.match.fetched`), loaded when it is asked for."""
    from screener.match import fetched

    return fetched.match_names(con, asked)
