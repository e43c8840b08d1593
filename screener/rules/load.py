"""Reads and checks rule files: one TOML file a rule, one folder a topic.

The keys are told in `rules/README.md`. A rule file that cannot stand is an error, not a reject: a screening with a rule
missing would say less than it seems to.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from screener.errors import ScreenerError
from screener.paths import shipped, user_folder
from screener.schema.vocabulary import ACTIVITIES, ENTITY_KINDS, RELATIONS, STATUSES
from screener.store.naming import topic_ids

RULE_STATUSES: Final = ("experimental", "test", "stable", "deprecated")
_REQUIRED: Final = (
    "id",
    "title",
    "status",
    "topic",
    "description",
    "references",
    "date",
    "modified",
    "severity",
    "involvement",
    "match",
)
_KEYS: Final = (*_REQUIRED, "severity_reason", "legal_basis", "false_positives", "author", "magnitude", "tests")
_STEP_KEYS: Final = (
    "relation",
    "optional",
    "min_share",
    "max_share",
    "max_tiers",
    "hs",
    "target_kind",
    "target_country",
    "target_region",
)
_ANCHOR_KEYS: Final = ("list", "or_owned", "owned", "entity", "not_entity", "kind", "country", "region", "does")
_MAGNITUDE_KEYS: Final = ("floor_usd", "ceiling_usd")
_TEST_KEYS: Final = ("given", "as_of", "expect")
_EXPECT_KEYS: Final = ("findings", "tier", "status", "company", "amount_usd", "relation")


@dataclass(frozen=True)
class Step:
    """One step of a path: relations to follow, and what the edge and its far end must be."""

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
    """Where a path must end. All keys given must hold; of several anchors of a rule one must.

    owned: what the entities on the lists own by the tests of the lists' regimes counts: `or` they themselves, or
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
    """A rule as its file says it; `sha256` is of the file."""

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
    tests: tuple[dict[str, Any], ...] = field(default=())


def rule_folders(rules: Sequence[str] = ()) -> list[Path]:
    """The shipped rules folder, then the user's."""
    return [shipped("rules"), *(user_folder(given, "--rules") for given in rules)]


