"""How long `screener screen` takes on a store with 10^7 deliveries and 2 * 10^6 stakes, compared with a bare scan of both tables in that store."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import duckdb

from screener.match.ready import ready_store
from screener.store.build import numbered
from tests.bench.bench_screen_1000 import write_holdings
from tests.bench.graph_generator import chosen, write_owning, write_supply
from tests.bench.processes import measured, screenings

FIRMS: Final = 1_000_000
RUNS: Final = 3
_BARE: Final = "bare scan of links and stakes"
_SOURCE: Final = "bench-records"
# The 3,000 screened firms are Korean and four in ten of the others Chinese; 200 firms are on a list, as many as the longest list that is read has
# in this matter. One delivery in ten is of goods of which a region has a known part.
_FIRMS: Final = """
insert into source by name
select
    $source as source_id, 'Bench' as publisher, 'registry' as publisher_kind, 'Generated' as title, 'https://b.example/' as url,
    date '2024-06-01' as published_on, '2024-06-01' as published_written, date '2024-06-01' as retrieved_on, 'B' as grade;

create temp table firm as
select firm, country, country || '-bench-' || lpad(firm::varchar, 7, '0') as entity_id
from (
    select
        i::integer as firm,
        case when i in (select node from screened_frame) then 'kr' when i % 10 < 4 then 'cn' else ['vn', 'us', 'de', 'jp', 'in', 'tw'][i % 6 + 1] end as country
    from range($firms) as t(i)
);

insert into entity by name
select entity_id, 'company' as kind, 'Bench Works ' || firm as name, upper(country) as country, [$source] as source_ids from firm;

insert into listing by name
select 'lst-' || entity_id as fact_id, entity_id, 'us-uflpa' as list_id, date '2022-06-21' as valid_from, '2022-06-21' as since, [$source] as source_ids
from firm
where firm in (select node from anchor_frame limit 200);
"""
_LINKS: Final = """
insert into supply by name
select
    'sup-' || lpad(any_value(link_no)::varchar, 10, '0') as fact_id, s.entity_id as supplier_id, b.entity_id as buyer_id,
    case when link_no % 10 > 0 then (1000 + 89 * (link_no // 10 % 100))::varchar else ['2804', '5201', '8541', '3904', '7601', '8507'][link_no // 10 % 6 + 1] end as hs_code,
    case when link_no % 50 = 0 and s.country = 'cn' then 'CN-XJ' end as origin_region, input_share, valid_from, valid_to,
    valid_from::varchar as since, valid_to::varchar as until, case when valid_to is null then 'active' else 'ended' end as status,
    date '2024-03-31' as confirmed_on, [$source] as source_ids, []::varchar[] as end_source_ids
from read_parquet($supply)
join firm as s on s.firm = supplier
join firm as b on b.firm = buyer
group by link_no, s.entity_id, b.entity_id, s.country, input_share, valid_from, valid_to;

insert into ownership by name
select
    'own-' || lpad(edge_no::varchar, 10, '0') as fact_id, a.entity_id as owner_id, b.entity_id as owned_id, share_min, share_max, operates,
    'active' as status, stated as confirmed_on, [$source] as source_ids, []::varchar[] as end_source_ids
from read_parquet($owning)
join firm as a on a.firm = owner
join firm as b on b.firm = owned;
"""
# The limit: every value that links and stakes are made of read once and added up, by a process that does nothing else.
_SCAN: Final = """
import sys
import duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
con.execute("select sum(link_no), sum(buyer), sum(supplier), sum(input_share), sum(valid_from - date '1970-01-01'), sum(valid_to - date '1970-01-01') from supply_link")
con.execute("select sum(length(owner_id)), sum(length(owned_id)), sum(share_min), sum(share_max), sum(operates::integer) from ownership")
"""


def run() -> Iterator[dict[str, Any]]:
    """Two figures: the screening, and the scan as a process of its own."""
    with tempfile.TemporaryDirectory(prefix="screener-bench-") as name:
        folder = Path(name)
        store, holdings = folder / "store.duckdb", folder / "holdings.csv"
        write_supply(folder / "supply.parquet", FIRMS)
        write_owning(folder / "owning.parquet", FIRMS)
        ready_store(str(store))
        write_holdings(store, holdings)
        edges = fill(store, folder)
        took = measured(screenings(holdings, store) | {_BARE: ["-c", _SCAN, str(store)]}, RUNS)
    for what, one in took.items():
        yield {
            "bench": "screen-10m",
            "what": what,
            "size": FIRMS,
            "edges": edges,
            "ratio": round(one.seconds / took[_BARE].seconds, 2),
            "against": "process that scans the same links and stakes once",
            "seconds": round(one.seconds, 3),
            "peak_mb": round(one.peak_mb, 1),
            "runs": RUNS,
        }


def fill(store: Path, folder: Path, firms: int = FIRMS) -> int:
    """Adds firms, and the stakes and deliveries of the files in the folder, to a built store as the builder would have; how many edges."""
    anchors, screened = chosen(firms)
    with duckdb.connect(str(store)) as con:
        con.register("anchor_frame", {"node": anchors})
        con.register("screened_frame", {"node": screened})
        files = {"supply": str(folder / "supply.parquet"), "owning": str(folder / "owning.parquet")}
        for script, values in ((_FIRMS, {"source": _SOURCE, "firms": firms}), (_LINKS, {"source": _SOURCE} | files)):
            for statement in filter(str.strip, script.split(";")):
                con.execute(statement, {k: v for k, v in values.items() if f"${k}" in statement})
        con.execute(numbered())
        found = con.execute("select (select count(*) from supply_link) + (select count(*) from ownership)").fetchall()
    return int(found[0][0])
