"""The texts of the reports in one language, and how that language writes numbers, money and days.

Catalogues are in `reports/text/<language>.toml`, names of topics and lists in the datasets; code holds no visible text.
"""

import functools
import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from babel.numbers import format_decimal, format_percent

from screener.paths import shipped
from screener.report.phrases import korean
from screener.report.text import plain
from screener.store.inputs import labels

LANGUAGES: Final = ("en", "ko")
# Smaller fractions and amounts would be written as 0.
_LEAST_PERCENT: Final = 0.00005
_LEAST_DOLLARS: Final = 0.5
_PLURAL: Final = re.compile(r"{(\w+):([^{}|]*)\|([^{}|]*)}")
_PARTICLES: Final = ("와(과)", "를(을)", "는(은)", "가(이)")  # after a vowel (after a final consonant)
# Colour is never the only signal: every band has its own mark.
BAND_MARKS: Final = {"severe": "■■■■", "high": "■■■□", "elevated": "■■□□", "low": "■□□□", "none": "□□□□"}


class Wording:
    """One of LANGUAGES, with further catalogues (`site` for `site.en.toml`).

    `datasets` are the user's folders, whose topics and lists also have names. Calling it with a key gives the text:
    `w("head.clocks", as_of=…, known_at=…)`. A key that the catalogue lacks is a fault of the program (KeyError); words
    that come from data have `label`, which falls back to the word itself.
    """

    def __init__(self, language: str = "en", *further: str, datasets: tuple[str, ...] = ()) -> None:
        self.language = language
        self.catalogue = _read(f"{language}.toml")
        named = {key: plain(name) for key, name in labels(language, datasets).items()}
        self._texts = _flat(self.catalogue) | named
        for name in further:
            self._texts |= _flat(_read(f"{name}.{language}.toml"))

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key, its placeholders filled; of `{count:line|lines}` the first where count is 1."""
        text = str(self._texts[key])
        if values and "|" in text:
            text = _PLURAL.sub(lambda found: found[2 if str(values[found[1]]) == "1" else 3], text)
        return text.format(**values) if values else text

    def label(self, section: str, word: str) -> str:
        """What the catalogue calls a word of the data, else the word without its hyphens."""
        return str(self._texts.get(f"{section}.{word}", word.replace("_", " ")))

    def note(self, text: str) -> str:
        """A sentence of the readers or the matcher, translated; marked and unchanged if the catalogue lacks it."""
        if self.language == "en" or not text:
            return text
        return korean(text) or text + self("format.language_mark")

    def has(self, key: str) -> bool:
        """Whether the catalogue has the key."""
        return key in self._texts

    def section(self, name: str) -> dict[str, str]:
        """The texts of a section by their last key."""
        within = f"{name}."
        return {key.removeprefix(within): str(text) for key, text in self._texts.items() if key.startswith(within)}

    def rule(self, rule_id: str, title: str) -> str:
        """The title of a rule; that of its file, marked, where a translation is missing."""
        key = f"rules.{rule_id}"
        return self(key) if self.has(key) else title + self("format.language_mark")

    def lines(self, key: str) -> list[str]:
        """A text of several lines."""
        return [str(line) for line in self._texts[key]]

    def name(self, name: str, name_ko: str | None) -> str:
        """The name that a reader of the language knows best."""
        return name_ko if self.language == "ko" and name_ko else name

    def other_name(self, name: str, name_ko: str | None) -> str:
        """The name in the other language; empty if there is none, or if both are the same."""
        other = name if self.language == "ko" else name_ko or ""
        return "" if other == self.name(name, name_ko) else other

    def translated(self, text: str | None, text_ko: str | None) -> tuple[str | None, str | None]:
        """The text in the language and the language that it is in; English, marked, where a translation is missing."""
        if text is None or self.language == "en":
            return text, "en" if text else None
        return (text_ko, "ko") if text_ko else (text + self("format.language_mark"), "en")

    def number(self, value: float, pattern: str = "#,##0.##") -> str:
        """A number as the language writes it."""
        return format_decimal(Decimal(str(value)), pattern, locale=self.language)

    def percent(self, fraction: float) -> str:
        """A fraction as percent with at most two digits after the point: `51 %`, `8.5 %`; what is not 0 reads not 0."""
        if 0 < fraction <= _LEAST_PERCENT:
            return self("format.below", amount=self.percent(2 * _LEAST_PERCENT))
        return format_percent(Decimal(str(fraction)), self("format.percent"), locale=self.language)

    def dollars(self, amount: float) -> str:
        """An amount of US dollars, shortened: `USD 193.9m`."""
        if 0 < amount < _LEAST_DOLLARS:
            return self("format.below", amount=self.dollars(1))
        pattern = self("format.dollar_number")
        places, unit, sign = pattern.partition(".")[2].count("#"), 1.0, ""
        for larger, its_sign in reversed(self._texts["format.dollar_sizes"]):
            # What rounds up to the larger unit is written in it: 999,999,999 is 1bn, not 1,000m.
            if round(amount / unit, places if sign else 0) * unit >= larger:
                unit, sign = larger, its_sign
        number = self.number(amount / unit, pattern if sign else "#,##0")
        return self("format.dollars", number=number, size=sign)

    def day(self, written: object) -> str:
        """A day, month or year as it is known (`2022`, `2022-02`, `2022-02-21`), as the language writes it."""
        return _day(str(written), self)

    def status(self, f: Mapping[str, Any], *, own_word: bool, only: str = "") -> str:
        """A finding's or an edge's status with its day: `active, last confirmed 2024-06-27`, `ended 2021, disputed`.

        An end that was only planned, or that only the company itself reports (`own_word`), is worded as such, and so is
        what `screener.report.document.only` says of its path.
        """
        word = self.label("statuses", f["status"])
        if f["status"] == "ended":
            key = "planned_end" if f["end_planned"] else only or "ended"
            ended = self(f"status.{key}", day=self.day(f["until"])) if f["until"] else word
            ended = self("status.own_word", ended=ended) if own_word and not f["end_planned"] else ended
            return f"{ended}, {self.label('statuses', 'disputed')}" if f["disputed"] else ended
        confirmed, active = f["confirmed_written"], f["status"] == "active"
        key = only if only and active else "confirmed" if not f["stale"] else "stale" if active else "stale_since"
        return self(f"status.{key}", status=word, day=self.day(confirmed)) if f["stale"] or confirmed else word

    def band(self, band: str) -> str:
        """A band with its mark."""
        return self("names.band", mark=BAND_MARKS[band], band=self.label("bands", band))

    def list_name(self, entity_id: str, title: str) -> str:
        """The short name of a list; its title, where it has none."""
        key = f"lists.{entity_id.removeprefix('list:')}"
        return self(key) if self.has(key) else title

    def agreed(self, name: str, after: str) -> str:
        """What follows a name, its particle chosen by the name's end: `와(과)` becomes 과 after a final consonant."""
        for pair in _PARTICLES:
            if after.startswith(pair):
                last = ord(name[-1]) - 0xAC00 if name else -1
                # The name ends in Hangul: in a syllable with a final consonant, or without.
                return pair[2 if last % 28 else 0] + after.removeprefix(pair) if 0 <= last < 11_172 else after
        return after

    def said(self, grade: str, publisher_kind: str, publisher: str, *, copied: bool) -> str:
        """How the best source is worded, by its grade (docs/method.md, fairness).

        What a court found, a list shows or a company disclosed is worded as such; what others reported, as reported;
        an unverified claim, as alleged.
        """
        said = self(f"said.{verb(grade, publisher_kind)}", publisher=publisher)
        return self("said.copy", said=said) if copied else said


wording = functools.cache(Wording)
"""The texts of a language, read once."""


def verb(grade: str, publisher_kind: str) -> str:
    """The key below `said` for a source of this grade and kind."""
    if grade == "E":
        return "alleged"
    # Of grade B is what a company says of itself and what was read in a copy of its filing.
    disclosed = publisher_kind in ("company", "registry") and grade in ("A", "B")
    return {"court": "court", "official_list": "listed"}.get(publisher_kind, "disclosed" if disclosed else "reported")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((shipped("reports") / "text" / name).read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=4096)
def _day(written: str, w: Wording) -> str:
    parts = written.split("-")
    if not (1 <= len(parts) <= 3 and all(part.isdigit() for part in parts)):
        return written
    year, month, day = (int(part) for part in [*parts, "1", "1"][:3])
    form = ("year", "month", "full_day")[len(parts) - 1]
    return w(f"format.{form}", y=year, m=month, d=day)


def _flat(tree: dict[str, Any], above: str = "") -> dict[str, Any]:
    """The texts by dotted key."""
    found: dict[str, Any] = {}
    for key, value in tree.items():
        name = f"{above}{key}"
        found |= _flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return found
