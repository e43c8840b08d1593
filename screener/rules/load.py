"""Reads and checks rule files: one TOML file per rule, one folder per topic.

`rules/README.md` describes the keys. An invalid rule file is an error, not a reject: a screening without one of its
rules would be less complete than it looks.
"""

import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct, field

from screener.errors import ScreenerError, nearest
from screener.paths import shipped, user_folder
from screener.schema.vocabulary import ACTIVITIES, ENTITY_KINDS, RELATIONS
from screener.store.inputs import topic_ids

Text = Annotated[str, Meta(pattern=r"\S")]
Texts = tuple[str, ...]
Share = Annotated[float, Meta(ge=0, le=1)]
Dollars = Annotated[float, Meta(ge=1, le=1e15)]


class Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of a path: relations to follow, and the conditions on the edge and its far end."""

    relations: Annotated[Texts, Meta(min_length=1)] = field(name="relation")
    optional: bool = False
    min_share: Share | None = None
    max_share: Share | None = None
    max_tiers: Annotated[int, Meta(ge=1, le=12)] | None = None
    hs: Texts = ()
    target_kind: Texts = ()
    target_country: Texts = ()
    target_region: Texts = ()


class Anchor(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a path must end. All given keys must hold; of a rule's several anchors, one must.

    With `or_owned` what the entities on the lists own, by the tests of the lists' regimes, counts too; with
    `only_owned` it counts instead of them.
    """

    lists: Texts = field(name="list", default=())
    or_owned: bool = False
    only_owned: bool = field(name="owned", default=False)
    entity: Texts = ()
    not_entity: Texts = ()
    kind: Texts = ()
    country: Texts = ()
    region: Texts = ()
    does: Texts = ()

    @property
    def owned(self) -> str:
        """`or`, `only`, or nothing."""
        return "only" if self.only_owned else "or" if self.or_owned else ""


class Match(Struct, frozen=True, forbid_unknown_fields=True):
    """A path, from the company, and the anchors where it may end."""

    path: tuple[Step, ...] = ()
    anchors: tuple[Anchor, ...] = field(name="anchor", default=())


class Magnitude(Struct, frozen=True, forbid_unknown_fields=True):
    """The scale of a rule's amounts, in US dollars a year."""

    floor_usd: Dollars | None = None
    ceiling_usd: Dollars | None = None


