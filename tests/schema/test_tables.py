"""Every rule that a dataset row can break is reported with column, sentence and remedy; README and code name the same columns and words."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from screener.schema import vocabulary
from screener.schema.tables import KEYS, REFERENCES, TABLES, columns, rules

README = (Path(__file__).parents[2] / "datasets" / "README.md").read_text(encoding="utf-8")
DATED = {"status": "active", "source_ids": "s-1"}
GOOD: dict[str, dict[str, str]] = {
    "topic": {"topic": "myanmar-gas", "position": "3", "name": "Myanmar gas", "name_ko": "미얀마 가스"},
    "source": {
        "source_id": "s-1",
        "publisher": "P",
        "publisher_kind": "ngo",
        "title": "T",
        "url": "https://a.example/x",
        "published_on": "2021",
        "retrieved_on": "2022-02-03",
        "grade": "C",
    },
    "entity": {"entity_id": "kr-1", "kind": "company", "name": "A", "source_ids": "s-1"},
    "identifier": {"entity_id": "kr-1", "scheme": "krx", "value": "005930", "source_ids": "s-1"},
    "entity_name": {"entity_id": "kr-1", "name": "A", "kind": "alias", "source_ids": "s-1"},
    "ownership": {"owner_id": "kr-1", "owned_id": "kr-2", "share_min": "0.3", "share_max": "0.5"} | DATED,
    "supply": {"supplier_id": "cn-1", "buyer_id": "kr-1", "hs_code": "2804.61"} | DATED,
    "activity": {"entity_id": "kr-1", "activity": "pays", "counterparty_id": "mm-1", "amount_usd": "1000"} | DATED,
    "list": {
        "list_id": "l-1",
        "title": "L",
        "publisher": "P",
        "effect": "asset_freeze",
        "url": "https://a.example/",
        "source_ids": "s-1",
    },
    "listing": {"entity_id": "cn-1", "list_id": "l-1", "source_ids": "s-1"},
    "response": {
        "entity_id": "kr-1",
        "topic": "myanmar-gas",
        "kind": "denial",
        "stated_on": "2021-03",
        "summary": "No.",
        "source_ids": "s-1",
    },
    "verdict": {
        "entity_id": "kr-1",
        "institution": "F",
        "decision": "exclusion",
        "decided_on": "2021",
        "source_ids": "s-1",
    },
    "financial": {"entity_id": "kr-1", "item": "revenue", "year": "2021", "amount_usd": "5e9", "source_ids": "s-1"},
    "region_share": {
        "region": "CN-XJ",
        "product": "p",
        "share_of": "CN",
        "share_min": "0.3",
        "year": "2021",
        "source_ids": "s-1",
    },
    "contact": {
        "entity_id": "kr-00000001",
        "topic": "myanmar-gas",
        "asked_by": "P",
        "asked_on": "2021-02-03",
    },
    "search": {
        "topic": "sudan-war",
        "subject": "vehicles",
        "searched_on": "2021-02-03",
        "languages": "en;ko",
        "queries": "q",
        "result": "nothing found",
    },
}
BAD = [
    ("source", "source_id", "Has Blanks", "not an id"),
    ("source", "url", "javascript:alert(1)", "not a web address"),
    ("source", "url", "https://a.example/<script>", "not a web address"),
    ("source", "published_on", "2021-02-30", "not a date"),
    ("source", "published_on", "2021-13", "not a date"),
    ("source", "published_on", "21-01-01", "not a date"),
    ("source", "published_on", None, "the cell is empty"),
    ("source", "grade", "a", "not one of the words"),
    ("entity", "entity_id", "KR-00126380", "not an entity id"),
    ("entity", "entity_id", "kr_00126380", "not an entity id"),
    ("entity", "entity_id", "kr-1'; drop table entity; --", "not an entity id"),
    ("entity", "country", "Korea", "not a country code"),
    ("entity", "region", "Xinjiang", "not a region code"),
    ("entity", "kind", "firm", "not one of the words"),
    ("entity", "source_ids", None, "the cell is empty"),
    ("entity", "source_ids", "s-1, s-2", "not a list of source ids"),
    ("ownership", "share_min", "51%", "not a fraction"),
    ("ownership", "share_max", "51", "not a fraction"),
    ("ownership", "share_min", "nan", "not a fraction"),
    ("ownership", "share_min", "-0.1", "not a fraction"),
    ("ownership", "share_max", "0.1", "smaller than share_min"),
    ("ownership", "owned_id", "kr-1", "cannot own itself"),
    ("ownership", "operates", "yes", "neither true nor false"),
    ("supply", "hs_code", "polysilicon", "not a customs code"),
    ("supply", "hs_code", "2", "not a customs code"),
    ("supply", "hs_code", "28046190101", "not a customs code"),
    ("supply", "hs_code", "2804..61", "not a customs code"),
    ("supply", "hs_code", "28.", "not a customs code"),
    ("supply", "input_share", "1.5", "not a fraction"),
    ("supply", "supplier_id", "kr-1", "cannot supply itself"),
    ("activity", "amount_usd", "1,000,000", "not an amount"),
    ("activity", "amount_usd", "-5", "not an amount"),
    ("activity", "amount_usd", "1e400", "not an amount"),
    ("activity", "activity", "rents", "not one of the words"),
    ("activity", "status", "over", "not one of the words"),
    ("activity", "status", "ended", "no end is given"),
    ("response", "topic", "Myanmar gas", "not an id"),
    ("topic", "position", "first", "not a position"),
    ("topic", "name_ko", None, "the cell is empty"),
    ("financial", "year", "FY2021", "not a year"),
    ("list", "effect", "ban", "not one of the words"),
]


def _rejected(table: str, row: dict[str, str | None]) -> list[tuple[str, str, str]]:
    cells = {name: row.get(name) for name in columns(table)}
    frame = pl.DataFrame([cells], schema=dict.fromkeys(columns(table), pl.String))
    return [(rule.column, rule.problem, rule.do) for rule in rules(table) if frame.select(rule.holds).item() is False]


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_good_row_of_each_table_stands(table: str) -> None:
    assert _rejected(table, dict(GOOD[table])) == []


@pytest.mark.parametrize(("table", "column", "value", "problem"), BAD)
def test_a_bad_cell_is_reported_with_its_column_and_a_remedy(
    table: str, column: str, value: str | None, problem: str
) -> None:
    rejects = _rejected(table, {**GOOD[table], column: value})
    where = {"status": "valid_to"}.get(column, column) if value == "ended" else column
    assert [(c, p) for c, p, _ in rejects if c == where and problem in p], rejects
    assert all(todo for _, _, todo in rejects)


@pytest.mark.parametrize(
    ("begin", "end", "stands"),
    [
        ("2021-06", "2021", True), ("2021-06-15", "2021-06", True), ("2021", "2021", True), ("2022", "2021", False),
        ("2021-06-15", "2021-06-14", False), (None, "2021", True), ("2021", None, True), ("2021-07", "2021-06-30", False),
    ],
)  # fmt: skip
def test_dates_are_in_order_as_far_as_they_say(begin: str | None, end: str | None, stands: bool) -> None:
    assert (_rejected("activity", {**GOOD["activity"], "valid_from": begin, "valid_to": end}) == []) is stands


@pytest.mark.parametrize("table", sorted(TABLES))
def test_readme_and_code_name_the_same_columns(table: str) -> None:
    headers = [set(part.split(",")) for part in re.findall(r"`([a-z_]+(?:,[a-z_]+)+)`", README)]
    assert set(columns(table)) in headers


@pytest.mark.parametrize(
    "word",
    [
        *vocabulary.ACTIVITIES,
        *vocabulary.SCHEMES,
        *vocabulary.PUBLISHER_KINDS,
        *vocabulary.RESPONSE_KINDS,
    ],
)
def test_the_readme_tells_every_word_that_a_cell_may_hold(word: str) -> None:
    assert f"`{word}`" in README


def test_references_and_keys_name_columns_that_exist() -> None:
    for column, (table, key) in REFERENCES.items():
        assert KEYS[table] == key
        assert any(column in columns(t) for t in TABLES)
