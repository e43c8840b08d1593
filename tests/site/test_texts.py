"""The catalogues of the site and the letter: both languages complete, with the same places to fill."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import Any

import pytest

from screener.report.wording import Wording

CATALOGUES = ("site", "letter")


def _texts(name: str, language: str) -> dict[str, Any]:
    own = Wording(language)._texts
    return {key: text for key, text in Wording(language, name)._texts.items() if key not in own}


def _places(text: Any) -> set[str]:
    return {
        place
        for one in (text if isinstance(text, list) else [text])
        for _, place, _, _ in string.Formatter().parse(one)
        if place
    }


@pytest.mark.parametrize("name", CATALOGUES)
def test_both_languages_hold_the_same_keys_and_places(name: str) -> None:
    english, korean = _texts(name, "en"), _texts(name, "ko")
    assert set(english) == set(korean)
    assert {key for key in english if _places(english[key]) != _places(korean[key])} == set()
    assert {key for key in english if isinstance(english[key], list) and len(english[key]) != len(korean[key])} == set()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_text_that_a_template_or_script_asks_for_is_there(language: str, checkout: Path) -> None:
    w = Wording(language, *CATALOGUES)
    templates = [
        *(checkout / "reports" / "site").glob("*.j2"),
        checkout / "screener" / "report" / "letter.py",
        *(checkout / "screener" / "site").glob("*.py"),
    ]
    asked = {
        key for path in templates for key in re.findall(r'\bw\("([a-z_]+\.[a-z_]+)"', path.read_text(encoding="utf-8"))
    }
    assert asked
    assert [key for key in sorted(asked) if not w.has(key)] == []
    scripts = (checkout / "reports" / "site" / name for name in ("holdings.js", "tables.js"))
    script = "".join(path.read_text(encoding="utf-8") for path in scripts).replace('new Unreadable("', "texts.")
    own = {"language", "day", "percent"}
    said = {
        key
        for key in re.findall(r"\btexts\.([a-z_]+)", script)
        if not key.startswith(("column_", "band_")) and key not in own
    }
    assert [key for key in sorted(said) if not w.has(f"holdings.{key}")] == []


def test_no_korean_text_is_english() -> None:
    korean = {key: text for name in CATALOGUES for key, text in _texts(name, "ko").items() if isinstance(text, str)}
    letters = {
        key for key, text in korean.items() if text.isascii() and re.search("[A-Za-z]", re.sub(r"{[^}]*}", "", text))
    }
    assert letters <= {"site.other_language", "holdings.by_isin"}
