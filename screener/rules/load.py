"""Reads and checks rule files: one TOML file per rule, one folder per topic.

`rules/README.md` describes the keys. An invalid rule file is an error, not a reject: a screening without one of its
rules would be less complete than it looks.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from screener.errors import ScreenerError
from screener.paths import shipped, user_folder
from screener.schema.vocabulary import ACTIVITIES, ENTITY_KINDS, RELATIONS, STATUSES
from screener.store.naming import topic_ids

RULE_STATUSES: Final = ("experimental", "test", "stable", "deprecated")
_REQUIRED: Final = tuple(
    "id title status topic description references date modified severity involvement match".split()
)
_KEYS: Final = (*_REQUIRED, "severity_reason", "legal_basis", "false_positives", "author", "magnitude", "tests")
_STEP_KEYS: Final = tuple(
    "relation optional min_share max_share max_tiers hs target_kind target_country target_region".split()
)
_ANCHOR_KEYS: Final = ("list", "or_owned", "owned", "entity", "not_entity", "kind", "country", "region", "does")
_NO_WORD: Final = "not one of the words allowed here"
_EXPECT_KEYS: Final = ("findings", "tier", "status", "company", "amount_usd", "relation")


@dataclass(frozen=True)
class Step:
    """One step of a path: relations to follow, and the conditions on the edge and its far end."""

    relations: tuple[str, ...]
    optional: bool = False
    min_share: float | None = None
    max_share: float | None = None
    max_tiers: int | None = None
    hs: tuple[str, ...] = ()
    target_kind: tuple[str, ...] = ()
    target_country: tuple[str, ...] = ()
    target_region: tuple[str, ...] = ()


@dataclass(frozen=True)
class Anchor:
    """Where a path must end. All given keys must hold; of a rule's several anchors, one must.

    owned: also counts what the entities on the lists own by the tests of the lists' regimes: `or` they themselves, or
        `only` what they own.
    """

    lists: tuple[str, ...] = ()
    owned: str = ""
    entity: tuple[str, ...] = ()
    not_entity: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    does: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A rule as in its file; `sha256` is that of the file."""

    id: str
    title: str
    status: str
    topic: str
    description: str
    references: tuple[str, ...]
    date: dt.date
    modified: dt.date
    severity: float
    involvement: str
    path: tuple[Step, ...]
    anchors: tuple[Anchor, ...]
    sha256: str
    file: str
    text: str
    legal_basis: tuple[str, ...] = ()
    false_positives: tuple[str, ...] = ()
    author: str = ""
    severity_reason: str = ""
    floor_usd: float | None = None
    ceiling_usd: float | None = None
    tests: tuple[dict[str, Any], ...] = ()


def rule_folders(rules: Sequence[str] = ()) -> list[Path]:
    """The shipped rules folder, then the user's."""
    return [shipped("rules"), *(user_folder(given, "--rules") for given in rules)]


def read_rules(folders: Sequence[Path], topics: Sequence[str] = (), known: Sequence[str] = ()) -> list[Rule]:
    """All rules of the folders by topic and id; a rule of a later folder replaces an earlier one with its id.

    Args:
        folders: of the rules.
        topics: only rules of these topics; by default all.
        known: the existing topics, in order; by default those of the shipped datasets.

    Raises:
        ScreenerError: a file is not TOML or has a wrong, missing or unknown key; two files of one folder share an id.
    """
    known = known or topic_ids()
    found: dict[str, Rule] = {}
    for folder in folders:
        here: dict[str, Rule] = {}
        for path in sorted(folder.rglob("*.toml")):
            if path.name in ("method.toml", "regimes.toml"):
                continue
            rule = read_rule(path, folder, known)
            if rule.id in here:
                do = f"rename one; the other is {here[rule.id].file}"
                raise ScreenerError("two rules have this id", where=str(path), found=rule.id, do=do)
            here[rule.id] = rule
        found.update(here)
    if not found:
        raise ScreenerError("no rules here", where=str(folders[-1]), do="a rules folder holds <topic>/<rule>.toml")
    wanted = [rule for rule in found.values() if rule.topic in (topics or known) and rule.status != "deprecated"]
    return sorted(wanted, key=lambda rule: (known.index(rule.topic), rule.id))


