"""The kinds of options that commands have, and the options that mean the same in every command."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
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


@dataclass
class CommonOptions:
    """The values of the options that commands share; an option that a command lacks counts as not given.

    `supply_file` is not an option: it is what --supply holds.
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
    supply_file: SupplyFile | None = None

    def wording(self, *further: str) -> Wording:
        """The texts of the language, with those of further catalogues."""
        from screener.report.wording import wording

        return wording(self.language, *further, datasets=self.datasets)


def text(names: str, metavar: str, about: str, **more: Any) -> Decorator:
    """An option that takes a text; `names` are its flag and, where it differs, the name of its parameter."""
    return click.option(*names.split(), metavar=metavar, help=about, **more)


def texts(names: str, metavar: str, about: str, **more: Any) -> Decorator:
    """An option that takes a text and may be repeated."""
    return text(names, metavar, about, multiple=True, **more)


def switch(names: str, about: str) -> Decorator:
    """An option without a value."""
    return click.option(*names.split(), is_flag=True, help=about)


def count(name: str, about: str, most: int | None = None, **more: Any) -> Decorator:
    """An option that takes a number from 1 to `most`."""
    return click.option(name, type=click.IntRange(1, most), help=about, **more)


def choice(names: str, words: Sequence[str], about: str, **more: Any) -> Decorator:
    """An option that takes one of several words; the first is the default."""
    shown: dict[str, Any] = {"default": words[0], "show_default": True} | more
    return click.option(*names.split(), type=click.Choice(words), help=about, **shown)


def day(name: str, about: str) -> Decorator:
    """An option that takes a day, YYYY-MM-DD."""

    def parsed(ctx: click.Context, param: click.Parameter, value: str | None) -> dt.date | None:
        try:
            return dt.date.fromisoformat(value) if value is not None else None
        except ValueError:
            raise ScreenerError("not a day", where=name, found=value, do="write YYYY-MM-DD") from None

    return text(name, "DATE", about, callback=parsed)


def columns(names: str, example: str, of: str = "") -> Decorator:
    """An option that takes NAME=HEADING and may be repeated (see `named_values`)."""
    return texts(names, "NAME=HEADING", f"Name a heading {of}that is not recognised, e.g. {example}.")


def formats(*words: str) -> Decorator:
    """`--format` with these choices."""
    return choice("--format fmt", words, "Output format.")


def together(*options: Decorator) -> Decorator:
    """Several options as one decorator, shown in the order given."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        return functools.reduce(lambda decorated, option: option(decorated), reversed(options), function)

    return decorate


def _topics_meant(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """The topics that a name or a beginning (`myanmar`) stands for."""
    from screener.store.inputs import topics_meant

    return topics_meant(value, ctx.params.get("datasets") or (), where="--topic") if value else ()


HOLDINGS: Final = together(
    columns("--column columns", "isin=Wertpapier"),
    texts(
        "--sheet sheets",
        "NAME",
        "Read this sheet of a workbook; may be repeated (default: all visible ones that hold holdings).",
    ),
)
FAIL_ON: Final = choice("--fail-on", BANDS[1:], "Exit with 1 if any holding reaches this band.", default=None)
OUT: Final = text("--out", "PATH", "Write to this file instead of the standard output.")
CLOCKS: Final = together(
    day("--as-of", "The day to screen for (default: today)."),
    day("--known-at", "Use only what was published by then (default: the day of the facts)."),
)
TOPIC: Final = texts(
    "--topic topics",
    "TOPIC",
    "Only topics with this prefix (such as myanmar); may be repeated.",
    callback=_topics_meant,
)
LIVE: Final = switch("--live", "Only what has not ended.")
SUPPLY: Final = together(
    text(
        "--supply", "FILE", "Your own deliveries (CSV, XLSX, Parquet), one per row; shown apart from public evidence."
    ),
    columns("--supply-column supply_columns", "supplier=Vendor", "of --supply "),
)
DATASETS: Final = texts(
    "--datasets",
    "DIR",
    "Facts of your own, added to the shipped ones; a file of the same name replaces a shipped one.",
    is_eager=True,  # --topic may name one of theirs
)
STORES: Final = together(
    text("--store", "FILE", "Store file (default: a per-user store, built on first use)."), DATASETS
)
RULES: Final = texts(
    "--rules", "DIR", "Rules of your own, added to the shipped ones; a rule with the same id replaces a shipped one."
)
WAIT: Final = text(
    "--wait",
    "SECONDS",
    "How long to wait for another process that writes the store.",
    type=float,
    default=120.0,
    show_default=True,
)
_ALWAYS: Final = together(
    choice(
        "--lang language",
        ("en", "ko"),
        "Language of the report and of all messages.",
        default=language,
        show_default="the locale's",
    ),
    switch("--quiet -q", "Print only errors on the standard error."),
    switch("--debug", "Show a traceback when something goes wrong."),
)


def asking(*options: Decorator) -> Decorator:
    """Adds these and the common options, passed to the command as one argument `asked`.

    Without --out, a format that cannot be printed is refused at once.
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


def assessing(*words: str) -> Decorator:
    """The options of every command that assesses."""
    return asking(formats(*words), OUT, CLOCKS, TOPIC, LIVE, SUPPLY, STORES, RULES)


def named_values(given: Sequence[str], option: str) -> dict[str, str]:
    """All given NAME=VALUE as one mapping.

    Raises:
        ScreenerError: one of them has no `=` or nothing on one side of it.
    """
    found: dict[str, str] = {}
    for one in given:
        name, _, value = one.partition("=")
        if not (name.strip() and value):
            do = "write the name, an equals sign, and the value"
            raise ScreenerError("not NAME=VALUE", where=option, found=one, do=do)
        found[name.strip()] = value
    return found
