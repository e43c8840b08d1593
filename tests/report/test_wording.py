"""The catalogues of texts: both languages complete, with the same places to fill, for every word of the vocabulary."""

from __future__ import annotations

import re
import string
from typing import Any

import pytest

from screener.report.terminal import BAND_STYLES
from screener.report.wording import BAND_MARKS, LANGUAGES, Wording, wording
from screener.rules.load import read_rules, rule_folders
from screener.schema import vocabulary
from screener.schema.vocabulary import BANDS
from screener.store.inputs import topic_ids


def _texts(language: str) -> dict[str, Any]:
    return {key: text for key, text in Wording(language)._texts.items() if not key.startswith(("rules.", "notes."))}


def _places(text: Any) -> set[str]:
    """What is filled in; an amount is the object of a verb in one language and stands in brackets in the other."""
    texts = text if isinstance(text, list) else [text]
    return {
        name.replace("worth", "amount")
        for one in texts
        if isinstance(one, str)
        for _, name, _, _ in string.Formatter().parse(one)
        if name
    }


def test_both_languages_hold_the_same_keys() -> None:
    assert set(_texts("en")) == set(_texts("ko"))


def test_both_languages_fill_the_same_places() -> None:
    korean = _texts("ko")
    # How a language writes days, and how a path goes on, differs.
    free = ("format.", "path.which")
    differ = {key for key, text in _texts("en").items() if _places(text) != _places(korean[key])}
    assert {key for key in differ if not key.startswith(free)} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_vocabulary_has_a_name(language: str) -> None:
    w = wording(language)
    for section, words in (
        ("topics", topic_ids()),
        ("bands", vocabulary.BANDS),
        ("statuses", vocabulary.STATUSES),
        ("responses", vocabulary.RESPONSE_KINDS),
        ("decisions", vocabulary.VERDICT_DECISIONS),
    ):
        assert [word for word in words if not w.has(f"{section}.{word}")] == []
    relations = {*vocabulary.ACTIVITIES, "owns", "buys_from", "listed_on"}
    assert relations <= set(w.catalogue["relations"])


def test_every_shipped_rule_has_a_korean_title() -> None:
    missing = [rule.id for rule in read_rules(rule_folders()) if not wording("ko").has(f"rules.{rule.id}")]
    assert missing == [], "add the titles to [rules] of reports/text/ko.toml"


def test_no_korean_text_is_english() -> None:
    """But for names, formulas and the program's own commands."""
    english = {key: text for key, text in _texts("ko").items() if isinstance(text, str) and text.isascii()}
    allowed = (
        "format.",
        "names.band",
        "path.",
        "columns.isin",
        "columns.sha",
        "columns.eu",
        "head.language",
        "matched_by.isin",
        "matched_by.lei",
        "portfolio.no_weight",
    )
    words = {key for key, text in english.items() if re.search(r"[a-zA-Z]", re.sub(r"{[^}]*}", "", text))}
    assert [key for key in words if not key.startswith(allowed)] == []


def test_colour_is_never_the_only_signal() -> None:
    assert len(set(BAND_MARKS.values())) == len(BANDS) == len(BAND_STYLES)


def test_what_has_no_translation_is_marked_as_such() -> None:
    korean = wording("ko")
    assert korean.translated("It was sold.", "매각되었다.") == ("매각되었다.", "ko")
    assert korean.translated("It was sold.", None) == ("It was sold. [영문]", "en")
    assert wording("en").translated("It was sold.", "매각되었다.") == ("It was sold.", "en")
    assert korean.rule("no-such-rule", "A title") == "A title [영문]"


def test_days_and_money_are_written_as_each_language_writes_them() -> None:
    english, korean = wording("en"), wording("ko")
    days = ("2022", "2022-02", "2022-02-21")
    assert [english.day(day) for day in days] == list(days)
    assert [korean.day(day) for day in days] == ["2022년", "2022년 2월", "2022년 2월 21일"]
    assert [korean.dollars(x) for x in (193_900_000, 25_000, 999)] == ["1.94억 달러", "2.5만 달러", "999 달러"]
    assert korean.percent(0.085) == "8.5%"


@pytest.mark.parametrize(
    ("name", "said"), [("미얀마경제지주사", "와 합작"), ("포스코인터내셔널", "과 합작"), ("MEHL", "와(과) 합작")]
)
def test_a_korean_particle_follows_the_name(name: str, said: str) -> None:
    assert wording("ko").agreed(name, "와(과) 합작") == said


def test_sentences_of_the_readers_are_translated_or_marked() -> None:
    korean = wording("ko")
    assert korean.note("the table begins in row 3; the rows above it were taken for a title").startswith("표는 3행에서")
    assert korean.note("weights were read as percent") == "비중을 백분율로 읽었습니다"
    assert korean.note("initials alone may mean a company of another country; no weight").endswith("; 비중 없음")
    assert korean.note("something new") == "something new [영문]"
    assert wording("en").note("something new") == "something new"