class Expectation(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a rule must find in the facts of a test: how many findings, and what one of them is like."""

    findings: Annotated[int, Meta(ge=0, le=1_000_000)]
    tier: Annotated[int, Meta(ge=0, le=12)] | None = None
    status: Literal["active", "announced_exit", "ended", "disputed"] | None = None
    company: str | None = None
    amount_usd: Annotated[float, Meta(ge=0, le=1e15)] | None = None
    relation: str | None = None


class Test(Struct, frozen=True, forbid_unknown_fields=True):
    """A test of a rule: facts in one line (see `screener.rules.testing`), what to find, and the day in the world."""

    given: str
    expect: Expectation
    as_of: dt.date | None = None


class RuleFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule as its file has it."""

    id: Annotated[str, Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: Text
    status: Literal["experimental", "test", "stable", "deprecated"]
    topic: str
    description: Text
    references: Annotated[Texts, Meta(min_length=1)]
    date: dt.date
    modified: dt.date
    severity: Annotated[float, Meta(ge=0.2, le=1)]
    severity_reason: str = ""
    involvement: Literal["cause", "contribute", "linked"]
    match: Match
    magnitude: Magnitude = Magnitude()
    legal_basis: Texts = ()
    false_positives: Texts = ()
    author: str = ""
    tests: tuple[Test, ...] = ()

    @property
    def path(self) -> tuple[Step, ...]:
        """The steps from the company to the anchor."""
        return self.match.path

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """Where the path may end."""
        return self.match.anchors


class Rule(RuleFile, frozen=True, kw_only=True):
    """A rule, and its file: the name, the text and its SHA-256."""

    file: str
    text: str
    sha256: str


_NO_WORD: Final = "not one of the words allowed here"
# Keys with lists of texts, which may be written as a text alone.
_LISTS: Final = (
    *("relation", "hs", "target_kind", "target_country", "target_region", "references", "legal_basis"),
    *("false_positives", "list", "entity", "not_entity", "kind", "country", "region", "does"),
)
# Words for relations that belong elsewhere in the facts or in a rule.
_ELSEWHERE: Final = {
    "supplies": "did you mean buys_from, from the buyer's side?",
    "listed_on": "name the list in the anchor: list = …",
}
# What to write for each kind of value.
_KINDS: Final = {
    "StrType": ("not a text", "write it in quotes"),
    "BoolType": ("neither true nor false", "write true or false, without quotes"),
    "DateType": ("not a day", "write 2026-11-24, without quotes"),
    "VarTupleType": ("not a list", "write it in brackets: [ … ]"),
    "StructType": ("not a table", "write { … }"),
}


def rule_folders(rules: Sequence[str] = ()) -> list[Path]:
    """The shipped rules folder, then the user's."""
    return [shipped("rules"), *(user_folder(given, "--rules") for given in rules)]


def read_rules(folders: Sequence[Path], topics: Sequence[str] = (), known: Sequence[str] = ()) -> list[Rule]:
    """All rules of the folders by topic and id; a rule of a later folder replaces an earlier one with its id.

    `topics`: only rules of these; by default all. `known`: the existing topics, in order; by default those of the
    shipped datasets.

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
    cells = _as_lists("", written)
    try:
        rule = msgspec.convert(cells, RuleFile, builtin_types=(dt.date, dt.datetime))
    except msgspec.ValidationError as error:
        raise _invalid(name, cells, str(error)) from error
    if rule.id != path.stem:
        do = f"write {path.stem}"
        raise ScreenerError("the id is not the file's name", where=f"{name} id", found=rule.id, do=do)
    if not rule.anchors or Anchor() in rule.anchors:
        what, do = "the rule has no anchor", "say where a path must end"
        raise ScreenerError(what, where=f"{name} match.anchor", found=cells["match"].get("anchor"), do=do)
    _check_word(rule.topic, known or topic_ids(), f"{name} topic")
    for number, step in enumerate(rule.path):
        _check_step(step, f"{name} match.path[{number}]")
    for number, anchor in enumerate(rule.anchors):
        _check_anchor(anchor, f"{name} match.anchor[{number}]")
    given = msgspec.structs.asdict(rule) | {"description": " ".join(rule.description.split())}
    return Rule(**given, file=name, text=content.decode("utf-8"), sha256=hashlib.sha256(content).hexdigest())


def _check_step(step: Step, where: str) -> None:
    for relation in step.relations:
        _check_word(relation, RELATIONS, f"{where}.relation", "no such relation")
    for kind in step.target_kind:
        _check_word(kind, ENTITY_KINDS, f"{where}.target_kind")
    special = {"answers_for", "controls", "owned_by", "buys_from"} & set(step.relations)
    if special and len(step.relations) > 1:
        what = f"{min(special)} cannot be combined with other relations in one step"
        raise ScreenerError(what, where=f"{where}.relation", found=list(step.relations), do="write two rules")
    if step.optional and not special & {"answers_for", "controls"}:
        what = "only answers_for and controls can be optional"
        raise ScreenerError(what, where=f"{where}.optional", found=list(step.relations), do="remove it")


def _check_anchor(anchor: Anchor, where: str) -> None:
    for kind in anchor.kind:
        _check_word(kind, ENTITY_KINDS, f"{where}.kind")
    for activity in anchor.does:
        _check_word(activity, ACTIVITIES, f"{where}.does")
    if anchor.owned and not anchor.lists:
        key = "owned" if anchor.only_owned else "or_owned"
        raise ScreenerError(f"{key} goes with list", where=f"{where}.{key}", found=True, do="add list")
    if anchor.lists and anchor.does:
        what = "list and does cannot stand in one anchor"
        raise ScreenerError(what, where=f"{where}.does", found=list(anchor.does), do="write two anchors")
    if anchor.or_owned and anchor.only_owned:
        what = "owned and or_owned exclude each other"
        raise ScreenerError(what, where=f"{where}.owned", found=True, do="remove one")


def _check_word(word: str, allowed: Sequence[str], where: str, what: str = _NO_WORD) -> None:
    if word not in allowed:
        raise ScreenerError(what, where=where, found=word, do=_nearest(word, allowed))


def _as_lists(key: str, cell: Any) -> Any:
    """A cell with a text or an anchor that stands alone as a list of one, where lists are allowed."""
    if isinstance(cell, list):
        return [_as_lists("", item) for item in cell]
    if isinstance(cell, dict) and key != "expect":
        table = {name: _as_lists(name, inner) for name, inner in cell.items()}
        return [table] if key == "anchor" else table
    return [cell] if key in _LISTS and isinstance(cell, str) else cell


def _invalid(file: str, cells: Any, error: str) -> ScreenerError:
    """What msgspec found (`Expected … - at `$.match.path[0].hs``) as an error that names key, value and remedy."""
    said, _, place = error.partition(" - at `$")
    key = place.strip(".`")
    kind: Any = msgspec.inspect.type_info(RuleFile)
    for part in re.findall(r"[^.\[\]]+", key):
        cells = cells[int(part) if part.isdigit() else part]
        kind = kind.item_type if part.isdigit() else next(f.type for f in kind.fields if f.encode_name == part)
        # Of `… | None` the first.
        kind = getattr(kind, "types", [kind])[0]
    if named := re.search("field `(.*)`", said):
        where = f"{file} {'.'.join(filter(None, (key, named[1])))}"
        if "missing" in said:
            return ScreenerError("a key is missing", where=where, do="see rules/README.md")
        do = _nearest(named[1], [each.encode_name for each in kind.fields])
        return ScreenerError("unknown key", where=where, found=named[1], do=do)
    name = type(kind).__name__
    if name == "LiteralType":
        what, do = _NO_WORD, _nearest(str(cells), kind.values)
    elif name in ("FloatType", "IntType"):
        what, do = f"not a number from {kind.ge:g} to {kind.le:g}", "correct it"
    else:
        what, do = _KINDS[name]
    return ScreenerError(what, where=f"{file} {key}", found=cells, do=do)


def _nearest(word: str, allowed: Sequence[str]) -> str:
    if word in _ELSEWHERE:
        return _ELSEWHERE[word]
    return nearest(word, allowed, f"use one of {', '.join(allowed)}")
