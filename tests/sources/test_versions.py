"""Snapshots over time: what was known on a day can be asked again, and a broken download replaces nothing."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.errors import ScreenerError
from screener.match.ready import ready_store
from screener.match.remembered import remember
from screener.store.build import open_store
from screener.store.clock import set_clocks
from screener.store.locking import lock_file, write_lock
from screener.store.snapshots import snapshot_summary, writing
from tests.sources.shapes_served import sdn

Run = Callable[..., Any]
Rows = Callable[..., list[tuple[Any, ...]]]
MAY, JUNE, JULY = (dt.datetime(2026, month, 10, 12) for month in (5, 6, 7))
LISTED = "select entity_id from listing where list_id = 'us-ofac-sdn' and entity_id like 'zz-ofac-%' order by 1"


def test_each_day_sees_what_was_known_by_it(load: Run, rows: Rows) -> None:
    load(sdn(1, 2, 3), MAY)
    load(sdn(2, 3, 4), JUNE)
    load(sdn(2, 3, 4, suffix=" NEW"), JULY)
    seen = {
        day: [row[0][8:] for row in rows(LISTED, day.date())]
        for day in (MAY - dt.timedelta(1), MAY, JUNE - dt.timedelta(1), JUNE, JULY)
    }
    assert list(seen.values()) == [[], ["1", "2", "3"], ["1", "2", "3"], ["2", "3", "4"], ["2", "3", "4"]]
    assert rows("select name from entity where entity_id = 'zz-ofac-2'", JUNE.date()) == [("EXAMPLE 2 TRADING",)]
    assert rows("select name from entity where entity_id = 'zz-ofac-2'", JULY.date()) == [("EXAMPLE 2 NEW TRADING",)]
    assert rows("select published_on::varchar from source where source_id = 'fetched-us-ofac-sdn'", JUNE.date()) == [
        ("2026-06-10",)
    ]
    assert rows("select count(*) from source where source_id = 'fetched-us-ofac-sdn'", dt.date(2026, 1, 1)) == [(0,)]


def test_an_earlier_answer_is_reproduced_after_later_fetches(load: Run, store: Path) -> None:
    def answer(known_at: dt.date) -> list[Any]:
        with open_store(store) as con:
            set_clocks(con, dt.date(2026, 8, 1), known_at)
            return [
                con.execute(f"from {table} order by all").fetchall()
                for table in ("edge", "edge_source", "entity", "identifier", "entity_name", "list")
            ]

    load(sdn(1, 2, 3), MAY)
    first = answer(dt.date(2026, 5, 20))
    load(sdn(3, 4, 5), JUNE)
    load(sdn(9, 10), JULY)
    assert answer(dt.date(2026, 5, 20)) == first
    assert answer(dt.date(2026, 7, 20)) != first


def test_two_snapshots_of_one_day_leave_the_later(load: Run, rows: Rows) -> None:
    load(sdn(1, 2), MAY)
    load(sdn(2, 3), MAY + dt.timedelta(hours=1))
    assert [row[0] for row in rows(LISTED, MAY.date())] == ["zz-ofac-2", "zz-ofac-3"]


def test_an_entity_that_a_source_states_twice_is_one_with_both_names(bring: Run, rows: Rows, tmp_path: Path) -> None:
    file = tmp_path / "groups.csv"
    written = "기업집단명,회사명,법인등록번호\n새별,새별산업,110111-9999991\n새별,새별물산,110111-9999991\n"
    file.write_text(written, encoding="utf-8")
    bring("ftc-groups", file=file)
    where = "where entity_id = 'kr-crn-1101119999991'"
    assert rows(f"select name from entity {where}") == [("새별물산",)]
    assert rows(f"select name from entity_name {where} order by 1") == [("새별물산",), ("새별산업",)]
    assert rows(f"select scheme, value from identifier {where}") == [("crn", "1101119999991")]


def test_an_older_file_cannot_come_after_a_newer_one(load: Run) -> None:
    load(sdn(1, 2), JUNE)
    assert "later snapshot" in load(sdn(1, 2, 3), MAY).error.what


def test_an_empty_download_replaces_nothing(load: Run, rows: Rows, stored: Rows) -> None:
    load(sdn(1, 2, 3), MAY)
    result = load(b"\x1a", JUNE)
    assert result.failed
    assert len(rows(LISTED)) == 3
    assert stored("select accepted, reason from fetched.snapshot order by retrieved_at") == [
        (True, None),
        (False, "it has no rows"),
    ]
    assert load(b"", JULY, accept=True).failed, "nothing at all is never accepted"


def test_a_halved_download_replaces_nothing_until_it_is_accepted(load: Run, rows: Rows) -> None:
    load(sdn(*range(1, 11)), MAY)
    assert "fewer than 60%" in load(sdn(*range(1, 6)), JUNE).outcome.reason
    assert len(rows(LISTED)) == 10
    accepted = load(sdn(*range(1, 6)), JULY, accept=True)
    assert not accepted.failed
    assert len(rows(LISTED)) == 5


def test_a_download_that_exploded_replaces_nothing(load: Run, rows: Rows) -> None:
    load(sdn(*range(1, 31)), MAY)
    assert "more than 3 times" in load(sdn(*range(1, 400)), JUNE).outcome.reason
    assert not load(sdn(*range(1, 60)), JULY).failed
    assert len(rows(LISTED)) == 59


def test_the_same_file_again_brings_nothing_new(load: Run, stored: Rows) -> None:
    load(sdn(1, 2), MAY)
    again = load(sdn(1, 2), JUNE)
    assert (again.outcome.unchanged, again.outcome.added, again.outcome.removed) == (True, 0, 0)
    assert stored("select count(*) from fetched.entity") == [(2,)]


@settings(max_examples=10)
@given(st.lists(st.sets(st.integers(1, 12), min_size=1), min_size=1, max_size=5))
def test_versions_add_up_to_every_snapshot(snapshots: list[set[int]]) -> None:
    """Law: at each moment the rows that count are exactly those of the snapshot taken last."""
    from screener.store import snapshots as writer

    with duckdb.connect() as con:
        con.execute(
            "create schema fetched; create table fetched.verdict (entity_id varchar, origin varchar, snapshot_id varchar, system_from timestamp, system_to timestamp)"
        )
        con.execute("create temp table raw_verdict (entity_id varchar)")
        typed, writer.typed_queries = (
            writer.typed_queries,
            lambda: {"verdict": "select distinct entity_id from raw_verdict"},
        )
        try:
            for month, rows in enumerate(snapshots, 1):
                con.execute("delete from raw_verdict")
                con.executemany("insert into raw_verdict values (?)", [(str(n),) for n in [*rows, *rows]])
                known = {"system_from": dt.datetime(2026, month, 1), "system_to": dt.datetime(9999, 12, 31)}
                writer.store_version(con, "verdict", {"origin": "x", "snapshot_id": f"x-{month}"} | known)
        finally:
            writer.typed_queries = typed
        for month, rows in enumerate(snapshots, 1):
            moment = dt.datetime(2026, month, 15)
            found = con.execute(
                "select entity_id from fetched.verdict where system_from < ? and system_to >= ?", [moment, moment]
            ).fetchall()
            assert sorted(found) == sorted((str(n),) for n in rows)


# --- rebuilding and migrating ---------------------------------------------------------------------------------------------------


def test_a_rebuild_keeps_what_was_fetched_and_its_history(load: Run, rows: Rows, store: Path) -> None:
    load(sdn(31516, 1, 2), MAY)
    load(sdn(31516, 2, 3), JUNE)
    queries = [
        (LISTED, MAY.date()),
        (LISTED, JUNE.date()),
        ("select entity_id from identifier where value = '31516'", None),
    ]
    before = [rows(*query) for query in queries]
    assert ready_store(str(store), force=True).built
    assert [rows(*query) for query in queries] == before
    with open_store(store) as con:
        assert snapshot_summary(con)["snapshots"].to_list() == [2]


def test_a_rebuild_takes_over_rows_of_a_store_that_had_other_names_for_system_time(
    load: Run, rows: Rows, store: Path
) -> None:
    load(sdn(1, 2), MAY)
    load(sdn(2, 3), JUNE)
    with duckdb.connect(str(store)) as con:
        named = "select table_name, column_name from duckdb_columns() where starts_with(column_name, 'system_')"
        for table, column in con.execute(named).fetchall():
            former = column.replace("system_", "known_")
            con.execute(f"alter table fetched.{table} rename column {column} to {former}")
        con.execute("update meta set value = '5' where key = 'fetched_schema'")
    ready_store(str(store), force=True, lasting=False)
    assert rows(LISTED, MAY.date()) == [("zz-ofac-1",), ("zz-ofac-2",)]
    assert rows(LISTED, JUNE.date()) == [("zz-ofac-2",), ("zz-ofac-3",)]


def test_decisions_of_people_survive_a_rebuild(store: Path) -> None:
    with writing(store) as con:
        decided = pl.DataFrame({"query_key": ["some name"], "query": ["Some Name"], "entity_id": ["kr-00126380"]})
        remember(con, decided, "somebody", MAY)
        before = con.execute("from decision").fetchall()
    ready_store(str(store), force=True, lasting=False)
    with duckdb.connect(str(store), read_only=True) as con:
        assert con.execute("from decision").fetchall() == before


@pytest.mark.parametrize("damaged_from", [4096, 12_288, 300_000, 600_000, 900_000])
def test_a_store_that_cannot_be_read_is_set_aside_when_a_new_one_is_built(store: Path, damaged_from: int) -> None:
    data = bytearray(store.read_bytes())
    data[damaged_from:] = b"\0" * (len(data) - damaged_from)
    store.write_bytes(data)
    try:
        ready_store(str(store), force=True, lasting=False)
    except ScreenerError:
        assert store.read_bytes() == bytes(data), "reported, and left as it is"
    else:
        set_aside = any(path.name.endswith(".unreadable") for path in store.parent.iterdir())
        # Nothing was fetched into this store: damage among the tables that are built anew takes nothing away.
        assert set_aside or damaged_from > 12_288
        with duckdb.connect(str(store), read_only=True) as con:
            assert con.execute("select count(*) from entity").fetchall()[0][0] > 0


def test_a_store_of_a_newer_program_is_neither_written_nor_built_over(store: Path) -> None:
    with duckdb.connect(str(store)) as con:
        con.execute("update meta set value = '99' where key = 'fetched_schema'")
    whole = store.read_bytes()
    with pytest.raises(ScreenerError, match="newer version"), writing(store):
        pass
    with pytest.raises(ScreenerError, match="newer version"):
        ready_store(str(store), force=True, lasting=False)
    assert store.read_bytes() == whole


def test_a_rebuild_brings_what_was_fetched_into_the_shape_of_the_program(load: Run, store: Path) -> None:
    load(sdn(1, 2), MAY)
    with duckdb.connect(str(store)) as con:
        con.execute("alter table fetched.entity add column colour varchar; alter table fetched.entity drop column note")
        con.execute("drop table fetched.forgotten_history; alter table fetched.snapshot drop column priority")
    ready_store(str(store), force=True, lasting=False)
    with duckdb.connect(str(store), read_only=True) as con:
        assert "colour" not in [name for name, *_ in con.execute("describe fetched.entity").fetchall()]
        assert con.execute("select entity_id, note from fetched.entity order by 1").fetchall() == [
            ("zz-ofac-1", None),
            ("zz-ofac-2", None),
        ]
    load(sdn(2, 3), JUNE)
    with open_store(store) as con:
        assert con.execute(LISTED).fetchall() == [("zz-ofac-2",), ("zz-ofac-3",)]


# --- two processes --------------------------------------------------------------------------------------------------------------


def test_a_second_writer_waits_for_the_first(store: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with writing(store, wait=20) as con:
            order.append("second")
            con.execute("create or replace table mark as from mark union all select 2")

    with writing(store) as con:
        con.execute("create table mark as select 1 as number")
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.2)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    with duckdb.connect(str(store), read_only=True) as con:
        assert con.execute("select number from mark order by 1").fetchall() == [(1,), (2,)]


def test_a_writer_that_waits_too_long_says_who_writes(store: Path) -> None:
    script = "import sys, time; from pathlib import Path\nfrom screener.store.locking import write_lock\nwith write_lock(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(store)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    try:
        assert other.stdout is not None
        other.stdout.readline()
        with (
            pytest.raises(ScreenerError, match=f"another process is writing.*{other.pid}"),
            write_lock(store, wait=0.2),
        ):
            pass
    finally:
        other.kill()
        other.wait()
    # A killed writer holds nothing.
    with write_lock(store, wait=5):
        assert lock_file(store).read_text().strip() == str(os.getpid())
    assert not lock_file(store).exists()


def test_a_reader_keeps_what_it_opened_while_another_writes(load: Run, store: Path) -> None:
    with open_store(store) as con:
        before = con.execute("select count(*) from entity").fetchall()
        load(sdn(1, 2, 3), MAY)
        assert con.execute("select count(*) from entity").fetchall() == before
