"""`screener supply prune` on deliveries between many firms of which the base knows a few, compared with a bare scan of the columns that it reads.

Sizes: 10^6 and 10^7 deliveries, with BENCH_FULL=1 10^8; with BENCH_SPARK=1 also Spark local[2]. 100,000 names at every size: what matching them takes stands apart
(`match_seconds`), since it grows with the names and not with the deliveries.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from screener.match.ready import ready_store
from tests.bench.processes import measured

FIRMS = 100_000
MEMORY = "4GB"
# Each firm delivers to eight others, over and over, as in records of trade; one in a thousand is listed, one in five
# hundred a Korean company, the others are strangers. The number of firms stays: more rows are more deliveries between them.
WORLD = """
copy (
    with cut as (
        select hash(range) % {firms} as a, hash(range + 1000000000000) as b from range({rows})
    ),
    ends as (
        select a, hash(a * 8 + b % 8) % {firms} as c, b // 8 as b from cut
    )
    select
        coalesce(l.name, printf('Qorvex %x Trading', a)) as supplier,
        coalesce(k.name, printf('Qorvex %x Trading', c)) as buyer,
        ['CN', 'VN', 'IN', 'DE', 'US'][1 + (a % 5)::integer] as supplier_country,
        ['854143', '610910', '730890', '280461', '870899'][1 + (b % 5)::integer] as hs_code,
        (b % 100000)::double as value_usd
    from ends
    left join listed as l on a % 1000 = 0 and l.no = (a // 1000) % {listed}
    left join korean as k on c % 500 = 1 and k.no = (c // 500) % {korean}
) to '{path}' (format parquet)
"""


def run() -> Iterator[dict[str, Any]]:
    """Seconds, memory and scans for each size and engine."""
    sizes = [10**6, 10**7, *([10**8] if os.environ.get("BENCH_FULL") else [])]
    with tempfile.TemporaryDirectory(prefix="screener-bench-") as name:
        folder = Path(name)
        store = ready_store(str(folder / "store.duckdb"), ()).path
        for size in sizes:
            path = folder / f"{size}.parquet"
            _write(store, path, size)
            scan = _scan(path)
            engines = ["duckdb", *(["spark"] if os.environ.get("BENCH_SPARK") and size <= 10**7 else [])]
            for engine in engines:
                yield {
                    "bench": "supply-prune",
                    "size": size,
                    "engine": engine,
                    **_prune(path, store, folder, engine, scan),
                }
            path.unlink()


def _write(store: Path, path: Path, rows: int) -> None:
    with duckdb.connect() as con:
        con.execute(f"attach '{store}' as base (read_only)")
        con.execute(
            "create table listed as select row_number() over (order by entity_id) - 1 as no, name from base.entity"
            " where entity_id in (select entity_id from base.listing where list_id = 'us-uflpa')"
        )
        con.execute(
            "create table korean as select row_number() over (order by entity_id) - 1 as no, name_ko as name from base.entity"
            " where market is not null and name_ko is not null"
        )
        counts = {t: con.execute(f"select count(*) from {t}").fetchall()[0][0] for t in ("listed", "korean")}
        con.execute(WORLD.format(rows=rows, firms=FIRMS, path=path, **counts))


def _scan(path: Path) -> float:
    """Seconds of the faster of two bare scans of the columns that pruning reads, with the same memory."""
    taken = []
    for _ in range(2):
        with duckdb.connect() as con:
            con.execute(f"set memory_limit = '{MEMORY}'")
            begun = time.perf_counter()
            con.execute(
                f"select max(hash(supplier)), max(hash(buyer)), max(hash(supplier_country)), max(hash(hs_code)) from read_parquet('{path}')"
            ).fetchall()
            taken.append(time.perf_counter() - begun)
    return min(taken)


def _prune(path: Path, store: Path, folder: Path, engine: str, scan: float) -> dict[str, Any]:
    work, out = folder / f"work-{engine}", folder / "kept.parquet"
    command = [
        sys.executable,
        "-m",
        "screener",
        "supply",
        "prune",
        str(path),
        "--out",
        str(out),
        "--work",
        str(work),
        "--store",
        str(store),
        "-q",
    ]
    command += (
        ["--memory", MEMORY]
        if engine == "duckdb"
        else ["--engine", "spark", "--master", "local[2]", "--conf", "spark.driver.memory=4g"]
    )
    took = measured({"prune": command[1:]}, 1, warm=False)["prune"]
    named, matched = ((work / f"{step}.parquet").stat().st_mtime for step in ("name", "matched"))
    matching = matched - named
    with duckdb.connect() as con:
        remaining = con.execute(f"select count(*) from read_parquet('{out}')").fetchall()[0][0]
    return {
        "ratio": round((took.seconds - matching) / scan, 1),
        "against": "bare scan",
        "seconds": round(took.seconds, 1),
        "match_seconds": round(matching, 1),
        "scan_seconds": round(scan, 2),
        "peak_mb": round(took.peak_mb),
        "kept": remaining,
    }
