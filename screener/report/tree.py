"""Who owns a company, what it owns, from whom it and its subsidiaries buy, and what it does, as a tree on the terminal.

Names go through `plain` and into `Text`, so that neither markup nor control characters in them can act.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

import polars as pl
from rich.text import Text
from rich.tree import Tree

from screener.report.story import step_of
from screener.report.subgraph import Subgraph
from screener.report.text import plain

_SHOWN: Final = 12  # branches below one entity
_DEPTH: Final = 6
_WHOLE: Final = 1.005  # as in stake.sql: half a percent is left for rounding
_HEADS: Final = {"up": "owned by", "down": "owns", "supply": "buys from"}


def company_tree(around: Subgraph, seen_lately: dt.date) -> Tree:
    """The tree of a company: `owned by`, `owns` and `buys from`, each as far as the subgraph reaches, and its own `acts`.

    Args:
        around: of `screener.report.subgraph.subgraph`.
        seen_lately: of `screener.report.story.seen_lately`; what was confirmed before is told in the past tense.

    An entity that stands higher up on the same branch is not opened again (`see above`); relations that have ended are dimmed and say
    when; entities on a list say on which. Acts stand there whether or not a rule weighs them, worded as the findings word them.
    """
    names = {n["entity_id"]: n for n in around.nodes.iter_rows(named=True)}
    edges = around.edges.to_dicts()
    listed: dict[str, list[str]] = {}
    for edge in edges:
        if edge["relation"] == "listed_on" and edge["live"]:
            listed.setdefault(edge["from_id"], []).append(edge["to_name"])
    own = names.get(around.entity_id, {"name": around.entity_id, "name_ko": None})
    tree = Tree(Text.assemble((plain(own["name"]), "bold"), "  ", plain(own["name_ko"] or "")), guide_style="dim")
    for way, head in _HEADS.items():
        ends = ("to_id", "from_id") if way == "up" else ("from_id", "to_id")
        below: dict[str, list[dict[str, Any]]] = {}
        for edge in edges:
            if edge["kind"] == ("supply" if way == "supply" else "ownership"):
                below.setdefault(edge[ends[0]], []).append(edge)
        if around.entity_id in below:
            _grow(tree.add(Text(head, style="bold")), around.entity_id, below, ends, listed, (around.entity_id,))
        elif way == "supply" and (buyers := [e for e in dict.fromkeys(_owned(around)) if e in below]):
            branch = tree.add(Text(head, style="bold"))
            branch.add(Text("nobody directly; through what it owns:", style="dim"))
            for buyer in buyers[:_SHOWN]:
                _grow(branch.add(Text(plain(names[buyer]["name"]))), buyer, below, ends, listed, (buyer,))
    acts = [e for e in edges if e["way"] == "other" and e["from_id"] == around.entity_id]
    if acts:
        branch = tree.add(Text("acts", style="bold"))
        for act in acts[:_SHOWN]:
            branch.add(_act(act, seen_lately))
        _say_what_is_left(branch, acts)
    if not tree.children:
        tree.add(Text("nothing is known of its owners, what it owns, from whom it buys or what it does", style="dim"))
    if around.cut:
        tree.add(Text("there is more than fits; export it with --format graphml", style="dim"))
    return tree


def _owned(around: Subgraph) -> list[str]:
    held = around.edges.filter((pl.col("kind") == "ownership") & (pl.col("way") == "down") & pl.col("live"))
    return [str(entity) for entity in held["to_id"]]


def _grow(
    branch: Tree,
    entity: str,
    below: dict[str, list[dict[str, Any]]],
    ends: tuple[str, str],
    listed: dict[str, list[str]],
    passed: Sequence[str],
) -> None:
    far = ends[1]
    shown = below.get(entity, [])
    for edge in shown[:_SHOWN]:
        target = edge[far]
        name = edge["to_name" if far == "to_id" else "from_name"]
        again = target in passed
        child = branch.add(_label(name, edge, listed.get(target, []), again=again))
        if not again and edge["live"] and len(passed) < _DEPTH:
            _grow(child, target, below, ends, listed, (*passed, target))
    if far == "from_id" and (total := _told_in_all(shown)) > _WHOLE:
        branch.add(
            Text(f"these shares sum to {100 * total:.4g} %: nobody is sure of more than his part of that", style="red")
        )
    _say_what_is_left(branch, shown)


def _say_what_is_left(branch: Tree, edges: Sequence[dict[str, Any]]) -> None:
    if len(edges) > _SHOWN:
        branch.add(Text(f"… {len(edges) - _SHOWN} more", style="dim"))


def _told_in_all(owners: Sequence[dict[str, Any]]) -> float:
    """The least that the owners of one firm are told to have together; a stake that is told twice counts once."""
    held: dict[str, float] = {}
    for edge in owners:
        if edge["live"] and edge["share_min"] is not None and edge["from_id"] != edge["to_id"]:
            held[edge["from_id"]] = max(held.get(edge["from_id"], 0.0), edge["share_min"])
    return sum(held.values())


def _label(name: str, edge: dict[str, Any], lists: Sequence[str], *, again: bool) -> Text:
    text = Text(style="" if edge["live"] else "dim")
    if edge["kind"] == "ownership":
        text.append(f"{_share(edge)}  ")
    text.append(plain(name), style="bold")
    if edge["kind"] == "supply":
        goods = [
            edge["product"],
            edge["hs_code"] and f"HS {edge['hs_code']}",
            edge["origin_region"] and f"from {edge['origin_region']}",
        ]
        said = ", ".join(plain(part) for part in goods if part)
        text.append(f"  {said}" if said else "")
        if edge["share"] is not None:
            text.append(f", {100 * edge['share']:.4g} % of the input")
    elif edge["operates"]:
        text.append(", operated by the owner")
    for title in lists:
        text.append(f"  on {plain(title)}", style="red")
    remarks = [
        _standing(edge),
        "the user's own file" if any(s["publisher"] == "user file" for s in edge["sources"] or []) else "",
        "see above" if again else "",
    ]
    if any(remarks):
        text.append(f"  ({'; '.join(r for r in remarks if r)})", style="dim")
    return text


def _act(edge: dict[str, Any], seen_lately: dt.date) -> Text:
    """`worked for Inno City, Yangon  (reported by g-enews; since 2017-09-25, last confirmed 2020-08-20)`, as the findings word it."""
    sources = edge["sources"] or []
    best = sources[0] if sources else None
    cited = [source["source_id"] for source in sources]
    step = step_of(edge, cited, best, forward=True, seen_lately=seen_lately, product=None)
    text = Text(style="" if edge["live"] else "dim")
    text.append(f"{plain(step.words)} ")
    text.append(plain(step.to_name), style="bold")
    if edge["kind"] == "activity" and edge["place"]:
        text.append(f", {plain(edge['place'])}")
    remarks = [plain(step.told), _standing(edge), step.dates if edge["live"] else ""]
    text.append(f"  ({'; '.join(r for r in remarks if r)})", style="dim")
    return text


def _standing(edge: dict[str, Any]) -> str:
    if not edge["live"]:
        return f"ended {edge['until']}" if edge["until"] else "ended"
    return {"disputed": "disputed", "announced_exit": "exit announced"}.get(edge["status"], "")


def _share(edge: dict[str, Any]) -> str:
    low, high = edge["share_min"], edge["share"]
    if high is None:
        return "share not known"
    return f"{100 * high:.4g} %" if low is None or low == high else f"{100 * low:.4g}-{100 * high:.4g} %"
