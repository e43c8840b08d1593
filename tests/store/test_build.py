"""The store: built once and reused, merged from facts stated twice, and never at the cost of somebody else's file."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from screener.errors import ScreenerError
from screener.match.ready import ready_store
from screener.store import build
from screener.store.build import open_store
from tests import once
from tests.golden.world import inside, read_tables, write_tables

FACTS = (
    "ownership",
    "supply",
    "activity",
    "listing",
    "entity",
    "identifier",
    "entity_name",
    "source",
    "response",
    "region_share",
    "financial",
    "verdict",
)


@pytest.fixture(autouse=True)
def _in_the_small_world(monkeypatch: pytest.MonkeyPatch) -> None:
    inside(monkeypatch)


def _contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with open_store(path) as con:
        return {table: con.sql(f'select * from "{table}" order by all').fetchall() for table in FACTS}


def test_it_is_built_once_and_reused_while_its_inputs_stand(tmp_path: Path) -> None:
    path = tmp_path / "a folder that is not there" / "스토어.duckdb"
    assert ready_store(str(path), lasting=False).built
    before = path.stat().st_mtime_ns
    assert not ready_store(str(path), lasting=False).built
    assert path.stat().st_mtime_ns == before
    assert not list(path.parent.glob("*.tmp*"))


def test_it_is_built_again_when_an_input_changes(tmp_path: Path) -> None:
    path, mine = str(tmp_path / "s.duckdb"), tmp_path / "mine"
    name = {"entity_id": "kr-90000060", "name": "AF", "kind": "alias", "source_ids": "register-2022"}
    ready_store(path, lasting=False)
    assert ready_store(path, [str(write_tables(mine, {"entity_name": [name]}))], lasting=False).built
    assert not ready_store(path, [str(mine)], lasting=False).built
    write_tables(mine, {"entity_name": [name | {"name": "AF Co"}]})
    assert ready_store(path, [str(mine)], lasting=False).built
    with open_store(Path(path)) as con:
        assert con.sql("select count(*) from entity_name where name = 'AF Co'").fetchall() == [(1,)]


def _foreign_files() -> Iterator[tuple[str, str | bytes]]:
    yield "a text", b"dear diary"
    yield "an empty file", b""
    yield "a database of another program", "create table diary (day date)"
    yield (
        "a database with a table meta of its own",
        "create table meta (name varchar); insert into meta values ('mine')",
    )
    yield (
        "a database with keys and values of its own",
        "create table meta (key varchar, value varchar); create table reject (x int)",
    )
    yield "an empty database", ""


@pytest.mark.parametrize(("name", "content"), list(_foreign_files()))
def test_a_file_that_is_no_store_is_left_untouched(tmp_path: Path, name: str, content: str | bytes) -> None:
    path = tmp_path / "precious.duckdb"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        with duckdb.connect(str(path)) as con:
            con.execute(content or "select 1")
    before = path.read_bytes()
    for force in (False, True):
        with pytest.raises(ScreenerError, match="--store") as error:
            ready_store(str(path), force=force, lasting=False)
        assert error.value.exit_code == 2
        assert path.read_bytes() == before, name
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_folder_in_place_of_the_store_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ScreenerError, match="--store"):
        ready_store(str(tmp_path), lasting=False)


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    with pytest.raises(ScreenerError, match="the store cannot be written"):
        ready_store(str(tmp_path / "file" / "store.duckdb"), lasting=False)


@pytest.mark.parametrize("mode", [0o755, 0o700, 0o000])
def test_a_folder_without_rights_is_an_error(mode: int) -> None:
    """Root may write everywhere, so root becomes nobody for it."""
    with tempfile.TemporaryDirectory() as outer:
        Path(outer).chmod(0o755)
        closed = Path(outer) / "closed"
        closed.mkdir()
        ready_store(str(closed / "first.duckdb"), lasting=False)  # also loads every module while they can be read
        closed.chmod(mode if os.geteuid() == 0 else mode & 0o500)
        try:
            if os.geteuid() == 0:
                os.seteuid(65534)
            with pytest.raises(
                ScreenerError, match=r"the store cannot be (written|read).*Permission denied.*--store"
            ) as error:
                ready_store(str(closed / "store.duckdb"), lasting=False)
        finally:
            os.seteuid(os.getuid())
            closed.chmod(0o755)
        assert error.value.exit_code == 2
        assert [file.name for file in closed.iterdir()] == ["first.duckdb"]


def test_a_store_that_was_cut_short_is_built_again(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    ready_store(str(path), lasting=False)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert ready_store(str(path), lasting=False).built
    assert _contents(path)


def test_a_stray_temporary_file_of_a_killed_build_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "s.duckdb.abc.tmp").write_bytes(b"half a store")
    assert ready_store(str(tmp_path / "s.duckdb"), lasting=False).built


def test_shuffled_and_repeated_rows_give_the_same_store(tmp_path: Path) -> None:
    """Rows given twice, in another order and in other files, are the same facts."""
    plain, mixed = tmp_path / "plain", tmp_path / "mixed"
    rng = random.Random(7)
    for name in ("world.csv", "b.csv"):
        tables = {
            table: [*rows, *rows] if table not in ("source", "entity", "list") else list(rows)
            for table, rows in read_tables().items()
        }
        if name == "b.csv":
            tables = {table: rows for table, rows in tables.items() if table not in ("source", "entity", "list")}
        for rows in tables.values():
            rng.shuffle(rows)
        write_tables(mixed, tables, name)
    ready_store(str(plain), lasting=False)
    ready_store(str(tmp_path / "mixed.duckdb"), [str(mixed)], lasting=False)
    first, second = _contents(plain), _contents(tmp_path / "mixed.duckdb")
    for table in FACTS:
        assert first[table] == second[table], table


def test_a_fact_stated_twice_is_one_row_with_the_sources_of_both(tmp_path: Path) -> None:
    stake = {
        "owner_id": "kr-90000110",
        "owned_id": "kr-90000100",
        "share_min": "0.3",
        "share_max": "0.3",
        "status": "active",
    }
    rows = [
        stake | {"source_ids": "register-2022", "summary": "B."},
        stake | {"source_ids": "list-2021;register-2022", "summary": "A."},
    ]
    ready_store(str(tmp_path / "s"), [str(write_tables(tmp_path / "mine", {"ownership": rows}))], lasting=False)
    with open_store(tmp_path / "s") as con:
        found = con.sql("select source_ids, summary from ownership where owner_id = 'kr-90000110'").fetchall()
    assert found == [(["list-2021", "register-2022"], "A. B.")]


def test_partial_dates_become_the_first_and_the_last_day(tmp_path: Path) -> None:
    lease = {
        "entity_id": "kr-90000060",
        "activity": "leases_from",
        "counterparty_id": "mm-army",
        "status": "ended",
        "source_ids": "register-2022",
    }
    spans = [("2020", "2020"), ("2020-02", "2020-02"), ("2019-02", "2019-02-03")]
    rows = [lease | {"valid_from": begin, "valid_to": end} for begin, end in spans]
    ready_store(str(tmp_path / "s"), [str(write_tables(tmp_path / "mine", {"activity": rows}))], lasting=False)
    with open_store(tmp_path / "s") as con:
        found = con.sql(
            "select valid_from::varchar, valid_to::varchar, since, until from activity where activity = 'leases_from' and entity_id = 'kr-90000060' order by 1, 2"
        ).fetchall()
    assert found == [
        ("2019-02-01", "2019-02-03", "2019-02", "2019-02-03"),
        ("2020-01-01", "2020-12-31", "2020", "2020"),
        ("2020-02-01", "2020-02-29", "2020-02", "2020-02"),
    ]


def test_the_isin_of_a_common_share_is_derived_and_a_wrong_one_is_reported(tmp_path: Path) -> None:
    wrong = {
        "entity_id": "kr-90000060",
        "scheme": "isin",
        "value": "KR7000060000",
        "security": "common",
        "source_ids": "register-2022",
    }
    code = wrong | {"scheme": "krx", "value": "000000"}
    mine = write_tables(tmp_path / "mine", {"identifier": [wrong, code]})
    state = ready_store(str(tmp_path / "s"), [str(mine)], lasting=False)
    with open_store(tmp_path / "s") as con:
        isins = con.sql("select value from identifier where scheme = 'isin' and entity_id = 'kr-90000010'").fetchall()
        rejects = con.sql("select row, problem from reject order by row").fetchall()
    assert isins == [("KR7900010000",)]
    assert state.rejected == 2
    assert [row for row, _ in rejects] == [2, 3]
    assert "wrong check digit" in rejects[0][1]
    assert "not six characters" in rejects[1][1]


@pytest.mark.parametrize(
    "some", [lambda rows: rows, lambda rows: rows[:2], lambda rows: []], ids=["all", "two", "none"]
)
def test_a_store_in_memory_that_tests_copy_is_the_one_that_the_program_makes(some: Callable[[Any], Any]) -> None:
    read = read_tables()
    tables = {table: [{k: v or None for k, v in row.items()} for row in some(read[table])] for table in read}
    found = []
    for made in (build.memory_store, once.memory_store):
        with made(tables) as con:
            names = con.sql(
                "select table_name from duckdb_tables() where database_name = current_database() order by 1"
            )
            held = [name for (name,) in names.fetchall()]
            found.append({name: con.sql(f'describe "{name}"').fetchall() for name in held})
            found.append({name: con.sql(f'from "{name}"').fetchall() for name in held})
    assert found[:2] == found[2:]
