"""Loading a source of 10^5 and 10^6 records into the store, compared with a bare DuckDB read of the same file.

`trade-records` is one row a record; a record of `dart` becomes four (the company, two names, a number or two), and its names are compared
with the embedded ones. Each load has a bare read before and after it; the ratio is the median of the loads' own ratios.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from tests.bench.processes import peak_mb

SIZES = (100_000, 1_000_000)
LOADS = 3


def run() -> Iterator[dict[str, Any]]:
    """Figures of `fetch dart --from` and `fetch trade-records --from`: read, checked, typed, versioned, joined, on the disk."""
    for size in SIZES:
        for name, write in (("dart", _companies), ("trade-records", _deliveries)):
            with tempfile.TemporaryDirectory(prefix="store-load.") as made:
                folder = Path(made)
                file = folder / "records.csv"
                write(file, size)
                loads = [_loaded(file, name) for _ in range(LOADS)]
            middle = sorted(loads, key=lambda load: load["seconds"] / load["bare"])[LOADS // 2]
            yield {
                "bench": "store-load",
                "size": size,
                "ratio": round(middle["seconds"] / middle["bare"], 2),
                "against": "bare DuckDB read of the same file",
                "source": name,
                "seconds": round(middle["seconds"], 3),
                "bare_seconds": round(middle["bare"], 3),
                "peak_mb": max(load["peak_mb"] for load in loads),
                "rows": middle["rows"],
            }


def _loaded(file: Path, name: str) -> dict[str, Any]:
    """One load in a process and a store of its own: seconds, bare (seconds of the faster of the reads around it), peak_mb, rows."""
    before = _bare(file)
    with tempfile.TemporaryDirectory(prefix="store-load.") as made:
        command = [sys.executable, "-m", __name__, made, name, str(file)]
        completed = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(completed.stdout.splitlines()[-1]) | {"bare": min(before, _bare(file))}


def _bare(file: Path) -> float:
    with duckdb.connect() as con:
        began = time.perf_counter()
        con.execute("create table bare as from read_csv(?, all_varchar = true)", [str(file)])
        return time.perf_counter() - began


def _companies(file: Path, size: int) -> None:
    """A table in the columns of CORPCODE.xml with names as they are built in Korea; one in forty is listed."""
    dice = random.Random(5)
    roots, forms = (
        ("한빛", "대성", "금강", "서울", "미래", "동아", "하나", "신한"),
        ("산업", "전자", "건설", "화학", "물산", "개발"),
    )
    with open(file, "w", encoding="utf-8") as out:
        out.write("corp_code,corp_name,corp_eng_name,stock_code,modify_date\n")
        for n in range(size):
            korean = f"{roots[dice.randrange(8)]}{forms[dice.randrange(6)]}{n}"
            code = f"{n % 1_000_000:06}" if n % 40 == 0 else ""
            out.write(f'{10_000_000 + n:08},{korean},"EXAMPLE {n} CO., LTD",{code},20240101\n')


def _deliveries(file: Path, size: int) -> None:
    """Bills of lading between ten thousand suppliers and two thousand buyers."""
    dice = random.Random(6)
    with open(file, "w", encoding="utf-8") as out:
        out.write("supplier,buyer,supplier country,hs code,product,value usd,date\n")
        for _ in range(size):
            supplier, buyer, code = dice.randrange(10_000), dice.randrange(2_000), dice.randrange(5000, 6000)
            out.write(
                f"Supplier {supplier} Co,Buyer {buyer} Ltd,China,{code},goods {code},{dice.randrange(1, 99999)},2025-{dice.randrange(1, 13):02}-15\n"
            )


def _load(folder: Path, name: str, file: Path) -> None:
    from screener.match.joining import join_origin
    from screener.match.ready import ready_store
    from screener.sources.run import FetchRequest, fetch

    store = folder / "store.duckdb"
    ready_store(str(store))
    began = time.perf_counter()
    result = fetch([name], FetchRequest(store, join_origin, file=file, raise_faults=True))[0]
    took = time.perf_counter() - began
    assert not result.failed, result
    assert result.outcome is not None
    peak = round(peak_mb())
    print(json.dumps({"seconds": took, "peak_mb": peak, "rows": result.outcome.added}))


if __name__ == "__main__":
    _load(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