def read_rules(folders: Sequence[Path], topics: Sequence[str] = (), known: Sequence[str] = ()) -> list[Rule]:
    """All rules of the folders by topic and id; a rule of a later folder replaces an earlier one with its id.

    Args:
        folders: of the rules.
        topics: only the rules of these; all unless given.
        known: the topics that there are, in their order; those of the shipped datasets unless given.

    Raises:
        ScreenerError: a file is not TOML, has a wrong, missing or unknown key, or two files of one folder share an id.
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
                raise ScreenerError(
                    "two rules have this id",
                    where=str(path),
                    found=rule.id,
                    do=f"rename one; the other is {here[rule.id].file}",
                )
            here[rule.id] = rule
        found.update(here)
    if not found:
        raise ScreenerError("no rules here", where=str(folders[-1]), do="a rules folder holds <topic>/<rule>.toml")
    wanted = set(topics or known)
    return sorted(
        (r for r in found.values() if r.topic in wanted and r.status != "deprecated"),
        key=lambda r: (known.index(r.topic), r.id),
    )


def read_rule(path: Path, folder: Path, known: Sequence[str] = ()) -> Rule:
    """One rule file, checked key by key; its topic is one of `known`, or of the shipped datasets."""
    name = path.relative_to(folder).as_posix()
    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
        written = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScreenerError("not readable as TOML", where=name, found=error, do="mend the file") from error
    check = _Checker(name)
    check.keys(written, _KEYS, "")
    for key in _REQUIRED:
        if key not in written:
            raise ScreenerError("a key is missing", where=f"{name} {key}", do="see rules/README.md")
    match = check.table(written["match"], ("path", "anchor"), "match")
    magnitude = check.table(written.get("magnitude", {}), _MAGNITUDE_KEYS, "magnitude")
    anchors = match.get("anchor")
    if not isinstance(anchors, (dict, list)) or not anchors:
        raise ScreenerError(
            "the rule has no anchor", where=f"{name} match.anchor", found=anchors, do="say where a path must end"
        )
    for key, items in (("match.path", match.get("path", [])), ("tests", written.get("tests", []))):
        if not isinstance(items, list):
            raise ScreenerError("not a list", where=f"{name} {key}", found=items, do="write [{ … }, { … }]")
    identity = check.text(written, "id")
    if identity != path.stem or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", identity):
        raise ScreenerError(
            "the id is not the file's name", where=f"{name} id", found=identity, do=f"write {path.stem}"
        )
    return Rule(
        id=identity,
        title=check.text(written, "title"),
        status=check.word(written, "status", RULE_STATUSES),
        topic=check.word(written, "topic", known or topic_ids()),
        description=" ".join(check.text(written, "description").split()),
        references=check.texts(written, "references", least=1),
        date=check.day(written, "date"),
        modified=check.day(written, "modified"),
        severity=check.number(written, "severity", 0.2, 1.0),
        involvement=check.word(written, "involvement", ("cause", "contribute", "linked")),
        path=tuple(_step(step, f"match.path[{i}]", check) for i, step in enumerate(match.get("path", []))),
        anchors=tuple(
            _anchor(a, f"match.anchor[{i}]", check)
            for i, a in enumerate(anchors if isinstance(anchors, list) else [anchors])
        ),
        sha256=hashlib.sha256(content).hexdigest(),
        file=name,
        text=text,
        legal_basis=check.texts(written, "legal_basis"),
        false_positives=check.texts(written, "false_positives"),
        author=check.text(written, "author", ""),
        severity_reason=check.text(written, "severity_reason", ""),
        floor_usd=check.number(magnitude, "floor_usd", 1, 1e15, "magnitude.") if "floor_usd" in magnitude else None,
        ceiling_usd=check.number(magnitude, "ceiling_usd", 1, 1e15, "magnitude.")
        if "ceiling_usd" in magnitude
        else None,
        tests=tuple(_test(t, f"tests[{i}]", check) for i, t in enumerate(written.get("tests", []))),
    )


def _step(written: Any, key: str, check: _Checker) -> Step:
    table = check.table(written, _STEP_KEYS, key)
    relations = check.texts(table, "relation", least=1, prefix=f"{key}.")
    for relation in relations:
        if relation not in RELATIONS:
            check.fail(f"{key}.relation", "no such relation", relation, _nearest(relation, RELATIONS))
    special = {"answers_for", "controls", "owned_by", "buys_from"} & set(relations)
    if special and len(relations) > 1:
        check.fail(
            f"{key}.relation",
            f"{min(special)} cannot stand beside other relations in one step",
            relations,
            "write two rules",
        )
    if not isinstance(table.get("optional", False), bool):
        check.fail(
            f"{key}.optional", "neither true nor false", table["optional"], "write true or false, without quotes"
        )
    if table.get("optional") and not special & {"answers_for", "controls"}:
        check.fail(f"{key}.optional", "only answers_for and controls can be optional", relations, "remove it")
    return Step(
        relations=relations,
        optional=bool(table.get("optional", False)),
        min_share=check.number(table, "min_share", 0, 1, f"{key}.") if "min_share" in table else None,
        max_share=check.number(table, "max_share", 0, 1, f"{key}.") if "max_share" in table else None,
        max_tiers=int(check.number(table, "max_tiers", 1, 12, f"{key}.")) if "max_tiers" in table else None,
        hs=check.texts(table, "hs", prefix=f"{key}."),
        target_kind=check.words(table, "target_kind", ENTITY_KINDS, f"{key}."),
        target_country=check.texts(table, "target_country", prefix=f"{key}."),
        target_region=check.texts(table, "target_region", prefix=f"{key}."),
    )


def _anchor(written: Any, key: str, check: _Checker) -> Anchor:
    table = check.table(written, _ANCHOR_KEYS, key)
    if not table:
        check.fail(key, "an empty anchor would be everything", "{}", f"give one of {', '.join(_ANCHOR_KEYS)}")
    given = [name for name in ("or_owned", "owned") if name in table]
    for name in given:
        if "list" not in table:
            check.fail(f"{key}.{name}", f"{name} goes with list", table[name], "add list")
        if table[name] is not True:
            do = f"write {name} = true; how much is enough, the regime of each list says (regimes.toml)"
            check.fail(f"{key}.{name}", "not true", table[name], do)
    if len(given) > 1:
        check.fail(f"{key}.owned", "owned and or_owned exclude each other", table["owned"], "remove one")
    texts = {name: check.texts(table, name, prefix=f"{key}.") for name in ("entity", "not_entity", "country", "region")}
    return Anchor(
        lists=check.texts(table, "list", prefix=f"{key}."),
        owned={"or_owned": "or", "owned": "only"}[given[0]] if given else "",
        kind=check.words(table, "kind", ENTITY_KINDS, f"{key}."),
        does=check.words(table, "does", ACTIVITIES, f"{key}."),
        **texts,
    )


def _test(written: Any, key: str, check: _Checker) -> dict[str, Any]:
    table = check.table(written, _TEST_KEYS, key)
    if not isinstance(table.get("given"), str):
        check.fail(
            f"{key}.given",
            "the facts of the test are missing",
            table.get("given"),
            'write given = "kr-a buys_from cn-b; …"',
        )
    if "as_of" in table:
        check.day(table, "as_of", f"{key}.")
    expect = check.table(table.get("expect", {}), _EXPECT_KEYS, f"{key}.expect")
    if "findings" not in expect:
        check.fail(f"{key}.expect", "how many findings?", expect, "write expect = { findings = 1 }")
    for name, high in (("findings", 1e6), ("tier", 12), ("amount_usd", 1e15)):
        if name in expect:
            check.number(expect, name, 0, high, f"{key}.expect.")
    for name in ("company", "relation"):
        if name in expect:
            check.text(expect, name, prefix=f"{key}.expect.")
    if "status" in expect:
        check.word(expect, "status", STATUSES, f"{key}.expect.")
    return table


# Words for relations that stand elsewhere in the facts or in a rule.
_ELSEWHERE: Final = {
    "supplies": "did you mean buys_from, from the buyer's side?",
    "listed_on": "name the list in the anchor: list = …",
}


def _nearest(word: str, allowed: Sequence[str]) -> str:
    if word in _ELSEWHERE:
        return _ELSEWHERE[word]
    near = difflib.get_close_matches(word, allowed, 1, 0.5)
    return f"did you mean {near[0]}?" if near else f"use one of {', '.join(allowed)}"


class _Checker:
    """Takes typed values out of a rule file, or raises an error that names file and key."""

    def __init__(self, name: str) -> None:
        self.name = name

    def fail(self, key: str, what: str, found: object, do: str) -> None:
        raise ScreenerError(what, where=f"{self.name} {key}", found=found, do=do)

    def keys(self, table: dict[str, Any], allowed: Sequence[str], prefix: str) -> None:
        for key in table:
            if key not in allowed:
                self.fail(prefix + key, "unknown key", key, _nearest(key, allowed))

    def table(self, value: Any, allowed: Sequence[str], key: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.fail(key, "not a table", value, "write { … }")
        self.keys(value, allowed, key + ".")
        return dict(value)

    def text(self, table: dict[str, Any], key: str, default: str | None = None, prefix: str = "") -> str:
        value = table.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            self.fail(prefix + key, "not a text", value, "write it in quotes")
        return str(value)

    def texts(self, table: dict[str, Any], key: str, *, least: int = 0, prefix: str = "") -> tuple[str, ...]:
        value = table.get(key, [])
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or any(not isinstance(i, str) for i in items) or len(items) < least:
            self.fail(prefix + key, "not a list of texts", value, 'write ["…", "…"]')
        return tuple(items)

    def words(self, table: dict[str, Any], key: str, allowed: Sequence[str], prefix: str) -> tuple[str, ...]:
        items = self.texts(table, key, prefix=prefix)
        for item in items:
            if item not in allowed:
                self.fail(prefix + key, "not one of the words allowed here", item, _nearest(item, allowed))
        return items

    def word(self, table: dict[str, Any], key: str, allowed: Sequence[str], prefix: str = "") -> str:
        value = table.get(key)
        if value not in allowed:
            self.fail(prefix + key, "not one of the words allowed here", value, _nearest(str(value), allowed))
        return str(value)

    def number(self, table: dict[str, Any], key: str, low: float, high: float, prefix: str = "") -> float:
        value = table.get(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            self.fail(prefix + key, f"not a number from {low:g} to {high:g}", value, "correct it")
            raise AssertionError
        return float(value)

    def day(self, table: dict[str, Any], key: str, prefix: str = "") -> dt.date:
        value = table.get(key)
        if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
            self.fail(prefix + key, "not a day", value, "write 2026-11-24, without quotes")
            raise AssertionError
        return value
