"""Makes text from data safe for its place."""

import datetime as dt
import re
import unicodedata
from typing import Any, Final

import polars as pl

# Characters that move the cursor, reorder or hide text: control (Cc), format (Cf: bidi, zero-width), surrogates.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_LONGEST_NAME: Final = 300
_BREAKS: Final = r"\s*[\r\n\t\x0b\x0c\x{85}\x{2028}\x{2029}]\s*"


def plain(text: str) -> str:
    """One line of printable text: control, bidi and zero-width characters become U+FFFD, line breaks a blank."""
    if text.isprintable():
        return text
    folded = " ".join(text.split()) if any(c in text for c in "\r\n\t\v\f\x85\u2028\u2029") else text
    return "".join("\ufffd" if unicodedata.category(c) in _UNSAFE else c for c in folded)


def first_day(written: str) -> dt.date:
    """A day, or the first one of a month or year (`2022`, `2022-02`)."""
    year, month, day = (int(part) for part in [*written.split("-"), "1", "1"][:3])
    return dt.date(year, month, day)


def shortened(text: Any) -> Any:
    """The text, cut where no real name is as long; null stays null."""
    return text if text is None or len(text) <= _LONGEST_NAME else text[:_LONGEST_NAME] + "…"


def cleaned(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with all its texts, and those in lists, made `plain`."""

    def clean(texts: pl.Expr) -> pl.Expr:
        return texts.str.replace_all(_BREAKS, " ").str.replace_all(r"\p{C}", "\ufffd")

    return frame.with_columns(clean(pl.col(pl.String)), pl.col(pl.List(pl.String)).list.eval(clean(pl.element())))


def markdown_safe(text: object) -> str:
    """The text with everything escaped that Markdown or HTML would read as markup."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|~])", r"\\\1", str(text))
    return escaped.replace("<", "&lt;").replace(">", "&gt;")
