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

# What a broken rule means, for the rule names that the column factories below give out.
_SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "nullability": ("the cell is empty", "fill it in"),
    "check__date": (
        "not a date",
        "write YYYY-MM-DD, YYYY-MM or YYYY, of a day that exists",
    ),
    "check__fraction": ("not a fraction between 0 and 1", "write 0.51 for 51 %"),
    "check__amount": ("not an amount", "write a plain number of units, such as 473000000"),
    "check__entity": ("not an entity id", "use <country>-<slug>, such as kr-00124504 or mm-moge"),
    "check__slug": ("not an id", "use lower-case letters, digits and single hyphens"),
    "check__url": ("not a web address", "write the full address, beginning with https://"),
    "check__hs": ("not a customs code", "write 2 to 10 digits, dots are allowed"),
    "check__country": ("not a country code", "use two capitals (ISO 3166-1), such as KR"),
    "check__region": ("not a region code", "use ISO 3166-2, such as CN-XJ"),
    "check__sources": ("not a list of source ids", "write ids of the source table, separated by ;"),
    "check__flag": ("neither true nor false", "write true or false"),
    "check__period": (
        "not a period",
        "write 2022, 2019/2022, 2017-04/2018-03, or yearly for an amount that recurs each year",
    ),
    "check__year": ("not a year", "write four digits"),
    "check__position": ("not a position", "write a whole number, such as 11"),
}

Check = Callable[[pl.Expr], pl.Expr]


def _text(*, required: bool = False, **checks: Check) -> dy.String:
    return dy.String(nullable=not required, check={name: _or_empty(check) for name, check in checks.items()} or None)


def _or_empty(check: Check) -> Check:
    # An empty cell is told by `nullability`, where it must not be empty; no other check speaks of it.
    return lambda cell: cell.is_null() | check(cell).fill_null(False)


def _matches(pattern: str) -> Check:
    return lambda cell: cell.str.contains(pattern)


def _is_date(cell: pl.Expr) -> pl.Expr:
    # Only a full date can name a day that does not exist (2023-02-30); month and year are held by the pattern.
    whole = cell + pl.lit("-01-01").str.slice(cell.str.len_chars().cast(pl.Int64) - 4)
    return cell.str.contains(PARTIAL_DATE) & whole.str.to_date("%Y-%m-%d", strict=False).is_not_null()


def _is_number_in(low: float, high: float) -> Check:
    def check(cell: pl.Expr) -> pl.Expr:
        return cell.cast(pl.Float64, strict=False).is_between(low, high)

    return check


def _id(*, required: bool = False) -> dy.String:
    return _text(required=required, entity=_matches(ENTITY_ID))


def _slug() -> dy.String:
    return _text(required=True, slug=_matches(SLUG))


def _date(*, required: bool = False) -> dy.String:
    return _text(required=required, date=_is_date)


def _fraction() -> dy.String:
    return _text(fraction=_is_number_in(0.0, 1.0))


def _amount(*, required: bool = False) -> dy.String:
    return _text(required=required, amount=_is_number_in(0.0, 1e17))


def _word(allowed: Sequence[str], *, required: bool = False) -> dy.String:
    return _text(required=required, **{"word__" + "/".join(allowed): lambda cell: cell.is_in(list(allowed))})


def _sources(*, required: bool = True) -> dy.String:
    return _text(required=required, sources=_matches(r"^[a-z0-9-]+(\s*;\s*[a-z0-9-]+)*$"))


def _region() -> dy.String:
    return _text(region=_matches(r"^[A-Z]{2}-[A-Z0-9]{1,3}$"))


class DatasetRow(dy.Schema):
    """What every dataset row carries: the file it stands in and its line (counting records, the header is 1)."""

    file = dy.String(nullable=False, alias="_file")
    row = dy.Int64(nullable=False, alias="_row")


class Topic(DatasetRow):
    """A subject that companies are screened for. `position` orders them."""

    topic = _slug()
    position = _text(required=True, position=_matches(r"^\d{1,4}$"))
    name = _text(required=True)
    name_ko = _text(required=True)


class Source(DatasetRow):
    """A document or record relied on."""

    source_id = _slug()
    publisher = _text(required=True)
    publisher_kind = _word(words.PUBLISHER_KINDS, required=True)
    title = _text(required=True)
    url = _text(required=True, url=_matches(URL))
    archived_url = _text(url=_matches(URL))
    published_on = _date(required=True)
    retrieved_on = _date(required=True)
    language = _text()
    grade = _word(words.GRADES, required=True)
    copy_of = _text(url=_matches(URL))
    repeats = _text(slug=_matches(SLUG))
    note = _text()


class Entity(DatasetRow):
    """A company, state body, military unit, project, facility or place."""

    entity_id = _id(required=True)
    kind = _word(words.ENTITY_KINDS, required=True)
    name = _text(required=True)
    name_ko = _text()
    name_local = _text()
    country = _text(country=_matches(r"^[A-Z]{2}$"))
    region = _region()
    sector = _text()
    market = _word(words.MARKETS)
    business_group = _text()
    status = _word(words.ENTITY_STATUSES)
    successor_id = _id()
    source_ids = _sources()
    note = _text()


class Identifier(DatasetRow):
    """One official number of an entity."""

    entity_id = _id(required=True)
    scheme = _word(words.SCHEMES, required=True)
    value = _text(required=True)
    security = _word(words.SECURITIES)
    valid_from = _date()
    valid_to = _date()
    source_ids = _sources()


class EntityName(DatasetRow):
    """One more name of an entity."""

    entity_id = _id(required=True)
    name = _text(required=True)
    lang = _text()
    kind = _word(words.NAME_KINDS, required=True)
    valid_from = _date()
    valid_to = _date()
    source_ids = _sources()


