"""Options that mean the same in every command."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

import click

from screener.errors import ScreenerError
from screener.report.formats import BINARY
from screener.report.phrases import language
from screener.schema.vocabulary import BANDS

if TYPE_CHECKING:
    from screener.report.wording import Wording
    from screener.schema.frames import SupplyFile

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass(frozen=True)
class CommonOptions:
    """What a command was asked by the options that commands share; those that it does not have are as not given.

    `supply_files` is no option: it takes what was read of --supply.
    """

    fmt: str = "terminal"
    out: str | None = None
    as_of: dt.date | None = None
    known_at: dt.date | None = None
    topics: tuple[str, ...] = ()
    supply: str | None = None
    supply_columns: tuple[str, ...] = ()
    store: str | None = None
    datasets: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    language: str = "en"
    live: bool = False
    columns: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    fail_on: str | None = None
    wait: float = 120.0
    quiet: bool = False
    debug: bool = False
    supply_files: list[SupplyFile] = field(default_factory=list)

    def wording(self, *further: str) -> Wording:
        """The texts of the language, with those of further catalogues."""
        from screener.report.wording import wording

        return wording(self.language, *further, datasets=self.datasets)


def day(ctx: click.Context, param: click.Parameter, value: str | None) -> dt.date | None:
    """Callback of an option that takes a day, YYYY-MM-DD."""
    try:
        return dt.date.fromisoformat(value) if value is not None else None
    except ValueError:
        where = f"--{param.human_readable_name.replace('_', '-')}"
        raise ScreenerError("not a day", where=where, found=value, do="write YYYY-MM-DD") from None


def topics_meant(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Callback of `--topic`: a whole topic, or the beginning of some (`myanmar`, `xinjiang`)."""
    from screener.store.naming import topics_meant as meant

    return meant(value, ctx.params.get("datasets") or (), where="--topic") if value else ()


def together(*options: Decorator) -> Decorator:
    """Several options as one decorator, shown in the order given."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        return functools.reduce(lambda decorated, option: option(decorated), reversed(options), function)

    return decorate


def format_option(*formats: str) -> Decorator:
    """`--format` with these choices, the first of them the default."""
    return click.option(
        "--format", "fmt", type=click.Choice(formats), default=formats[0], show_default=True, help="Output format."
    )


def column_option(name: str, example: str, *, of: str = "") -> Decorator:
    """An option NAME=HEADING that may be repeated (see `named_columns`)."""
    said = f"Where a heading {of}is not recognised, e.g. {example}."
    return click.option(f"--{name}", f"{name.replace('-', '_')}s", multiple=True, metavar="NAME=HEADING", help=said)


HOLDINGS: Final = together(
    column_option("column", "isin=Wertpapier"),
    click.option(
        "--sheet",
        "sheets",
        multiple=True,
        metavar="NAME",
        help="Read this sheet of a workbook; may be repeated (default: all visible ones that hold holdings).",
    ),
)
FAIL_ON: Final = click.option(
    "--fail-on", type=click.Choice(BANDS[1:]), help="Exit with 1 if any holding reaches this band."
)
OUT: Final = click.option("--out", metavar="PATH", help="Write here instead of the standard output.")
CLOCKS: Final = together(
    click.option("--as-of", metavar="DATE", callback=day, help="The day in the world to screen for (default: today)."),
    click.option(
        "--known-at",
        metavar="DATE",
        callback=day,
        help="Use only what was published by then (default: the day of the facts).",
    ),
)
TOPIC: Final = click.option(
    "--topic",
    "topics",
    multiple=True,
    metavar="TOPIC",
    callback=topics_meant,
    help="Only this topic, or all that begin so (myanmar); may be repeated.",
)
LIVE: Final = click.option("--live", is_flag=True, help="Only what has not ended.")
SUPPLY: Final = together(
    click.option(
        "--supply",
        metavar="FILE",
        help="Your own deliveries (CSV, XLSX, Parquet), one per row; shown apart from public evidence.",
    ),
    column_option("supply-column", "supplier=Vendor", of="of --supply "),
)
DATASETS: Final = click.option(
    "--datasets",
    multiple=True,
    is_eager=True,  # --topic may name a topic of these
    metavar="DIR",
    help="Facts of your own: adds to what ships; a file of the same name replaces it.",
)
STORES: Final = together(
    click.option("--store", metavar="FILE", help="Store file (default: a per-user store, built on first use)."),
    DATASETS,
)
RULES: Final = click.option(
    "--rules",
    multiple=True,
    metavar="DIR",
    help="Rules of your own: adds to what ships; a rule of the same id replaces it.",
)
WAIT: Final = click.option(
    "--wait",
    type=float,
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for another process that writes the store.",
)
_ALWAYS: Final = together(
    click.option(
        "--lang",
        "language",
        type=click.Choice(("en", "ko")),
        default=language,
        show_default="the locale's",
        help="Language of the report and of all messages.",
    ),
    click.option("--quiet", "-q", is_flag=True, help="Nothing on the standard error but errors."),
    click.option("--debug", is_flag=True, help="Show a traceback when something goes wrong."),
)


def asking(*options: Decorator) -> Decorator:
    """Shared options, and those of every command, given to it as one argument `asked`.

    What cannot be printed, without --out, is refused before any work is done.
    """
    names = {one.name for one in fields(CommonOptions)}

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def gathered(**given: Any) -> Any:
            asked = CommonOptions(**{name: given.pop(name) for name in names & given.keys()})
            if asked.fmt in BINARY and asked.out is None:
                do = f"add --out FILE.{asked.fmt}"
                raise ScreenerError(f"{asked.fmt} cannot be printed", where="--format", found=asked.fmt, do=do)
            return function(asked=asked, **given)

        return together(*options, _ALWAYS)(gathered)

    return decorate


def assessing(*formats: str) -> Decorator:
    """The options of every command that assesses."""
    return asking(format_option(*formats), OUT, CLOCKS, TOPIC, LIVE, SUPPLY, STORES, RULES)


def named_columns(given: Sequence[str], option: str) -> dict[str, str]:
    """NAME=HEADING, as often as given, as a mapping.

    Raises:
        ScreenerError: one of them has no `=` or nothing on one side of it.
    """
    found: dict[str, str] = {}
    for one in given:
        name, equals, heading = one.partition("=")
        if not (name and equals and heading):
            do = "write the column, an equals sign, and the heading"
            raise ScreenerError("not NAME=HEADING", where=option, found=one, do=do)
        found[name.strip()] = heading
    return found
