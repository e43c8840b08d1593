"""Names as index funds write them (`fund_names.csv`) against the store of the shipped facts: top-1, share and precision of `auto`.

The code next to each name is the issuer's, so a preference share counts as found where its issuer is first.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

FUND_NAMES = Path(__file__).with_name("fund_names.csv")


def judged(con: Any) -> pl.DataFrame:
    """Each name of the list as the matcher reads it in a holdings file.

    Gives row, name, code, security, decision, reason, score, best (label of the first candidate), hit (whether that is the issuer).
    """
    from screener.match.match import resolve

    listed = (
        pl.read_csv(FUND_NAMES, comment_prefix="#", infer_schema=False).with_row_index("row").cast({"row": pl.Int64})
    )
    found = resolve(con, listed.select("row", "name"), country="KR")
    codes = pl.DataFrame(con.sql("select entity_id, value as code from identifier where scheme = 'krx'")).cast(
        pl.String
    )
    right = listed.join(codes, on="code").select("row", truth="entity_id").unique("row", keep="first")
    first = found.candidates.filter(pl.col("rank") == 1).select("row", first="entity_id", best="name")
    return (
        listed.join(pl.DataFrame(found.matches).drop("security"), on="row")
        .join(first, on="row", how="left")
        .join(right, on="row", how="left")
        # A company that was merged into another is proposed by its own name and matched to its successor.
        .with_columns(hit=(pl.coalesce("entity_id", "first") == pl.col("truth")).fill_null(False))
        .sort("row")
    )


def run() -> Iterator[dict[str, Any]]:
    """One figure: names found at rank one, with what is taken without a person and how much of that is right."""
    from screener.match.ready import ready_store
    from screener.store.build import open_store

    with tempfile.TemporaryDirectory(prefix="screener-bench-") as folder:
        state = ready_store(str(Path(folder) / "store.duckdb"))
        with open_store(state.path) as con:
            started = time.perf_counter()
            results = judged(con)
            took = time.perf_counter() - started
    auto = results.filter(pl.col("decision") == "auto")
    yield {
        "bench": "names-funds",
        "size": results.height,
        "ratio": round(float(results["hit"].mean() or 0.0), 4),
        "against": "all names (top-1)",
        "seconds": round(took, 2),
        "auto": round(auto.height / results.height, 4),
        "wrong": auto.height - int(auto["hit"].sum()),
        "missed": results.filter(~pl.col("hit"))["name"].to_list(),
    }


if __name__ == "__main__":
    import json

    print(*map(json.dumps, run()), sep="\n")
