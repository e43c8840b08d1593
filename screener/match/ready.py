"""The only way to get a usable store: rebuilt if the datasets changed, names prepared, fetched entities joined.

The store cannot match names, since matching depends on it; so callers come here, and every store is built with joins.
"""

from collections.abc import Sequence
from functools import partial

import duckdb

from screener.store.build import StoreState, ensure


def ready_store(
    store: str | None = None, datasets: Sequence[str] = (), *, force: bool = False, lasting: bool = True
) -> StoreState:
    """Builds the store unless the existing one was built from the same inputs (see `screener.store.build.ensure`).

    `lasting`: whether others will read the store; one command computes what it needs of new names itself.
    """
    return ensure(store, datasets, force=force, finish=partial(_finish, lasting=lasting))


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
