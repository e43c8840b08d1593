"""Names prepared when the store is built give what they would give if they were worked out when they are needed."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.match.match import resolve
from screener.match.names import prepared
from screener.match.names.index import NameIndex, all_names
from screener.match.names.prepared import Prepared
from screener.match.ready import ready_store
from screener.store.build import memory_store, open_store
from tests.golden.world import write_tables

SOME = st.sampled_from(
    "KT&G|케이티앤지|LG|LG전자|LG Electronics Inc.|주식회사 한화|Hanwha Corporation|삼성물산|POSCO홀딩스|三星電子|Ооо Ромашка|()|Co., Ltd.|4by4|ST&I"
    "|에스티아이|Kia Corp|기아".split("|")
)
NAMES = st.lists(SOME | st.text(max_size=12), min_size=1, max_size=30, unique=True)


def rows(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    """All rows, in an order that does not depend on where they came from."""
    return sorted(frame.rows(), key=repr)


@settings(max_examples=12)  # each prepares every name twice
@given(NAMES, st.data())
def test_a_prepared_name_is_what_it_is_when_it_is_met(names: list[str], data: st.DataObject) -> None:
    stored = data.draw(st.lists(st.sampled_from(names), unique=True))
    written = pl.DataFrame({"entity_id": [f"e{n // 2}" for n in range(len(names))], "name": names}).with_columns(
        label="name", kind=pl.lit("primary"), country=pl.lit("KR")
    )
    unprepared, ready = NameIndex.of(written), NameIndex.of(written, Prepared.of(pl.Series(stored, dtype=pl.String)))
    assert ready.table.drop("number").equals(unprepared.table.drop("number"))
    for part in ("texts", "spelled"):
        assert rows(getattr(ready, part)) == rows(getattr(unprepared, part)), part
    asked = ready.table.select("key").drop_nulls()
    assert rows(ready.continuing(asked)) == rows(unprepared.continuing(asked))
    for part in ("features", "starts", "weight", "norm"):
        assert getattr(ready.postings, part).tolist() == getattr(unprepared.postings, part).tolist(), part
    ends = ready.postings.starts
    for begin, end in pairwise(ends):
        assert sorted(ready.postings.bearers[begin:end]) == sorted(unprepared.postings.bearers[begin:end])


def test_a_store_is_made_with_its_names_and_they_stay_what_they_were(shipped_con: duckdb.DuckDBPyConnection) -> None:
    read, made = Prepared.read(shipped_con), Prepared.of(all_names(shipped_con))
    assert read.names.equals(made.names)
    for what in ("spelled", "stem", "text", "feature"):
        assert read.values(what).equals(made.values(what)), what


def test_a_name_that_came_after_the_store_was_made_is_found_as_well_as_those_that_were_prepared() -> None:
    entities = [
        {"entity_id": f"kr-{n}", "kind": "company", "name": name, "country": "KR", "status": "active"}
        for n, name in enumerate(("Hanwha Solutions", "LG Electronics"))
    ]
    with memory_store({"entity": entities}) as con:
        Prepared.of(all_names(con).head(1)).write(con)
        assert _first(con, "LG Electronics") == "kr-1"
        assert _first(con, "Hanwha Solutions") == "kr-0"
        assert _first(con, "Hanwha Solution") == "kr-0"


def test_a_rebuild_prepares_only_names_that_the_earlier_store_lacked_and_forgets_those_that_are_gone(
    shipped_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []
    comparable = prepared.comparable

    def counted(written: pl.DataFrame) -> pl.DataFrame:
        compared.append(written.height)
        return comparable(written)

    monkeypatch.setattr(prepared, "comparable", counted)
    store, mine = tmp_path / "store.duckdb", tmp_path / "mine"
    shutil.copyfile(shipped_store, store)
    firm = {"entity_id": "kr-mine", "kind": "company", "name": "Zyx Vwut Works", "country": "KR", "status": "active"}
    firm["source_ids"] = "yonhap-2022-cxo-russia"
    write_tables(mine, {"entity": [firm]})
    assert ready_store(str(store), (str(mine),)).built
    assert sum(compared) == 1
    with open_store(store) as con:
        assert _first(con, "Zyx Vwut Work") == "kr-mine"
    compared.clear()
    assert ready_store(str(store)).built
    assert sum(compared) > 10_000
    with open_store(store) as con, open_store(shipped_store) as shipped:
        assert Prepared.read(con).names.equals(Prepared.read(shipped).names)


def test_names_that_other_code_prepared_are_prepared_anew(shipped_store: Path, tmp_path: Path) -> None:
    store = tmp_path / "store.duckdb"
    shutil.copyfile(shipped_store, store)
    with duckdb.connect(str(store)) as con:
        con.execute("update meta set value = 'older' where key = 'names'; update prepared_name set key = 'older'")
    ready_store(str(store), force=True)
    with open_store(store) as con, open_store(shipped_store) as shipped:
        assert Prepared.read(con).names.equals(Prepared.read(shipped).names)


def _first(con: duckdb.DuckDBPyConnection, name: str) -> str:
    found = resolve(con, pl.DataFrame({"row": [0], "name": [name]})).candidates
    return str(found["entity_id"][0])
