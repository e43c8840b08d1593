"""One measurement in a process of its own, so that its memory can be measured: `python graph_run.py supply|owning FOLDER FIRMS [MEMORY_LIMIT]`.

Prints one JSON object: seconds of the bare scan and of the work, rows in and out, and the largest resident memory in MB.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from screener.files import sql
from screener.graph import ownership, supply
from screener.graph.ownership import solve_holdings
from screener.graph.prune import as_statement, prune_steps
from tests.bench.graph_generator import OWNING_COLUMNS, SUPPLY_COLUMNS, chosen
from tests.bench.processes import peak_mb

AS_OF = "2024-06-01"
TURNS = 3  # two at the largest size


def main(kind: str, folder: Path, firms: int, memory_limit: str | None) -> dict[str, Any]:
    con = duckdb.connect(config={"threads": 2, "temp_directory": str(folder / "spill")})
    if memory_limit:
        con.execute("set memory_limit = ?", [memory_limit])
    anchors, screened = chosen(firms)
    con.register("anchor_frame", {"node": anchors})
    con.register("screened_frame", {"node": screened})
    work, columns = (supply_work if kind == "supply" else owning_work)(con, folder, firms)
    scans, took = [], []
    for _ in range(TURNS if firms <= 1_000_000 else 2):
        # The scan and the work take turns, so that a busy moment of the machine falls on both alike.
        scans += [timed(lambda: _scan(con, folder / f"{kind}.parquet", columns)) for _ in range(3)]
        took.append(timed(work))
    out = con.execute("select count(*) from reach" if kind == "supply" else "select count(*) from holding").fetchall()[
        0
    ][0]
    rows = con.execute("select count(*) from read_parquet(?)", [str(folder / f"{kind}.parquet")]).fetchall()[0][0]
    return {"scan": min(scans), "seconds": min(took), "rows": rows, "out": out, "peak_mb": peak_mb()}


def supply_work(con: duckdb.DuckDBPyConnection, folder: Path, firms: int) -> tuple[Callable[[], None], tuple[str, ...]]:
    con.execute(
        f"""create temp view link_end as
        select link_no, buyer, supplier, input_share, valid_to
        from '{folder}/supply.parquet'
        where valid_from is null or valid_from <= date '{AS_OF}'"""
    )
    con.execute("create temp table start as select node::integer as node, 4 as tiers from anchor_frame")
    con.execute("create temp table reach_buyer as select node::integer as node from screened_frame")
    con.execute("create temp table parameter as select 0.6::double as tier_decay")
    near = as_statement(prune_steps("link_end", "start", "reach_buyer", 4))
    weighed = f"""select
            * exclude (input_share, valid_to), coalesce(input_share, 0.5) as weight,
            [0.95, 0.85, 0.7, 0.5][link_no % 4 + 1]::double as confidence,
            valid_to is null or valid_to >= date '{AS_OF}' as live, (hash(link_no) & 67108863)::integer as tie
        from near"""

    def work() -> None:
        con.execute(f"create or replace temp table near as {near}")
        con.execute(f"create or replace temp table near_link as {weighed}")
        con.execute(sql(supply.__file__, "best_path.sql"))

    return work, SUPPLY_COLUMNS


def owning_work(con: duckdb.DuckDBPyConnection, folder: Path, firms: int) -> tuple[Callable[[], None], tuple[str, ...]]:
    con.execute(
        f"""create temp view stake_link as
        select
            * exclude (stated), null::varchar as fact_id, 3 - edge_no % 4 as source_set, (hash(edge_no) & 67108863)::integer as tie, stated as confirmed_on,
            date '2000-01-01' as valid_from, null::date as valid_to, null::date as vague_from, false as disputed, false as repeated
        from '{folder}/owning.parquet';
        create temp table clock as select date '{AS_OF}' as as_of;
        create temp table known_set as
        select unnest(range(4)) as source_set, null::date as newest, null::date as last_known_on, true as end_known, null::date as end_known_on, null::date as end_newest;
        create temp table set_confidence as select source_set, [0.5, 0.7, 0.85, 0.95][source_set + 1]::double as confidence from known_set;
        create temp table set_publisher as select source_set, '' as independent_publisher, confidence as quality from set_confidence;
        create temp macro known_end(valid_from, valid_to, vague_from, end_known, end_known_on, end_newest) as valid_to;
        create temp macro joint_confidence(quality, publisher) as 1 - product(1 - quality order by publisher);
        create temp table parameter as select 0.5::double as control_share, 1.0::double as disputed, 30 as max_hops;
        create temp table node as select 0 as node, '' as entity_id where false;
        create temp table top as from anchor_frame union all from screened_frame;
        {sql(ownership.__file__, "members.sql")}"""
    )

    def work() -> None:
        con.execute(sql(ownership.__file__, "stake.sql"))
        solve_holdings(con, "select node from top")

    return work, OWNING_COLUMNS


def _scan(con: duckdb.DuckDBPyConnection, path: Path, columns: tuple[str, ...]) -> None:
    """The limit: every value of the columns read and added up; least and greatest would come from the file's statistics unread."""
    kinds = {name: kind for name, kind, *_ in con.execute(f"describe select * from '{path}'").fetchall()}
    number = {"DATE": "{} - date '1970-01-01'", "BOOLEAN": "{}::integer"}
    read = ", ".join(f"sum({number.get(kinds[name], '{}').format(name)})" for name in columns)
    con.execute(f"select {read} from '{path}'").fetchall()


def timed(what: Callable[[], None]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


if __name__ == "__main__":
    kind, folder, firms, *rest = sys.argv[1:]
    json.dump(main(kind, Path(folder), int(firms), rest[0] if rest else None), sys.stdout)
