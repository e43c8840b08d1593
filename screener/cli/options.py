"""Options that mean the same in every command."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

import click

from screener.errors import ScreenerError
from screener.report.phrases import language
from screener.schema.vocabulary import BANDS

if TYPE_CHECKING:
    from screener.schema.frames import SupplyFile

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def day(ctx: click.Context, param: click.Parameter, value: str | None) -> dt.date | None:
    """Callback of an option that takes a day, YYYY-MM-DD."""
    if value is None:
        return None
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise ScreenerError(
            "not a day", where=f"--{param.human_readable_name.replace('_', '-')}", found=value, do="write YYYY-MM-DD"
        ) from None


STORE: Final = click.option(
    "--store", metavar="FILE", help="Store file (default: a per-user store, built on first use)."
)
DATASETS: Final = click.option(
    "--datasets",
    multiple=True,
    is_eager=True,  # --topic may name a topic of these
    metavar="DIR",
    help="Facts of your own: adds to what ships; a file of the same name replaces it.",
)
RULES: Final = click.option(
    "--rules",
    multiple=True,
    metavar="DIR",
    help="Rules of your own: adds to what ships; a rule of the same id replaces it.",
)
AS_OF: Final = click.option(
    "--as-of",
    metavar="DATE",
    callback=day,
    expose_value=True,
    help="The day in the world to screen for (default: today).",
)
KNOWN_AT: Final = click.option(
    "--known-at",
    metavar="DATE",
    callback=day,
    help="Use only what was published by then (default: the day of the facts).",
)


def topics_meant(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Callback of `--topic`: a whole topic, or the beginning of some (`myanmar`, `xinjiang`)."""
    from screener.store.naming import topics_meant as meant

    return meant(value, ctx.params.get("datasets") or (), where="--topic") if value else ()


TOPIC: Final = click.option(
    "--topic",
    "topics",
    multiple=True,
    metavar="TOPIC",
    callback=topics_meant,
    help="Only this topic, or all that begin so (myanmar); may be repeated.",
)


def _language_option(*, expose_value: bool) -> Decorator:
    return click.option(
        "--lang",
        "language",
        type=click.Choice(("en", "ko")),
        default=language,
        show_default="the locale's",
        expose_value=expose_value,
        help="Language of the report and of all messages.",
    )


LIVE: Final = click.option("--live", is_flag=True, help="Only what has not ended.")
BAND: Final = click.option("--band", type=click.Choice(BANDS[1:]), help="Only this band and above.")
PREVIOUS: Final = click.option(
    "--previous",
    metavar="RUN",
    help="Also tell what changed since this run (a folder of `quarter`, or a JSON file of `screen` or `list`),"
    " and why.",
)
FAIL_ON: Final = click.option(
    "--fail-on", type=click.Choice(BANDS[1:]), help="Exit with 1 if any holding reaches this band."
)
WAIT: Final = click.option(
    "--wait",
    type=float,
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for another process that writes the store.",
)
OUT: Final = click.option("--out", metavar="PATH", help="Write here instead of the standard output.")
QUIET: Final = click.option("--quiet", "-q", is_flag=True, help="Nothing on the standard error but errors.")
DEBUG: Final = click.option("--debug", is_flag=True, help="Show a traceback when something goes wrong.")


def format_option(*formats: str) -> Decorator:
    """`--format` with these choices, the first of them the default."""
    return click.option(
        "--format", "fmt", type=click.Choice(formats), default=formats[0], show_default=True, help="Output format."
    )


def together(*options: Decorator) -> Decorator:
    """Several options as one decorator, shown in the order given."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


SUPPLY: Final = together(
    click.option(
        "--supply",
        metavar="FILE",
        help="Deliveries of your own (CSV, XLSX, Parquet), a row a delivery; told apart from public evidence.",
    ),
    click.option(
        "--supply-column",
        "supply_columns",
        multiple=True,
        metavar="NAME=HEADING",
        help="Where a heading of --supply is not recognised, e.g. supplier=Vendor.",
    ),
)
CLOCKS: Final = together(AS_OF, KNOWN_AT)
STORES: Final = together(STORE, DATASETS)
REPORT_MANNERS: Final = together(_language_option(expose_value=True), QUIET, DEBUG)
MANNERS: Final = together(_language_option(expose_value=False), QUIET, DEBUG)
"""The manners of a command that writes no report; `screener.cli.main` has read its language already."""
WRITING: Final = together(WAIT, STORES, format_option("terminal", "json"), MANNERS)
"""What every command is asked that writes fetched rows into the store."""


COLUMN: Final = click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=HEADING",
    help="Where a heading is not recognised, e.g. isin=Wertpapier.",
)


SHEET: Final = click.option(
    "--sheet",
    "sheets",
    multiple=True,
    metavar="NAME",
    help="Read this sheet of a workbook; may be repeated (default: all visible ones that hold holdings).",
)


@dataclass(frozen=True)
class Asked:
    """The options of every command that assesses: form and place of the result, clocks, topics, facts and rules.

    `supply_files` is no option: it takes what was read of --supply.
    """

    fmt: str
    out: str | None
    as_of: dt.date | None
    known_at: dt.date | None
    topics: tuple[str, ...]
    supply: str | None
    supply_columns: tuple[str, ...]
    store: str | None
    datasets: tuple[str, ...]
    rules: tuple[str, ...]
    language: str
    live: bool
    quiet: bool
    supply_files: list[SupplyFile] = field(default_factory=list)


def assessing(*formats: str) -> Decorator:
    """The options of every command that assesses, given to it as one argument `asked`."""
    options = together(format_option(*formats), OUT, CLOCKS, TOPIC, LIVE, SUPPLY, STORES, RULES, REPORT_MANNERS)
    names = [one.name for one in fields(Asked) if one.name != "supply_files"]

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def gathered(*, debug: bool, **given: Any) -> Any:
            # --debug is looked for by `screener.cli.main`, which may have to tell what goes wrong here.
            asked = Asked(**{name: given.pop(name) for name in names})
            return function(asked=asked, **given)

        return options(gathered)

    return decorate


def named_columns(given: Sequence[str], option: str) -> dict[str, str]:
    """NAME=HEADING, as often as given, as a mapping.

    Raises:
        ScreenerError: one of them has no `=` or nothing on one side of it.
    """
    found: dict[str, str] = {}
    for one in given:
        name, equals, heading = one.partition("=")
        if not (name and equals and heading):
            raise ScreenerError(
                "not NAME=HEADING", where=option, found=one, do="write the column, an equals sign, and the heading"
            )
        found[name.strip()] = heading
    return found
