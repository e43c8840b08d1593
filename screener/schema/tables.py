"""What a row of each dataset table must be, before it is allowed into the store.

The schema classes describe the CSV files as they are written: every cell is text, empty cells are null. Types follow in
the store, after a row has passed. Each rule that a row can break has a sentence for the person who wrote the row
(`explain`). The columns are described one by one in `datasets/README.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import dataframely as dy
import polars as pl

from screener.schema import vocabulary as words

PARTIAL_DATE: Final = r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$"
ENTITY_ID: Final = r"^[a-z]{2}-[a-z0-9]+(-[a-z0-9]+)*$"
SLUG: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
URL: Final = r"^https?://[^\s<>\"']+$"
LINEAGE: Final = ("_file", "_row")

Check = Callable[[pl.Expr], pl.Expr]


def _matches(pattern: str) -> Check:
    return lambda cell: cell.str.contains(pattern)


def _is_date(cell: pl.Expr) -> pl.Expr:
    # Only a full date can name a day that does not exist (2023-02-30); month and year are held by the pattern.
    whole = cell + pl.lit("-01-01").str.slice(cell.str.len_chars().cast(pl.Int64) - 4)
    return cell.str.contains(PARTIAL_DATE) & whole.str.to_date("%Y-%m-%d", strict=False).is_not_null()


def _is_number_in(low: float, high: float) -> Check:
    return lambda cell: cell.cast(pl.Float64, strict=False).is_between(low, high)


# Kind of cell -> its check, the problem of a cell that fails it, and what to do.
_KINDS: Final[dict[str, tuple[Check, str, str]]] = {
    "date": (_is_date, "not a date", "write YYYY-MM-DD, YYYY-MM or YYYY, of a day that exists"),
    "fraction": (_is_number_in(0.0, 1.0), "not a fraction between 0 and 1", "write 0.51 for 51 %"),
    "amount": (_is_number_in(0.0, 1e17), "not an amount", "write a plain number of units, such as 473000000"),
    "entity": (_matches(ENTITY_ID), "not an entity id", "use <country>-<slug>, such as kr-00124504 or mm-moge"),
    "slug": (_matches(SLUG), "not an id", "use lower-case letters, digits and single hyphens"),
    "url": (_matches(URL), "not a web address", "write the full address, beginning with https://"),
    "hs": (_matches(r"^\d(\.?\d){1,9}$"), "not a customs code", "write 2 to 10 digits, dots are allowed"),
    "country": (_matches(r"^[A-Z]{2}$"), "not a country code", "use two capitals (ISO 3166-1), such as KR"),
    "region": (_matches(r"^[A-Z]{2}-[A-Z0-9]{1,3}$"), "not a region code", "use ISO 3166-2, such as CN-XJ"),
    "sources": (
        _matches(r"^[a-z0-9-]+(\s*;\s*[a-z0-9-]+)*$"),
        "not a list of source ids",
        "write ids of the source table, separated by ;",
    ),
    "flag": (lambda cell: cell.is_in(["true", "false"]), "neither true nor false", "write true or false"),
    "period": (
        _matches(r"^(yearly|\d{4}(-\d{2})?|\d{4}/\d{4}|\d{4}-\d{2}/\d{4}-\d{2})$"),
        "not a period",
        "write 2022, 2019/2022, 2017-04/2018-03, or yearly for an amount that recurs each year",
    ),
    "year": (_matches(r"^\d{4}$"), "not a year", "write four digits"),
    "position": (_matches(r"^\d{1,4}$"), "not a position", "write a whole number, such as 11"),
}


def _cell(kind: str | None = None, *, required: bool = False) -> dy.String:
    """A column of text cells of this kind, of any text unless given."""
    return _checked(kind, _KINDS[kind][0], required) if kind else dy.String(nullable=not required)


def _word(allowed: Sequence[str], *, required: bool = False) -> dy.String:
    return _checked("word__" + "/".join(allowed), lambda cell: cell.is_in(list(allowed)), required)


def _checked(name: str, check: Check, required: bool) -> dy.String:
    # An empty cell is reported by `nullability`, where it must not be empty; no other check speaks of it.
    return dy.String(nullable=not required, check={name: lambda cell: cell.is_null() | check(cell).fill_null(False)})


class DatasetRow(dy.Schema):
    """What every dataset row carries: the file it stands in and its line (counting records, the header is 1)."""

    file = dy.String(nullable=False, alias="_file")
    row = dy.Int64(nullable=False, alias="_row")


class Topic(DatasetRow):
    """A subject that companies are screened for. `position` orders them."""

    topic = _cell("slug", required=True)
    position = _cell("position", required=True)
    name = _cell(required=True)
    name_ko = _cell(required=True)


class Source(DatasetRow):
    """A document or record relied on."""

    source_id = _cell("slug", required=True)
    publisher = _cell(required=True)
    publisher_kind = _word(words.PUBLISHER_KINDS, required=True)
    title = _cell(required=True)
    url = _cell("url", required=True)
    archived_url = _cell("url")
    published_on = _cell("date", required=True)
    retrieved_on = _cell("date", required=True)
    language = _cell()
    grade = _word(words.GRADES, required=True)
    copy_of = _cell("url")
    repeats = _cell("slug")
    note = _cell()


class Entity(DatasetRow):
    """A company, state body, military unit, project, facility or place."""

    entity_id = _cell("entity", required=True)
    kind = _word(words.ENTITY_KINDS, required=True)
    name = _cell(required=True)
    name_ko = _cell()
    name_local = _cell()
    country = _cell("country")
    region = _cell("region")
    sector = _cell()
    market = _word(words.MARKETS)
    business_group = _cell()
    status = _word(words.ENTITY_STATUSES)
    successor_id = _cell("entity")
    source_ids = _cell("sources", required=True)
    note = _cell()


class Identifier(DatasetRow):
    """One official number of an entity."""

    entity_id = _cell("entity", required=True)
    scheme = _word(words.SCHEMES, required=True)
    value = _cell(required=True)
    security = _word(words.SECURITIES)
    valid_from = _cell("date")
    valid_to = _cell("date")
    source_ids = _cell("sources", required=True)


class EntityName(DatasetRow):
    """One more name of an entity."""

    entity_id = _cell("entity", required=True)
    name = _cell(required=True)
    lang = _cell()
    kind = _word(words.NAME_KINDS, required=True)
    valid_from = _cell("date")
    valid_to = _cell("date")
    source_ids = _cell("sources", required=True)


class _Relation(DatasetRow):
    valid_from = _cell("date")
    valid_to = _cell("date")
    status = _word(words.STATUSES, required=True)
    confirmed_on = _cell("date")
    source_ids = _cell("sources", required=True)
    end_source_ids = _cell("sources")
    summary = _cell()
    summary_ko = _cell()

    @dy.rule()
    def dates_in_order(cls) -> pl.Expr:
        """valid_to: ends before it begins; put the earlier day into valid_from."""
        # A year or month alone covers all its days: 2021-06 to 2021 is in order.
        return pl.col("valid_to").is_null() | (pl.col("valid_to").str.pad_end(10, "~") >= pl.col("valid_from"))

    @dy.rule()
    def end_is_dated(cls) -> pl.Expr:
        """valid_to: the status is ended and no end is given; write the day, month or year of the end."""
        return (pl.col("status") != "ended") | pl.col("valid_to").is_not_null()


class Ownership(_Relation):
    """A stake of one entity in another."""

    owner_id = _cell("entity", required=True)
    owned_id = _cell("entity", required=True)
    share_min = _cell("fraction")
    share_max = _cell("fraction")
    operates = _cell("flag")

    @dy.rule()
    def shares_in_order(cls) -> pl.Expr:
        """share_max: smaller than share_min; a known share has both the same."""
        low, high = (pl.col(c).cast(pl.Float64, strict=False) for c in ("share_min", "share_max"))
        return low.is_null() | high.is_null() | (low <= high)

    @dy.rule()
    def owner_is_another(cls) -> pl.Expr:
        """owned_id: an entity cannot own itself; treasury shares are left out."""
        return pl.col("owner_id") != pl.col("owned_id")


class Supply(_Relation):
    """A delivery relation, or an aggregated flow."""

    supplier_id = _cell("entity", required=True)
    buyer_id = _cell("entity", required=True)
    hs_code = _cell("hs")
    product = _cell()
    product_ko = _cell()
    origin_region = _cell("region")
    value_usd = _cell("amount")
    input_share = _cell("fraction")

    @dy.rule()
    def supplier_is_another(cls) -> pl.Expr:
        """supplier_id: an entity cannot supply itself; leave the row out."""
        return pl.col("supplier_id") != pl.col("buyer_id")


class Activity(_Relation):
    """Whatever a company does that is neither stake nor delivery."""

    entity_id = _cell("entity", required=True)
    activity = _word(words.ACTIVITIES, required=True)
    counterparty_id = _cell("entity")
    place = _cell()
    share = _cell("fraction")
    amount_usd = _cell("amount")
    period = _cell("period")


class RiskList(DatasetRow):
    """A published list of entities."""

    list_id = _cell("slug", required=True)
    title = _cell(required=True)
    short_name = _cell()
    short_name_ko = _cell()
    publisher = _cell(required=True)
    jurisdiction = _cell()
    effect = _word(words.LIST_EFFECTS, required=True)
    url = _cell("url", required=True)
    complete_as_of = _cell("date")
    source_ids = _cell("sources", required=True)


class Listing(DatasetRow):
    """An entity on a published list."""

    entity_id = _cell("entity", required=True)
    list_id = _cell("slug", required=True)
    programme = _cell()
    section = _cell()
    valid_from = _cell("date")
    valid_to = _cell("date")
    source_ids = _cell("sources", required=True)
    note = _cell()


class Response(DatasetRow):
    """What the company answered or did, and what others observed of it (`observation`)."""

    entity_id = _cell("entity", required=True)
    topic = _cell("slug", required=True)
    kind = _word(words.RESPONSE_KINDS, required=True)
    stated_on = _cell("date", required=True)
    summary = _cell(required=True)
    summary_ko = _cell()
    source_ids = _cell("sources", required=True)


class Verdict(DatasetRow):
    """What an outside institution decided; never an input of a score."""

    entity_id = _cell("entity", required=True)
    institution = _cell(required=True)
    decision = _word(words.VERDICT_DECISIONS, required=True)
    decided_on = _cell("date", required=True)
    ended_on = _cell("date")
    topic = _cell("slug")
    subject = _cell()
    subject_ko = _cell()
    summary = _cell()
    summary_ko = _cell()
    source_ids = _cell("sources", required=True)


class Contact(DatasetRow):
    """A company was asked for its answer: by whom, when, until when, and whether it answered."""

    entity_id = _cell("entity", required=True)
    topic = _cell("slug", required=True)
    asked_by = _cell(required=True)
    asked_on = _cell("date", required=True)
    deadline = _cell("date")
    answered_on = _cell("date")
    source_ids = _cell("sources")
    note = _cell()


class Search(DatasetRow):
    """A search for facts on a subject and its outcome, so that a lack of facts is shown with the search behind it."""

    topic = _cell("slug", required=True)
    subject = _cell(required=True)
    searched_on = _cell("date", required=True)
    languages = _cell(required=True)
    queries = _cell(required=True)
    result = _cell(required=True)
    result_ko = _cell()


class Financial(DatasetRow):
    """The size of a company in one year."""

    entity_id = _cell("entity", required=True)
    item = _word(words.FINANCIAL_ITEMS, required=True)
    year = _cell("year", required=True)
    amount = _cell("amount")
    currency = _cell()
    amount_usd = _cell("amount")
    source_ids = _cell("sources", required=True)


class RegionShare(DatasetRow):
    """The share of a region in the output of a product, of the world's or of its country's."""

    region = _cell("region")
    hs_code = _cell("hs")
    product = _cell(required=True)
    share_of = _word(words.SHARE_OF, required=True)
    share_min = _cell("fraction")
    share_max = _cell("fraction")
    year = _cell("year", required=True)
    source_ids = _cell("sources", required=True)
    summary = _cell()


TABLES: Final[dict[str, type[DatasetRow]]] = {
    "topic": Topic,
    "source": Source,
    "entity": Entity,
    "identifier": Identifier,
    "entity_name": EntityName,
    "ownership": Ownership,
    "supply": Supply,
    "activity": Activity,
    "list": RiskList,
    "listing": Listing,
    "response": Response,
    "verdict": Verdict,
    "financial": Financial,
    "region_share": RegionShare,
    "contact": Contact,
    "search": Search,
}

# Columns whose values must be ids of another table: column -> (table, its key). `source_ids` is a list.
REFERENCES: Final[dict[str, tuple[str, str]]] = {
    **dict.fromkeys(
        "entity_id owner_id owned_id supplier_id buyer_id counterparty_id successor_id".split(), ("entity", "entity_id")
    ),
    "list_id": ("list", "list_id"),
    "repeats": ("source", "source_id"),
    "topic": ("topic", "topic"),
}
KEYS: Final = {"topic": "topic", "source": "source_id", "entity": "entity_id", "list": "list_id"}


def optional(table: str) -> set[str]:
    """The columns that a file may leave out of its header: their cells may be empty."""
    return {name for name, column in TABLES[table].columns().items() if column.nullable and name not in LINEAGE}


def columns(table: str) -> list[str]:
    """The columns of a table's CSV files, in the order in which they are declared."""
    return [name for name in TABLES[table].column_names() if name not in LINEAGE]


def explain(table: str, rule: str) -> tuple[str, str, str]:
    """What a broken rule means: (column, problem, what to do).

    Args:
        table: name of the dataset table.
        rule: rule name as dataframely reports it: `column|check__date`, `column|nullability`, or a row rule's own name.
    """
    if "|" not in rule:
        column, _, rest = (getattr(TABLES[table], rule).validation_fn.__doc__ or rule).partition(": ")
        problem, _, todo = rest.partition("; ")
        return column, problem, todo.rstrip(".")
    column, check = rule.split("|", 1)
    if check == "nullability":
        return column, "the cell is empty", "fill it in"
    kind = check.removeprefix("check__")
    if kind.startswith("word__"):
        words_allowed = kind.removeprefix("word__").replace("/", ", ")
        return column, "not one of the words allowed here", f"use {words_allowed}"
    _, problem, todo = _KINDS.get(kind, (None, f"breaks the rule {check}", "see datasets/README.md"))
    return column, problem, todo
