"""The rules that a row of each dataset table must meet before it enters the store.

The files are read as written: every cell is text, empty cells are null. The store assigns types after a row has passed.
Each rule has a sentence for the person who wrote the row. `datasets/README.md` describes the columns one by one.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import polars as pl

from screener.schema import vocabulary as words

PARTIAL_DATE: Final = r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$"
ENTITY_ID: Final = r"^[a-z]{2}-[a-z0-9]+(-[a-z0-9]+)*$"
SLUG: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"

TABLES: Final = tuple(words.COLUMNS)
KEYS: Final = {"topic": "topic", "source": "source_id", "entity": "entity_id", "list": "list_id"}
# Columns whose values must be ids of another table: column -> (table, its key). `source_ids` is a list.
REFERENCES: Final[dict[str, tuple[str, str]]] = {
    **dict.fromkeys(
        "entity_id owner_id owned_id supplier_id buyer_id counterparty_id successor_id".split(), ("entity", "entity_id")
    ),
    "list_id": ("list", "list_id"),
    "repeats": ("source", "source_id"),
    "topic": ("topic", "topic"),
}
# Column, or table and column where columns of that name differ -> the words that it may hold.
_WORDS: Final = {
    "publisher_kind": words.PUBLISHER_KINDS,
    "grade": words.GRADES,
    "entity.kind": words.ENTITY_KINDS,
    "entity.status": words.ENTITY_STATUSES,
    "entity_name.kind": words.NAME_KINDS,
    "response.kind": words.RESPONSE_KINDS,
    "market": words.MARKETS,
    "scheme": words.SCHEMES,
    "security": words.SECURITIES,
    "status": words.STATUSES,
    "activity": words.ACTIVITIES,
    "effect": words.LIST_EFFECTS,
    "decision": words.VERDICT_DECISIONS,
    "item": words.FINANCIAL_ITEMS,
    "share_of": words.SHARE_OF,
}


class Rule(NamedTuple):
    """A rule of a table: the column that breaks it, its condition (null: it holds), the problem, and what to do."""

    column: str
    holds: pl.Expr
    problem: str
    do: str


def _matches(pattern: str) -> Callable[[pl.Expr], pl.Expr]:
    return lambda cell: cell.str.contains(pattern)


def first_day(cell: pl.Expr) -> pl.Expr:
    """The first possible day of a date written to the day, month or year; null if that day does not exist."""
    whole = cell + pl.lit("-01-01").str.slice(cell.str.len_chars().cast(pl.Int64) - 4)
    return whole.str.to_date("%Y-%m-%d", strict=False)


def _is_date(cell: pl.Expr) -> pl.Expr:
    # Only a full date can name a day that does not exist (2023-02-30); the pattern checks month and year.
    return cell.str.contains(PARTIAL_DATE) & first_day(cell).is_not_null()


def _is_number_to(high: float) -> Callable[[pl.Expr], pl.Expr]:
    return lambda cell: cell.cast(pl.Float64, strict=False).is_between(0.0, high)


# The condition on a cell, the problem if it fails, what to do, and the columns.
_CELLS: Final[list[tuple[Callable[[pl.Expr], pl.Expr], str, str, str]]] = [
    (_is_date, "not a date", "write YYYY-MM-DD, YYYY-MM or YYYY, of a day that exists",
        """valid_from valid_to confirmed_on published_on retrieved_on complete_as_of stated_on decided_on ended_on
        asked_on deadline answered_on searched_on"""),
    (_is_number_to(1.0), "not a fraction between 0 and 1", "write 0.51 for 51 %",
        "share_min share_max share input_share"),
    (_is_number_to(1e17), "not an amount", "write a plain number of units, such as 473000000",
        "value_usd amount_usd amount"),
    (_matches(ENTITY_ID), "not an entity id", "use <country>-<slug>, such as kr-00124504 or mm-moge",
        " ".join(column for column, (table, _) in REFERENCES.items() if table == "entity")),
    (_matches(SLUG), "not an id", "use lower-case letters, digits and single hyphens",
        "source_id topic list_id repeats"),
    (_matches(r"^https?://[^\s<>\"']+$"), "not a web address", "write the full address, beginning with https://",
        "url archived_url copy_of"),
    (_matches(r"^\d(\.?\d){1,9}$"), "not a customs code", "write 2 to 10 digits, dots are allowed", "hs_code"),
    (_matches(r"^[A-Z]{2}$"), "not a country code", "use two capitals (ISO 3166-1), such as KR", "country"),
    (_matches(r"^[A-Z]{2}-[A-Z0-9]{1,3}$"), "not a region code", "use ISO 3166-2, such as CN-XJ",
        "region origin_region"),
    (_matches(r"^[a-z0-9-]+(\s*;\s*[a-z0-9-]+)*$"), "not a list of source ids",
        "write ids of the source table, separated by ;", "source_ids end_source_ids"),
    (_matches("^(true|false)$"), "neither true nor false", "write true or false", "operates"),
    (_matches(r"^(yearly|\d{4}(-\d{2})?|\d{4}/\d{4}|\d{4}-\d{2}/\d{4}-\d{2})$"), "not a period",
        "write 2022, 2019/2022, 2017-04/2018-03, or yearly for an amount that recurs each year", "period"),
    (_matches(r"^\d{4}$"), "not a year", "write four digits", "year"),
    (_matches(r"^\d{1,4}$"), "not a position", "write a whole number, such as 11", "position"),
]  # fmt: skip
_LOW, _HIGH = (pl.col(column).cast(pl.Float64, strict=False) for column in ("share_min", "share_max"))
# Table -> the rules of its rows beyond their cells.
_ROWS: Final = {
    "relation": [
        # A year or month alone covers all its days: 2021-06 to 2021 is valid.
        Rule("valid_to", pl.col("valid_to").str.pad_end(10, "~") >= pl.col("valid_from"), "ends before it begins",
            "put the earlier day into valid_from"),
        Rule("valid_to", (pl.col("status") != "ended") | pl.col("valid_to").is_not_null(),
            "the status is ended but no end is given", "write the day, month or year of the end"),
    ],
    "ownership": [
        Rule("share_max", _LOW <= _HIGH, "smaller than share_min", "a known share has the same value in both"),
        Rule("owned_id", pl.col("owner_id") != pl.col("owned_id"), "an entity cannot own itself",
            "treasury shares are left out"),
    ],
    "supply": [
        Rule("supplier_id", pl.col("supplier_id") != pl.col("buyer_id"), "an entity cannot supply itself",
            "leave the row out"),
    ],
}  # fmt: skip


def optional(table: str) -> set[str]:
    """The columns that a file may leave out of its header: their cells may be empty."""
    return {name[:-1] for name in words.COLUMNS[table].split() if name.endswith("?")}


def columns(table: str) -> list[str]:
    """The columns of a table's CSV files, in order."""
    return [name.removesuffix("?") for name in words.COLUMNS[table].split()]


def rules(table: str) -> list[Rule]:
    """All rules for a row of the table."""
    named, may_be_empty = columns(table), optional(table)
    found = [
        Rule(name, pl.col(name).is_not_null(), "the cell is empty", "fill it in")
        for name in named
        if name not in may_be_empty
    ]
    for name in named:
        if allowed := _WORDS.get(f"{table}.{name}", _WORDS.get(name)):
            do = f"use {', '.join(allowed)}"
            found.append(Rule(name, pl.col(name).is_in(allowed), "not one of the words allowed here", do))
    for check, problem, do, checked in _CELLS:
        for name in named:
            if name in checked.split():
                holds = pl.col(name).is_null() | check(pl.col(name)).fill_null(False)
                found.append(Rule(name, holds, problem, do))
    relation = _ROWS["relation"] if "confirmed_on" in named else []
    return found + relation + _ROWS.get(table, [])