def read_toml(path: Path, where: str) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a TOML file, and its content; `where` names it in an error."""
    content = path.read_bytes()
    try:
        return content, tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScreenerError("not readable as TOML", where=where, found=error, do="fix the file") from error


def read_rule(path: Path, folder: Path, known: Sequence[str] = ()) -> Rule:
    """Reads one rule file, checked key by key; its topic is one of `known`, or of the shipped datasets."""
    name = path.relative_to(folder).as_posix()
    content, written = read_toml(path, name)
    rule = _Table(name, written, _KEYS)
    for key in _REQUIRED:
        if key not in written:
            raise rule.wrong(key, "a key is missing", None, "see rules/README.md")
    match = rule.table("match", ("path", "anchor"))
    magnitude = rule.table("magnitude", ("floor_usd", "ceiling_usd"))
    anchors = match.cells.get("anchor")
    if not isinstance(anchors, (dict, list)) or not anchors:
        raise match.wrong("anchor", "the rule has no anchor", anchors, "say where a path must end")
    identity = rule.text("id")
    steps, tests = match.tables("path", _STEP_KEYS), rule.tables("tests", ("given", "as_of", "expect"))
    if identity != path.stem or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", identity):
        raise rule.wrong("id", "the id is not the file's name", identity, f"write {path.stem}")
    return Rule(
        id=identity,
        title=rule.text("title"),
        status=rule.word("status", RULE_STATUSES),
        topic=rule.word("topic", known or topic_ids()),
        description=" ".join(rule.text("description").split()),
        references=rule.texts("references", least=1),
        date=rule.day("date"),
        modified=rule.day("modified"),
        severity=rule.number("severity", 0.2, 1.0),
        involvement=rule.word("involvement", ("cause", "contribute", "linked")),
        path=tuple(map(_step, steps)),
        anchors=tuple(map(_anchor, match.tables("anchor", _ANCHOR_KEYS))),
        sha256=hashlib.sha256(content).hexdigest(),
        file=name,
        text=content.decode("utf-8"),
        legal_basis=rule.texts("legal_basis"),
        false_positives=rule.texts("false_positives"),
        author=rule.text("author", ""),
        severity_reason=rule.text("severity_reason", ""),
        floor_usd=magnitude.number("floor_usd", 1, 1e15),
        ceiling_usd=magnitude.number("ceiling_usd", 1, 1e15),
        tests=tuple(map(_test, tests)),
    )


def _step(step: _Table) -> Step:
    relations = step.words("relation", RELATIONS, "no such relation", least=1)
    special = {"answers_for", "controls", "owned_by", "buys_from"} & set(relations)
    if special and len(relations) > 1:
        what = f"{min(special)} cannot be combined with other relations in one step"
        raise step.wrong("relation", what, relations, "write two rules")
    optional = step.cells.get("optional", False)
    if not isinstance(optional, bool):
        raise step.wrong("optional", "neither true nor false", optional, "write true or false, without quotes")
    if optional and not special & {"answers_for", "controls"}:
        raise step.wrong("optional", "only answers_for and controls can be optional", relations, "remove it")
    tiers, kinds = step.number("max_tiers", 1, 12), step.words("target_kind", ENTITY_KINDS)
    rest: dict[str, Any] = {name: step.number(name, 0, 1) for name in ("min_share", "max_share")}
    rest |= {name: step.texts(name) for name in ("hs", "target_country", "target_region")}
    return Step(relations, optional, max_tiers=None if tiers is None else int(tiers), target_kind=kinds, **rest)


def _anchor(anchor: _Table) -> Anchor:
    if not anchor.cells:
        do = f"give one of {', '.join(_ANCHOR_KEYS)}"
        raise anchor.wrong("", "an empty anchor would match everything", "{}", do)
    owned = [name for name in ("or_owned", "owned") if name in anchor.cells]
    for name in owned:
        if "list" not in anchor.cells:
            raise anchor.wrong(name, f"{name} goes with list", anchor.cells[name], "add list")
        if anchor.cells[name] is not True:
            do = f"write {name} = true; how much is enough, the regime of each list says (regimes.toml)"
            raise anchor.wrong(name, "not true", anchor.cells[name], do)
    if len(owned) > 1:
        raise anchor.wrong("owned", "owned and or_owned exclude each other", anchor.cells["owned"], "remove one")
    texts = {name: anchor.texts(name) for name in ("entity", "not_entity", "country", "region")}
    kind, does = anchor.words("kind", ENTITY_KINDS), anchor.words("does", ACTIVITIES)
    counts = {"or_owned": "or", "owned": "only"}[owned[0]] if owned else ""
    return Anchor(lists=anchor.texts("list"), owned=counts, kind=kind, does=does, **texts)


def _test(test: _Table) -> dict[str, Any]:
    if not isinstance(given := test.cells.get("given"), str):
        raise test.wrong("given", "the facts of the test are missing", given, 'write given = "kr-a buys_from cn-b; …"')
    if "as_of" in test.cells:
        test.day("as_of")
    expect = test.table("expect", _EXPECT_KEYS)
    if "findings" not in expect.cells:
        raise expect.wrong("", "how many findings?", expect.cells, "write expect = { findings = 1 }")
    for name, high in (("findings", 1e6), ("tier", 12), ("amount_usd", 1e15)):
        expect.number(name, 0, high)
    for name in {"company", "relation"} & set(expect.cells):
        expect.text(name)
    if "status" in expect.cells:
        expect.word("status", STATUSES)
    return test.cells


# Words for relations that belong elsewhere in the facts or in a rule.
_ELSEWHERE: Final = {
    "supplies": "did you mean buys_from, from the buyer's side?",
    "listed_on": "name the list in the anchor: list = …",
}


def _nearest(word: str, allowed: Sequence[str]) -> str:
    if word in _ELSEWHERE:
        return _ELSEWHERE[word]
    near = difflib.get_close_matches(word, allowed, 1, 0.5)
    return f"did you mean {near[0]}?" if near else f"use one of {', '.join(allowed)}"


class _Table:
    """A table of a rule file, read as typed values; a wrong one raises an error with file and key."""

    def __init__(self, file: str, cells: Any, allowed: Sequence[str], key: str = "") -> None:
        self.file, self.key = file, key
        if not isinstance(cells, dict):
            raise self.wrong("", "not a table", cells, "write { … }")
        self.cells: dict[str, Any] = cells
        for name in cells:
            if name not in allowed:
                raise self.wrong(name, "unknown key", name, _nearest(name, allowed))

    def _name(self, key: str) -> str:
        return ".".join(filter(None, (self.key, key)))

    def wrong(self, key: str, what: str, found: object, do: str) -> ScreenerError:
        return ScreenerError(what, where=f"{self.file} {self._name(key)}", found=found, do=do)

    def table(self, key: str, allowed: Sequence[str]) -> _Table:
        return _Table(self.file, self.cells.get(key, {}), allowed, self._name(key))

    def tables(self, key: str, allowed: Sequence[str]) -> list[_Table]:
        """The tables of a list; a single table counts as a list of one for the anchor only."""
        items = self.cells.get(key, [])
        if key == "anchor" and isinstance(items, dict):
            items = [items]
        if not isinstance(items, list):
            raise self.wrong(key, "not a list", items, "write [{ … }, { … }]")
        return [_Table(self.file, item, allowed, f"{self._name(key)}[{n}]") for n, item in enumerate(items)]

    def text(self, key: str, default: str | None = None) -> str:
        value = self.cells.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.wrong(key, "not a text", value, "write it in quotes")
        return value

    def texts(self, key: str, *, least: int = 0) -> tuple[str, ...]:
        value = self.cells.get(key, [])
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or any(not isinstance(i, str) for i in items) or len(items) < least:
            raise self.wrong(key, "not a list of texts", value, 'write ["…", "…"]')
        return tuple(items)

    def words(self, key: str, allowed: Sequence[str], what: str = _NO_WORD, *, least: int = 0) -> tuple[str, ...]:
        items = self.texts(key, least=least)
        for item in items:
            if item not in allowed:
                raise self.wrong(key, what, item, _nearest(item, allowed))
        return items

    def word(self, key: str, allowed: Sequence[str]) -> str:
        value = self.cells.get(key)
        if value not in allowed:
            raise self.wrong(key, _NO_WORD, value, _nearest(str(value), allowed))
        return str(value)

    def number(self, key: str, low: float, high: float) -> Any:
        """The number, from low to high; None if the key is missing."""
        value = self.cells.get(key)
        if key in self.cells and (
            isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high
        ):
            raise self.wrong(key, f"not a number from {low:g} to {high:g}", value, "correct it")
        return None if value is None else float(value)

    def day(self, key: str) -> dt.date:
        value = self.cells.get(key)
        if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
            raise self.wrong(key, "not a day", value, "write 2026-11-24, without quotes")
        return value
