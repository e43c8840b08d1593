"""The only way to get a usable store: rebuilt if the datasets changed, names prepared, fetched entities joined.

The store cannot match names, since matching depends on it; so stores are built here, each with its joins.
"""

from collections.abc import Sequence

import duckdb

from screener.store.build import StoreState, build_store, inputs_hash, state_of, store_path
from screener.store.locking import replaced, write_lock


def ready_store(
    store: str | None = None, datasets: Sequence[str] = (), *, force: bool = False, lasting: bool = True
) -> StoreState:
    """Builds the store unless the existing one was built from the same inputs.

    Args:
        store: path of the store file, or None for the per-user store.
        datasets: the user's folders, added to the shipped ones.
        force: build even if the inputs are the same.
        lasting: whether others will read the store; one command computes what it needs of new names itself.

    Raises:
        ScreenerError: the store's folder cannot be written, or the file is not a store.
    """
    path, wanted = store_path(store, datasets), inputs_hash(datasets)

    def current() -> StoreState | None:
        # Checked even if the store is to be rebuilt anyway: another program's file is never overwritten.
        state = state_of(path)
        return StoreState(path, wanted, False, state[1]) if state and state[0] == wanted and not force else None

    if there := current():
        return there
    with write_lock(path):
        # Another process may have built it while this one waited.
        if there := current():
            return there
        with replaced(path) as con:
            rejected = build_store(con, path, datasets, wanted)
            _finish(con, lasting=lasting)
        return StoreState(path, wanted, True, rejected)


def _finish(con: duckdb.DuckDBPyConnection, *, lasting: bool) -> None:
    """Writes the comparable form of every name, once for all commands, and joins the fetched entities.

    Names that the earlier store had prepared (`screener.store.carry`) are taken from it, if all are still there.
    """
    from screener.match.joining import join_again
    from screener.match.names.index import all_names
    from screener.match.names.prepared import Prepared

    if lasting:
        names, earlier = all_names(con), Prepared.read(con)
        new = names.filter(~names.is_in(earlier.names["name"].implode()))
        if not earlier.names["name"].is_in(names.implode()).all():
            Prepared.of(names).write(con)
        elif len(new):
            Prepared.of(new, after=earlier).write(con)
    join_again(con)
