"""How long screening 1,000 holdings takes as a whole process, once the store is built, compared with a bare read of the same files."""

from __future__ import annotations

import csv
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.processes import CHECKOUT, measured, screenings

RUNS = 7
LINES = 1000
SEED = 20241
BARE = "bare read of the files"

# What cannot be saved: start, import both engines, read every dataset file and the holdings.
BARE_READ = """
import sys
from pathlib import Path
import duckdb
import polars as pl
for path in sorted(Path(sys.argv[1]).glob("*/*.csv")):
    pl.read_csv(path, infer_schema=False, truncate_ragged_lines=True)
pl.read_csv(sys.argv[2], infer_schema=False)
"""


def run() -> Iterator[dict[str, Any]]:
    """Two figures: the screening against the bare read, and the bare read itself."""
    from screener.match.ready import ready_store

    with tempfile.TemporaryDirectory() as folder:
        store, holdings = Path(folder) / "store.duckdb", Path(folder) / "holdings.csv"
        ready_store(str(store))
        write_holdings(store, holdings)
        read = {BARE: ["-c", BARE_READ, str(CHECKOUT / "datasets"), str(holdings)]}
        took = measured(screenings(holdings, store) | read, RUNS)
    for what, one in took.items():
        yield {
            "bench": "screen-1000",
            "what": what,
            "size": LINES,
            "ratio": round(one.seconds / took[BARE].seconds, 3),
            "against": "process that imports duckdb and polars and reads the same files",
            "seconds": round(one.seconds, 4),
            "peak_mb": round(one.peak_mb, 1),
            "runs": RUNS,
        }


def write_holdings(store: Path, path: Path) -> None:
    """A holdings file of 1,000 lines as an investor may have it: from the registry, each line naming its company in one of four ways.

    Some companies are held on several lines (accounts), some names are cut or misspelt, and there are cash and foreign lines.
    """
    from screener.store.build import open_store

    with open_store(store) as con:
        listed = con.sql("""
            select name, name_ko, min(value) filter (where scheme = 'krx') as code, min(value) filter (where scheme = 'isin') as isin
            from entity join identifier using (entity_id)
            where country = 'KR' and kind = 'company' and scheme in ('krx', 'isin')
            group by entity_id, name, name_ko
            having code is not null
            order by entity_id
        """).fetchall()
    random_ = random.Random(SEED)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["ISIN", "종목코드", "Name", "Market value", "Currency"])
        for line in range(LINES):
            name, name_ko, code, isin = random_.choice(listed)
            value = f"{random_.lognormvariate(13, 1.5):.0f}"
            kind = line % 20
            if kind == 18:
                rows.writerow(["", "", random_.choice(["Cash", "현금", "Deposit KRW"]), value, "KRW"])
            elif kind == 19:
                rows.writerow(["US0378331005", "", "Apple Inc", value, "USD"])
            elif kind < 6:
                rows.writerow([isin, "", name, value, "KRW"])
            elif kind < 11:
                rows.writerow(["", code, "", value, "KRW"])
            elif kind < 15:
                rows.writerow(["", "", name_ko or name, value, "KRW"])
            elif kind < 17:
                rows.writerow(["", "", name, value, "KRW"])
            else:
                rows.writerow(["", "", _misspelt(name, random_), value, "KRW"])


def _misspelt(name: str, random_: random.Random) -> str:
    at = random_.randrange(len(name))
    return name[:at] + name[at + 1 :] if len(name) > 4 else name
