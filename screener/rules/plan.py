"""Turns rules into rows (their anchors, marks and steps), for the statements that evaluate all rules at once.

No text of a rule enters SQL: rules are rows of small tables, and the SQL files are the same for every rule. Paths are
followed from their anchors back to the companies, since few entities are anchors.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from screener.files import sql
from screener.rules.load import Rule, Step
from screener.schema.vocabulary import PAYMENTS

MOST_TIERS: Final = 12
# What a step follows if that is neither an act nor a stated stake.
_KINDS: Final = {"answers_for": "owned", "controls": "controlled", "owned_by": "owner", "buys_from": "supply"}
_OWNING: Final = {"answers_for", "controls"}
_TARGET: Final = ("target_kind", "target_country", "target_region")
_ANCHOR: Final = ("entity", "not_entity", "kind", "country", "region")
_COLUMNS: Final = {
    "rule": ("rule_id", "topic", "severity", "involvement", "steps"),
    "rule_anchor": ("rule_id", "anchor_no", "owned", "marked", "acted_on", "lists", *_ANCHOR),
    "rule_mark": ("rule_id", "anchor_no", "mark"),
    "rule_step": (
        *("rule_id", "back_no", "follows", "products", "max_tiers", "optional", "paying", "relations"),
        *("min_share", "max_share", *_TARGET),
    ),
}
# Text columns are omitted.
_TYPES: Final[dict[str, pl.DataType]] = {
    **dict.fromkeys(("severity", "involvement", "min_share", "max_share"), pl.Float64()),
    **dict.fromkeys(("steps", "anchor_no", "back_no", "max_tiers"), pl.Int32()),
    **dict.fromkeys(("marked", "acted_on", "optional", "paying"), pl.Boolean()),
    **dict.fromkeys(("lists", "relations", *_ANCHOR, *_TARGET), pl.List(pl.String)),
}
STATEMENTS: Final = ("anchor.sql", "tail.sql", "path_step.sql", "path.sql")


def plan(rules: Sequence[Rule], involvement: dict[str, float]) -> dict[str, pl.DataFrame]:
    """The tables `rule`, `rule_anchor`, `rule_mark` and `rule_step`.

    An edge with one of the anchor's marks makes its start an anchor: `list:<list_id>`, or an act, by its relation.
    To an anchor that is `acted_on`, only an act can lead. `back_no` counts steps from the anchor, which is 0. `follows`
    is direct, owned, controlled, owner or supply. A null
    list allows anything.
    """
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in _COLUMNS}
    for rule in rules:
        named = {"rule_id": rule.id, "topic": rule.topic, "severity": rule.severity, "steps": len(rule.path)}
        tables["rule"].append(named | {"involvement": involvement[rule.involvement]})
        last = rule.path[-1] if rule.path else None
        acted_on = last is not None and not last.optional and not {"owns", *_KINDS} & set(last.relations)
        for number, anchor in enumerate(rule.anchors):
            numbered = {"rule_id": rule.id, "anchor_no": number}
            asked = {name: list(getattr(anchor, name)) or None for name in ("lists", *_ANCHOR)}
            marked = bool(anchor.lists or anchor.does)
            tables["rule_anchor"].append(
                numbered | asked | {"owned": anchor.owned, "marked": marked, "acted_on": acted_on}
            )
            marks = () if anchor.owned == "only" else (*(f"list:{name}" for name in anchor.lists), *anchor.does)
            tables["rule_mark"] += [numbered | {"mark": mark} for mark in marks]
        for back, step in enumerate(reversed(rule.path), 1):
            tables["rule_step"].append({"rule_id": rule.id, "back_no": back, **_step(step, last=back == 1)})
    schemas = {name: {column: _TYPES.get(column, pl.String()) for column in _COLUMNS[name]} for name in tables}
    return {name: pl.DataFrame(rows, schema=schemas[name]) for name, rows in tables.items()}


def _step(step: Step, *, last: bool) -> dict[str, Any]:
    follows = _KINDS.get(step.relations[0], "direct")
    # A project or a place is not a subsidiary: a stake in it is an act of its own, which the step `owns` follows.
    kinds = list(step.target_kind) or (["company"] if follows in ("owned", "controlled") else None)
    return {
        "follows": follows,
        "relations": list(step.relations),
        "max_tiers": step.max_tiers or MOST_TIERS,
        "products": " ".join(sorted({code.replace(".", "") for code in step.hs})) or None,
        "target_kind": kinds,
        "target_country": list(step.target_country) or None,
        "target_region": list(step.target_region) or None,
        "paying": last and set(step.relations) <= set(PAYMENTS),
        **{name: getattr(step, name) for name in ("optional", "min_share", "max_share")},
    }


def asks_for_all_holders(rules: Sequence[Rule]) -> bool:
    """Whether a rule follows stakes of any entity, not only of the screened companies and anchors."""
    paths = [[step.relations[0] for step in rule.path] for rule in rules]
    return any(_OWNING & set(path[1:]) or "owned_by" in path[:-1] for path in paths)


def asks_for_all_stakes(rules: Sequence[Rule]) -> bool:
    """Whether a rule follows stakes, as acts, beyond the screened companies and the firms they answer for."""
    return any(
        {"owns", "operates_project"} & set(step.relations)
        and not {relation for earlier in rule.path[:number] for relation in earlier.relations} <= _OWNING
        for rule in rules
        for number, step in enumerate(rule.path)
    )


def printable(rule: Rule, involvement: dict[str, float]) -> str:
    """The rows of a rule as comments, and the statements that use them: the output of `rules sql`."""
    parts = []
    for name, frame in plan([rule], involvement).items():
        parts += [f"-- {name}: {json.dumps(row, ensure_ascii=False)}" for row in frame.to_dicts()]
    return "\n".join([*parts, "", *(sql(__file__, name) for name in STATEMENTS)])
