"""Rules told on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from screener.report.text import plain
from screener.report.wording import wording
from screener.rules.load import Rule


def rules_table(rules: Sequence[Rule]) -> RenderableType:
    """All rules, a table a topic: id, severity, involvement and title."""
    parts: list[RenderableType] = []
    for topic in dict.fromkeys(rule.topic for rule in rules):
        table = Table(
            title=wording().label("topics", topic),
            title_justify="left",
            title_style="bold",
            box=None,
            pad_edge=False,
            show_header=False,
        )
        table.add_column(no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for rule in (r for r in rules if r.topic == topic):
            table.add_row(Text(rule.id), f"{rule.severity:.1f}", rule.involvement, Text(plain(rule.title)))
        parts += [table, Text()]
    return Group(*parts)


def rule_page(rule: Rule) -> RenderableType:
    """One rule in words, then its file as it stands."""
    head = Text.assemble(
        (plain(rule.title), "bold"),
        f"\n{rule.id} · {wording().label('topics', rule.topic)} · {rule.status} · modified {rule.modified}",
    )
    reason = f": {plain(rule.severity_reason)}" if rule.severity_reason else ""
    weights = Text(f"severity {rule.severity:g}{reason}\ninvolvement {rule.involvement}\n")
    parts: list[RenderableType] = [head, weights, Text(plain(rule.description) + "\n")]
    for title, items in (
        ("Legal basis", rule.legal_basis),
        ("References", rule.references),
        ("May be wrong when", rule.false_positives),
    ):
        if items:
            parts.append(Text(title, style="bold"))
            parts += [Text(f"  · {plain(item)}") for item in items]
    parts.append(Text(f"\nThe file {rule.file}, SHA-256 {rule.sha256}", style="dim"))
    parts.append(Syntax(rule.text, "toml", background_color="default", word_wrap=True))
    return Group(*parts)
