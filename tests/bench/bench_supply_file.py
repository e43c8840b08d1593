"""A file of deliveries by strangers (`--supply`) read and resolved against the shipped store, compared with a bare DuckDB read of the same file.

A fifth of the names are distinct, hardly any is in the store. `whole screening` is the command with the sample portfolio.
"""

from __future__ import annotations

import csv
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

SIZES = (30_000, 300_000)
SYLLABLES = "xin zhong hua tian jin da lu guang shan hai feng long bao kai rui sheng tai wei yong hong".split()
GOODS = "Textile Silicon Chemical Trading Electronics Steel Foods Energy Materials Machinery".split()
FORMS = ("Co., Ltd.", "Group", "Ltd", "Corp", "Inc", "GmbH", "Sdn Bhd")
BUYERS = ("삼성전자", "현대자동차", "LG화학", "SK하이닉스", "포스코인터내셔널", "한화솔루션")
SAMPLE = Path(__file__).parents[2] / "datasets" / "sample" / "portfolio.csv"


def run() -> Iterator[dict[str, Any]]:
    """Figures of reading and resolving, and of a whole screening with the file."""
    with tempfile.TemporaryDirectory(prefix="supply-file.") as made:
        folder = Path(made)
        store = folder / "store.duckdb"
        _in_a_process("build", store, store)
        for size in SIZES:
            file = folder / f"{size}.csv"
            _write(file, size)
            bare = min(_bare(file) for _ in range(3))
            for what, against in (
                ("read", "bare DuckDB read of the same file"),
                ("screen", "the same, whole screening"),
            ):
                figure = _in_a_process(what, store, file)
                yield {
                    "bench": "supply-file",
                    "size": size,
                    "ratio": round(figure["seconds"] / bare, 1),
                    "against": against,
                    "seconds": round(figure["seconds"], 2),
                    "cpu_seconds": round(figure["cpu"], 2),
                    "peak_mb": figure["peak_mb"],
                    "names": size // 5,
                }


def _write(file: Path, size: int) -> None:
    dice = random.Random(7)
    names: set[str] = set()
    while len(names) < size // 5:
        first, second, town = (dice.choice(SYLLABLES) for _ in range(3))
        names.add(
            f"{first.title()}{second} {dice.choice(GOODS)} {town.title()}{dice.randint(1, 99)} {dice.choice(FORMS)}"
        )
    known = sorted(names)
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(
            ["Shipper", "Consignee", "Country of Origin", "HS Code", "Goods description", "Arrival date", "Value USD"]
        )
        for number in range(size):
            buyer = dice.choice(BUYERS) if dice.random() < 0.3 else dice.choice(known)
            day = f"2025-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
            place, code = dice.choice(("China", "Vietnam", "신장", "Korea")), dice.choice(("2804.61", "5201", "390410"))
            rows.writerow(
                [known[number % len(known)], buyer, place, code, "goods", day, f"{dice.randint(1, 999_999):,}"]
            )


def _bare(file: Path) -> float:
    with duckdb.connect() as con:
        began = time.perf_counter()
        con.execute("create table bare as from read_csv(?, all_varchar = true)", [str(file)])
        return time.perf_counter() - began


def _in_a_process(what: str, store: Path, file: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", __name__, what, str(store), str(file)]
    completed = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(completed.stdout.splitlines()[-1]))


def _measured(what: str, store: str, file: str) -> None:
    from screener.match.ready import ready_store
    from screener.portfolio.supply import write_supply
    from screener.store.build import open_store

    ready_store(store)
    began, used = time.perf_counter(), time.process_time()
    if what == "read":
        with tempfile.TemporaryDirectory() as folder, open_store(Path(store)) as con:
            write_supply(con, file, Path(folder))
    elif what == "screen":
        from screener.cli import main

        out = str(Path(file).with_suffix(".json"))
        asked = ["screen", str(SAMPLE), "--supply", file, "--store", store, "--format", "json", "--out", out, "-q"]
        try:
            main(asked)
        except SystemExit as ended:
            if ended.code:
                raise
    peak = round(peak_mb())
    print(json.dumps({"seconds": time.perf_counter() - began, "cpu": time.process_time() - used, "peak_mb": peak}))


if __name__ == "__main__":
    _measured(*sys.argv[1:])
