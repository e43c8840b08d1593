"""Sentences of the program in the user's language: help, errors, remarks and what commands report on their work.

The program writes them in English. When they are printed, `phrase` translates them into Korean: it looks up the whole
text in `reports/text/phrases.ko.toml`, then an entry whose placeholders (`{name}`) fit. English needs none.
"""

import functools
import os
import re
import tomllib
from collections.abc import Sequence
from typing import Final

from screener.paths import shipped

_PLACE: Final = re.compile(r"\{(\w+)\}")
# The values of these placeholders are sentences of the program, too.
_SENTENCES: Final = frozenset({"reason", "problem", "note", "kind"})
_FREE: Final = _SENTENCES | {"found", "fault", "said"}  # may hold `: ` and `; `, which elsewhere end a value
_language = "en"


def language() -> str:
    """The language of the running command, `en` or `ko`."""
    return _language


def use_language(named: str) -> None:
    """Sets the language, `en` or `ko`."""
    global _language
    _language = named


def use_language_of(arguments: Sequence[str]) -> list[str]:
    """Sets the language from a command line: `--lang` anywhere in it, else that of the locale.

    Returns the arguments without `--lang`; one with another value is left for the command to refuse.
    """
    named = next((os.environ[v] for v in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(v)), "")
    use_language("ko" if named.lower().startswith("ko") else "en")
    rest = list(arguments)
    for place, argument in reversed(list(enumerate(arguments))):
        option, equals, value = argument.partition("=")
        width = 1 if equals else 2
        value = value if equals else "".join(arguments[place + 1 : place + 2])
        if option == "--lang" and value in ("en", "ko"):
            use_language(value)
            del rest[place : place + width]
    return rest


def phrase(text: str) -> str:
    """A sentence in the language of the command; unchanged if the catalogue lacks it."""
    return text if _language == "en" else korean(text) or text


def korean(text: str) -> str | None:
    """A sentence in Korean, or none. Several sentences joined by a semicolon are looked up one by one."""
    text = " ".join(text.split())
    if (whole := _one(text)) is not None or "; " not in text:
        return whole
    parts = [_one(part) for part in text.split("; ")]
    return "; ".join(part for part in parts if part) if all(parts) else None


def _one(text: str) -> str | None:
    exact, patterns = _catalogue()
    if text in exact:
        return exact[text]
    for pattern, said in patterns:
        if found := pattern.fullmatch(text):
            return _PLACE.sub(lambda place: _filled(place[1], found[place[1]]), said)
    # A note may begin with its subject: a file, a sheet.
    about, colon, note = text.partition(": ")
    if colon and (said_of := _one(note)) is not None:
        return f"{_one(about) or about}: {said_of}"
    return None


def _filled(name: str, value: str) -> str:
    return (korean(value) or value) if name in _SENTENCES else value


@functools.cache
def _catalogue() -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """Whole sentences, and those with placeholders, most fixed letters first."""
    text = (shipped("reports") / "text" / "phrases.ko.toml").read_text(encoding="utf-8")
    phrases = {key: said for section in tomllib.loads(text).values() for key, said in section.items()}
    with_places = sorted((key for key in phrases if _PLACE.search(key)), key=lambda key: -len(_PLACE.sub("", key)))
    return phrases, [(_pattern(key), phrases[key]) for key in with_places]


def _pattern(key: str) -> re.Pattern[str]:
    fixed = re.sub(r"\\\{(\w+)\\\}", r"{\1}", re.escape(key))
    values = _PLACE.sub(lambda place: f"(?P<{place[1]}>{'.' if place[1] in _FREE else '(?:(?!: |; ).)'}+?)", fixed)
    return re.compile(values, re.DOTALL)
