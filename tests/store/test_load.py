"""A bad dataset row never stops a run: it is set aside, reported with file, row, column and key, and nothing else is lost."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screener.errors import ScreenerError
from screener.schema.tables import TABLES, columns
from screener.store.load import Dataset, read
from tests.golden.world import HERE, read_tables, write_tables

WORLD = HERE / "datasets"


def _read(folder: Path) -> Dataset:
    return read([WORLD, folder])


def _rejects(dataset: Dataset) -> list[tuple[str, int | None, str | None, str | None, str]]:
    return list(dataset.rejects.select("file", "row", "column", "key", "problem").iter_rows())


def test_the_small_world_stands_whole() -> None:
    dataset = read([WORLD])
    assert dataset.rejects.is_empty()
    assert {table: frame.height for table, frame in dataset.tables.items()} == {
        t: len(read_tables().get(t, [])) for t in dataset.tables
    }


def test_a_row_with_an_unknown_source_is_set_aside_and_reported(tmp_path: Path) -> None:
    row = {
        "entity_id": "kr-90000060",
        "activity": "pays",
        "counterparty_id": "mm-test-gas-board",
        "status": "active",
        "source_ids": "register-2022;no-such-source",
    }
    dataset = _read(write_tables(tmp_path, {"activity": [row, row | {"source_ids": "register-2022"}]}))
    assert _rejects(dataset) == [
        (
            "activity/mine.csv",
            2,
            "source_ids",
            "kr-90000060 pays mm-test-gas-board",
            "names an id that the table source does not have",
        )
    ]
    assert dataset.tables["activity"].filter(pl.col("_file") == "activity/mine.csv")["_row"].to_list() == [3]


def test_a_fact_about_an_entity_that_was_set_aside_falls_with_it(tmp_path: Path) -> None:
    entity = {"entity_id": "kr-new", "kind": "company", "name": "New", "country": "KR", "source_ids": "no-such-source"}
    stake = {"owner_id": "kr-new", "owned_id": "kr-90000060", "status": "active", "source_ids": "register-2022"}
    heir = {
        "entity_id": "kr-heir",
        "kind": "company",
        "name": "Heir",
        "status": "merged",
        "successor_id": "kr-new",
        "source_ids": "register-2022",
    }
    dataset = _read(write_tables(tmp_path, {"entity": [entity, heir], "ownership": [stake], "entity_name": [
        {"entity_id": "kr-heir", "name": "Erbe", "kind": "alias", "source_ids": "register-2022"}
    ]}))  # fmt: skip
    assert {(file, row) for file, row, *_ in _rejects(dataset)} == {
        ("entity/mine.csv", 2), ("entity/mine.csv", 3), ("ownership/mine.csv", 2), ("entity_name/mine.csv", 2)
    }  # fmt: skip


def test_an_id_that_is_there_already_is_reported_and_the_first_row_stays(tmp_path: Path) -> None:
    dataset = _read(
        write_tables(
            tmp_path,
            {
                "entity": [
                    {"entity_id": "kr-90000060", "kind": "company", "name": "Impostor", "source_ids": "register-2022"}
                ]
            },
        )
    )
    (reject,) = _rejects(dataset)
    entities = dataset.tables["entity"].filter(pl.col("entity_id") == "kr-90000060")
    assert reject[4] == "this id already exists"
    assert entities.height == 1


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file is empty"),
        (b"entity_id,name\nkr-1,A\n", "the file lacks columns"),
        ("entity_id,name\nkr-1,가\n".encode("cp949"), "not a readable UTF-8 CSV file"),
        ("entity_id,name\nkr-1,A\n".encode("utf-16"), "the file lacks columns"),
    ],
)
def test_a_file_that_cannot_be_read_is_reported_and_the_others_stand(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    path = tmp_path / "entity_name" / "broken.csv"
    path.parent.mkdir()
    path.write_bytes(content)
    dataset = _read(tmp_path)
    assert [(file, p) for file, _, _, _, p in _rejects(dataset)] in (
        [("entity_name/broken.csv", p)]
        for p in {p for *_, p in _rejects(dataset)}
        if problem in p or "not a readable" in p
    )
    assert dataset.tables["entity"].height == len(read_tables()["entity"])


def test_a_row_with_too_many_cells_is_set_aside_alone(tmp_path: Path) -> None:
    """An unquoted comma in a summary must not take the whole file away."""
    header = ",".join(columns("response"))
    good = {
        "entity_id": "kr-90000060",
        "topic": "myanmar-gas",
        "kind": "statement",
        "stated_on": "2021",
        "summary": "fine",
        "source_ids": "register-2022",
    }
    lines = [",".join(good.get(c, "") for c in columns("response")) for _ in range(3)]
    lines[1] = lines[1].replace("fine", "one, two")
    path = tmp_path / "response" / "mine.csv"
    path.parent.mkdir()
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    dataset = _read(tmp_path)
    ((file, row, _, _, problem),) = _rejects(dataset)
    assert (file, row) == ("response/mine.csv", 3)
    assert "cells" in problem
    assert dataset.tables["response"].filter(pl.col("_file") == file)["_row"].to_list() == [2, 4]


def test_a_column_that_the_table_does_not_have_is_reported_and_left_out(tmp_path: Path) -> None:
    path = write_tables(
        tmp_path,
        {"entity_name": [{"entity_id": "kr-90000060", "name": "AF", "kind": "alias", "source_ids": "register-2022"}]},
    )
    file = path / "entity_name" / "mine.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("lang", "language"), encoding="utf-8")
    rejects = _rejects(_read(tmp_path))
    assert [(f, p) for f, _, _, _, p in rejects] == [
        ("entity_name/mine.csv", "columns that the table does not have were left out")
    ]


def test_a_file_that_lacks_a_column_that_must_be_filled_is_not_read(tmp_path: Path) -> None:
    path = write_tables(
        tmp_path,
        {"entity_name": [{"entity_id": "kr-90000060", "name": "AF", "kind": "alias", "source_ids": "register-2022"}]},
    )
    file = path / "entity_name" / "mine.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("kind", "sort"), encoding="utf-8")
    rejects = _rejects(_read(tmp_path))
    assert [(f, p) for f, _, _, _, p in rejects] == [
        ("entity_name/mine.csv", "the file lacks columns, none of its rows was read")
    ]


def test_a_folder_without_any_table_is_no_dataset_folder(tmp_path: Path) -> None:
    with pytest.raises(ScreenerError, match="no dataset table here"):
        _read(tmp_path)


def test_a_file_of_the_same_name_replaces_and_another_name_adds(tmp_path: Path) -> None:
    name = {"entity_id": "kr-90000060", "name": "AF", "kind": "alias", "source_ids": "register-2022"}
    added = _read(write_tables(tmp_path / "a", {"entity_name": [name]}))
    replaced = _read(write_tables(tmp_path / "b", {"entity_name": [name]}, "world.csv"))
    assert added.tables["entity_name"].height == len(read_tables()["entity_name"]) + 1
    assert replaced.tables["entity_name"]["name"].to_list() == ["AF"]


def test_the_row_number_is_that_of_the_record_also_after_a_line_break_in_a_cell(tmp_path: Path) -> None:
    rows = [
        {"entity_id": "kr-90000060", "name": name, "kind": "alias", "source_ids": "register-2022"}
        for name in ("two\nlines", "fine")
    ]
    rows.append(rows[1] | {"kind": "nickname"})
    ((_, row, column, _, _),) = _rejects(_read(write_tables(tmp_path, {"entity_name": rows})))
    assert (row, column) == (4, "kind")


CELL = st.sampled_from(
    [
        "",
        "x",
        "kr-90000060",
        "register-2022",
        "nope",
        "active",
        "ended",
        "2021",
        "2021-02-30",
        "0.5",
        "1.5",
        "=1+1",
        "가",
        "'; drop table entity",
    ]
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(set(TABLES) - {"source", "entity", "list"})), st.data())
def test_no_row_is_lost_whatever_its_cells_hold(
    tmp_path_factory: pytest.TempPathFactory, table: str, data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(columns(table), CELL)), min_size=1, max_size=4))
    dataset = read([WORLD, write_tables(tmp_path_factory.mktemp("cells"), {table: rows})])
    mine = pl.col("file") == f"{table}/mine.csv"
    set_aside = set(dataset.rejects.filter(mine)["row"].to_list())
    stand = set(dataset.tables[table].filter(pl.col("_file") == f"{table}/mine.csv")["_row"].to_list())
    # Rows without any cell are blank lines to a CSV reader only where a table has one column; ours have several.
    assert set_aside | stand == set(range(2, len(rows) + 2))
    assert not set_aside & stand
    assert (
        dataset.rejects.filter(mine)
        .select(pl.all_horizontal(pl.col("problem", "do").str.len_chars() > 5))
        .to_series()
        .all()
    )
