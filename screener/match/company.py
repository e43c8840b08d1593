"""Finds the one company that a user means on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screener.errors import ScreenerError

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb


def the_company(con: duckdb.DuckDBPyConnection, written: str, say: Callable[[str], None] = lambda reason: None) -> str:
    """The entity id of a Korean company written as entity id, code, ISIN, LEI, corp code or name in any script.

    `say` is called with the reason where another company is meant than the one written: one that it merged into.

    Raises:
        ScreenerError: nothing or more than one entity matches (the closest names are proposed), or the entity is of
            a kind that is not screened.
    """
    entity_id = _meant(con, written, say)
    rows = con.sql("select name, kind, country from entity where entity_id = $id", params={"id": entity_id}).fetchall()
    if rows and (rows[0][1] != "company" or rows[0][2] != "KR"):
        raise ScreenerError(
            "only Korean companies are screened",
            where="COMPANY",
            found=f"{rows[0][0]} ({', '.join(filter(None, rows[0][1:]))})",
            do="name a Korean company",
        )
    return entity_id


def _meant(con: duckdb.DuckDBPyConnection, written: str, say: Callable[[str], None]) -> str:
    import polars as pl

    from screener.match.match import resolve, starting_with

    known = con.sql(
        "select entity_id from entity where entity_id = $written", params={"written": written.strip()}
    ).fetchall()
    if known:
        return str(known[0][0])
    query = pl.DataFrame({"row": [1], "name": [written], "stock_code": [written]})
    by_number = resolve(con, query.select("row", "stock_code"))
    found = by_number if by_number.matches["entity_id"][0] is not None else resolve(con, query.select("row", "name"))
    match = found.matches.row(0, named=True)
    if match["entity_id"] is None:
        # For a group's name (`show Samsung`) its companies are proposed, largest first.
        proposed = starting_with(con, written) or found.candidates.head(5).select("entity_id", "name").rows()
        near = [f"{name} ({entity_id})" for entity_id, name in proposed]
        raise ScreenerError(
            "this does not name a single company",
            where="COMPANY",
            found=written,
            do=f"perhaps {', '.join(near)}" if near else "try the stock code, ISIN or full name",
        )
    if (match["reason"] or "").startswith("merged"):
        say(match["reason"])
    return str(match["entity_id"])