class _Relation(DatasetRow):
    valid_from = _date()
    valid_to = _date()
    status = _word(words.STATUSES, required=True)
    confirmed_on = _date()
    source_ids = _sources()
    end_source_ids = _sources(required=False)
    summary = _text()
    summary_ko = _text()

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

    owner_id = _id(required=True)
    owned_id = _id(required=True)
    share_min = _fraction()
    share_max = _fraction()
    operates = _text(flag=lambda cell: cell.is_in(["true", "false"]))

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

    supplier_id = _id(required=True)
    buyer_id = _id(required=True)
    hs_code = _text(hs=_matches(r"^\d(\.?\d){1,9}$"))
    product = _text()
    product_ko = _text()
    origin_region = _region()
    value_usd = _amount()
    input_share = _fraction()

    @dy.rule()
    def supplier_is_another(cls) -> pl.Expr:
        """supplier_id: an entity cannot supply itself; leave the row out."""
        return pl.col("supplier_id") != pl.col("buyer_id")


class Activity(_Relation):
    """Whatever a company does that is neither stake nor delivery."""

    entity_id = _id(required=True)
    activity = _word(words.ACTIVITIES, required=True)
    counterparty_id = _id()
    place = _text()
    share = _fraction()
    amount_usd = _amount()
    period = _text(period=_matches(r"^(yearly|\d{4}(-\d{2})?|\d{4}/\d{4}|\d{4}-\d{2}/\d{4}-\d{2})$"))


class RiskList(DatasetRow):
    """A published list of entities."""

    list_id = _slug()
    title = _text(required=True)
    short_name = _text()
    short_name_ko = _text()
    publisher = _text(required=True)
    jurisdiction = _text()
    effect = _word(words.LIST_EFFECTS, required=True)
    url = _text(required=True, url=_matches(URL))
    complete_as_of = _date()
    source_ids = _sources()


class Listing(DatasetRow):
    """An entity on a published list."""

    entity_id = _id(required=True)
    list_id = _slug()
    programme = _text()
    section = _text()
    valid_from = _date()
    valid_to = _date()
    source_ids = _sources()
    note = _text()


class Response(DatasetRow):
    """What the company answered or did, and what others observed of it (`observation`)."""

    entity_id = _id(required=True)
    topic = _slug()
    kind = _word(words.RESPONSE_KINDS, required=True)
    stated_on = _date(required=True)
    summary = _text(required=True)
    summary_ko = _text()
    source_ids = _sources()


class Verdict(DatasetRow):
    """What an outside institution decided; never an input of a score."""

    entity_id = _id(required=True)
    institution = _text(required=True)
    decision = _word(words.VERDICT_DECISIONS, required=True)
    decided_on = _date(required=True)
    ended_on = _date()
    topic = _text(slug=_matches(SLUG))
    subject = _text()
    subject_ko = _text()
    summary = _text()
    summary_ko = _text()
    source_ids = _sources()


class Contact(DatasetRow):
    """A company was asked for its answer: by whom, when, until when, and whether it answered."""

    entity_id = _id(required=True)
    topic = _slug()
    asked_by = _text(required=True)
    asked_on = _date(required=True)
    deadline = _date()
    answered_on = _date()
    source_ids = _sources(required=False)
    note = _text()


class Search(DatasetRow):
    """A search for facts on a subject and its outcome, so that a lack of facts is shown with the search behind it."""

    topic = _slug()
    subject = _text(required=True)
    searched_on = _date(required=True)
    languages = _text(required=True)
    queries = _text(required=True)
    result = _text(required=True)
    result_ko = _text()


class Financial(DatasetRow):
    """The size of a company in one year."""

    entity_id = _id(required=True)
    item = _word(words.FINANCIAL_ITEMS, required=True)
    year = _text(required=True, year=_matches(r"^\d{4}$"))
    amount = _amount()
    currency = _text()
    amount_usd = _amount()
    source_ids = _sources()


class RegionShare(DatasetRow):
    """The share of a region in the output of a product, of the world's or of its country's."""

    region = _region()
    hs_code = _text(hs=_matches(r"^\d(\.?\d){1,9}$"))
    product = _text(required=True)
    share_of = _word(words.SHARE_OF, required=True)
    share_min = _fraction()
    share_max = _fraction()
    year = _text(required=True, year=_matches(r"^\d{4}$"))
    source_ids = _sources()
    summary = _text()


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

# Columns whose values must be ids of another table: column -> table. `source_ids` is a list.
REFERENCES: Final[dict[str, tuple[str, str]]] = {
    "entity_id": ("entity", "entity_id"),
    "owner_id": ("entity", "entity_id"),
    "owned_id": ("entity", "entity_id"),
    "supplier_id": ("entity", "entity_id"),
    "buyer_id": ("entity", "entity_id"),
    "counterparty_id": ("entity", "entity_id"),
    "successor_id": ("entity", "entity_id"),
    "list_id": ("list", "list_id"),
    "repeats": ("source", "source_id"),
    "topic": ("topic", "topic"),
}
KEYS: Final[dict[str, str]] = {
    "topic": "topic",
    "source": "source_id",
    "entity": "entity_id",
    "list": "list_id",
}


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
    column, kind = rule.split("|", 1)
    if kind.startswith("check__word__"):
        return (
            column,
            "not one of the words allowed here",
            "use " + kind.removeprefix("check__word__").replace("/", ", "),
        )
    problem, todo = _SENTENCES.get(kind, (f"breaks the rule {kind}", "see datasets/README.md"))
    return column, problem, todo
