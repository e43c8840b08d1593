"""The user's own deliveries: read as people write them, resolved, and never mixed with public evidence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from screener.errors import ScreenerError
from screener.portfolio.supply import write_supply
from screener.schema.frames import SupplyFile
from screener.store.load import read
from tests.rules.facts import Facts, at

HEAD = "Shipper,Consignee,Country of Origin,HS Code,Goods description,Arrival date,Value USD"


@pytest.fixture(scope="module")
def store() -> Iterator[duckdb.DuckDBPyConnection]:
    facts = Facts()
    facts.entity("kr-90000010", name="Hanbit Energy", name_ko="한빛에너지")
    facts.entity("cn-tianjing-silicon", name="Tianjing Silicon Co., Ltd.", country="CN")
    with at(facts) as con:
        yield con


def written(
    con: duckdb.DuckDBPyConnection, folder: Path, lines: str | bytes, **columns: str
) -> tuple[SupplyFile, dict[str, pl.DataFrame]]:
    file = folder / "lading.csv"
    file.write_bytes(lines if isinstance(lines, bytes) else lines.encode())
    out = folder / "out"
    out.mkdir(exist_ok=True)
    found = write_supply(con, file, out, columns)
    dataset = read([out])
    # A reference to an entity of the store cannot stand in this folder alone; everything else must.
    unknown = {"names an id that the table entity does not have"}
    assert set(dataset.rejects["problem"]) <= unknown
    tables = {
        table: pl.read_csv(next((out / table).glob("*.csv")), infer_schema=False)
        for table in ("source", "entity", "supply")
    }
    return found, tables


def test_deliveries_are_resolved_and_added_up(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    lines = f'{HEAD}\nTianjing Silicon,한빛에너지,China,2804.61,polysilicon,2025-03-01,"120,000"\nTianjing Silicon,한빛에너지,China,2804.61,polysilicon,2025/09/01,$80000\n'
    found, tables = written(store, tmp_path, lines)
    assert (found.facts, found.made, found.rejects.height) == (1, 0, 0)
    fact = tables["supply"].row(0, named=True)
    values = {
        k: fact[k]
        for k in ("supplier_id", "buyer_id", "hs_code", "value_usd", "valid_from", "confirmed_on", "status", "summary")
    }
    assert values == {
        "supplier_id": "cn-tianjing-silicon",
        "buyer_id": "kr-90000010",
        "hs_code": "280461",
        "value_usd": "200000.0",
        "valid_from": "2025-03-01",
        "confirmed_on": "2025-09-01",
        "status": "active",
        "summary": "The user's own file, 2 rows, 2 to 3.",
    }


def test_the_facts_rest_on_the_users_file_alone(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    _, tables = written(store, tmp_path, f"{HEAD}\nTianjing Silicon,Hanbit Energy,,,,,\n")
    source = tables["source"].row(0, named=True)
    assert (source["publisher"], source["title"], source["grade"]) == ("user file", "lading.csv", "D")
    assert tables["supply"]["source_ids"].to_list() == [source["source_id"]]
    newest = store.execute("select max(retrieved_on)::varchar from source").fetchall()[0][0]
    assert source["published_on"] == source["retrieved_on"] == newest


def test_a_name_that_the_store_does_not_surely_know_stands_as_it_is_written(
    store: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    found, tables = written(store, tmp_path, f"{HEAD}\nQarluq Zephyr Textiles,Hanbit Energy,Vietnam,,,,\n")
    assert found.made == 1
    made = tables["entity"].row(0, named=True)
    assert (made["name"], made["country"], made["entity_id"][:8]) == ("Qarluq Zephyr Textiles", "VN", "vn-user-")
    assert tables["supply"]["supplier_id"].to_list() == [made["entity_id"]]


def test_a_firm_of_another_country_is_no_korean_company_of_the_same_name(
    store: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    lines = (
        "Supplier,Supplier country,Buyer\n"
        "Hanbit Energy,Finland,Tianjing Silicon\n"
        "Hanbit Energy,Korea,Tianjing Silicon\n"
        "Tianjing Silicon,Korea,한빛에너지\n"
        "Tianjing Silicon,Hong Kong,한빛에너지\n"
    )
    found, tables = written(store, tmp_path, lines)
    pairs = sorted(tables["supply"].select("supplier_id", "buyer_id").rows())
    assert [(a[:8], b) for a, b in pairs] == [
        ("cn-tianj", "kr-90000010"),
        ("fi-user-", pairs[1][1]),
        ("kr-90000", pairs[1][1]),
        ("kr-user-", "kr-90000010"),
    ]
    told = found.rejects.filter(pl.col("problem").str.contains("another country")).select("row", "key", "found").rows()
    assert told == [
        (2, "Hanbit Energy", "Hanbit Energy (kr-90000010)"),
        (4, "Tianjing Silicon", "Tianjing Silicon Co., Ltd. (cn-tianjing-silicon)"),
    ]


def test_the_origin_of_the_goods_is_not_the_country_of_the_supplier(
    store: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    found, tables = written(store, tmp_path, f"{HEAD}\nHanbit Energy,Tianjing Silicon,Vietnam,,,,\n")
    assert (found.made, tables["supply"]["supplier_id"].to_list()) == (0, ["kr-90000010"])


def test_cells_that_cannot_be_read_are_reported_and_the_delivery_counts(
    store: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    found, tables = written(
        store,
        tmp_path,
        f"{HEAD}\nTianjing Silicon,Hanbit Energy,Atlantis,1,x,2025-02-30,five\n,Hanbit Energy,,,,,\nHanbit Energy,한빛에너지,,,,,\n",
    )
    assert {(r["row"], r["column"]) for r in found.rejects.iter_rows(named=True)} == {
        (2, "origin"),
        (2, "hs_code"),
        (2, "date"),
        (2, "value_usd"),
        (3, "supplier"),
        (4, "supplier"),
    }
    assert (tables["supply"].height, found.left_out) == (1, 2)


SPANS = "supplier,buyer,date,start date,end date,Remarks"


SPOKEN = {
    "2024-05-01,2019,2023": ("2019", "2023", "ended", "2024-05-01"),
    ",2019-02,2021/03/31": ("2019-02", "2021-03-31", "ended", None),
    ",2021-06,2021": ("2021-06", "2021", "ended", None),
    "2018-01-01,,": ("2018-01-01", None, "active", "2018-01-01"),
    "2018-01-01,2018-03,2099": ("2018-01-01", "2099", "active", "2018-01-01"),
}
UNREADABLE = {
    ",2020,2019": "valid_to",
    "2024-05-01,,2023": "valid_to",
    ",2020,soon": "valid_to",
    ",2020,2021-02-30": "valid_to",
    ",20-13-45,": "valid_from",
}


def _by_supplier(tables: dict[str, pl.DataFrame]) -> dict[str, dict[str, str | None]]:
    """The facts of a file by the name of the supplier, which the store does not know."""
    named = tables["entity"].select("name", supplier_id="entity_id")
    return {row["name"]: row for row in tables["supply"].join(named, on="supplier_id").iter_rows(named=True)}


def test_a_delivery_with_an_end_is_not_recorded_as_still_going(
    store: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    lines = [f"Qarluq Zephyr {n},Hanbit Energy,{span}," for n, span in enumerate(SPOKEN)]
    found, tables = written(store, tmp_path, "\n".join([SPANS, *lines]) + "\n")
    assert found.rejects.height == 0
    facts, columns = _by_supplier(tables), ("valid_from", "valid_to", "status", "confirmed_on")
    recorded = {span: tuple(facts[f"Qarluq Zephyr {n}"][column] for column in columns) for n, span in enumerate(SPOKEN)}
    assert recorded == SPOKEN


def test_an_end_that_cannot_be_read_leaves_the_row_out(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    sure = "Tianjing Silicon,Hanbit Energy,2018-01-01,,,"
    lines = [f"Qarluq Zephyr {n},Hanbit Energy,{span}," for n, span in enumerate(UNREADABLE)]
    found, tables = written(store, tmp_path, "\n".join([SPANS, sure, *lines]) + "\n")
    rejects = {r["row"]: r["column"] for r in found.rejects.iter_rows(named=True)}
    assert rejects == dict(enumerate(UNREADABLE.values(), 3))
    assert list(_by_supplier(tables)) == ["Qarluq Zephyr 4"], "an unknown beginning is no end"
    assert tables["supply"].height == 2


def test_a_relation_that_was_terminated_before_its_contract_ends_is_not_going_on(
    store: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    lines = [f"Qarluq Zephyr {n},Hanbit Energy,Terminated,{end}" for n, end in enumerate(("2099-12-31", "2021"))]
    found, tables = written(store, tmp_path, "\n".join(["supplier,buyer,status,end date", *lines]) + "\n")
    assert tables["supply"]["status"].to_list() == ["ended"]
    assert found.rejects.select("row", "found").rows() == [(2, "Terminated")]


def test_columns_that_are_not_used_are_named(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    found, _ = written(store, tmp_path, f"{SPANS}\nTianjing Silicon,Hanbit Energy,,,,x\n")
    assert "lading.csv: columns that were not used: Remarks" in found.notes


def test_headings_can_be_named(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    _, tables = written(
        store,
        tmp_path,
        "A;B;Anteil\nTianjing Silicon;Hanbit Energy;40 %\n",
        supplier="A",
        buyer="B",
        input_share="Anteil",
    )
    assert tables["supply"]["input_share"].to_list() == ["0.4"]


@pytest.mark.parametrize(
    ("lines", "columns", "said"),
    [
        ("A,B\nx,y\n", {}, "no column with the supplier"),
        ("Shipper,B\nx,y\n", {}, "no column with the buyer"),
        (f"{HEAD}\n", {}, "no delivery"),
        (f"{HEAD}\nx,y,,,,,\n", {"seller": "Shipper"}, "no such column"),
        (f"{HEAD}\nx,y,,,,,\n", {"supplier": "Verkäufer"}, "no such heading"),
        ("", {}, "empty"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_clear_error(
    store: duckdb.DuckDBPyConnection, tmp_path: Path, lines: str, columns: dict[str, str], said: str
) -> None:
    with pytest.raises(ScreenerError, match=said):
        written(store, tmp_path, lines, **columns)


def test_the_order_of_the_rows_changes_no_fact(store: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = [
        "Tianjing Silicon,Hanbit Energy,China,2804,a,2025-03-01,1",
        "Tianjing Silicon,Hanbit Energy,China,2805,b,2025-03-02,2",
        "Nobody Much,Hanbit Energy,,,,,",
    ]
    first, second = tmp_path / "1", tmp_path / "2"
    first.mkdir()
    second.mkdir()
    drop = ("summary", "source_ids")
    one = written(store, first, "\n".join([HEAD, *rows]) + "\n")[1]["supply"].drop(drop)
    two = written(store, second, "\n".join([HEAD, *rows[::-1]]) + "\n")[1]["supply"].drop(drop)
    assert one.equals(two)
