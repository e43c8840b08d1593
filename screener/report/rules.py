"""Rules told on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from screener.report.phrases import phrase
from screener.report.text import plain
from screener.report.wording import Wording
from screener.rules.load import Rule


def rules_table(rules: Sequence[Rule], w: Wording) -> RenderableType:
    """All rules, a table a topic: id, severity, involvement and title."""
    parts: list[RenderableType] = []
    for topic in dict.fromkeys(rule.topic for rule in rules):
        table = Table(
            title=w.label("topics", topic),
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
            table.add_row(Text(rule.id), f"{rule.severity:.1f}", phrase(rule.involvement), Text(_title(rule, w)))
        parts += [table, Text()]
    return Group(*parts)


def rule_page(rule: Rule, w: Wording) -> RenderableType:
    """One rule in words, then its file as it stands."""
    head = Text.assemble(
        (_title(rule, w), "bold"),
        f"\n{rule.id} · {w.label('topics', rule.topic)} · {phrase(rule.status)} · ",
        phrase(f"modified {rule.modified}"),
    )
    reason = f": {plain(_said(rule.severity_reason, w))}" if rule.severity_reason else ""
    weights = Text(
        phrase(f"severity {rule.severity:g}") + reason + "\n" + phrase(f"involvement {phrase(rule.involvement)}") + "\n"
    )
    parts: list[RenderableType] = [head, weights, Text(plain(_said(rule.description, w)) + "\n")]
    for title, items in (
        ("Legal basis", rule.legal_basis),
        ("References", rule.references),
        ("May be wrong when", rule.false_positives),
    ):
        if items:
            parts.append(Text(phrase(title), style="bold"))
            parts += [Text(f"  · {plain(item)}") for item in items]
    parts.append(Text("\n" + phrase(f"The file {rule.file}, SHA-256 {rule.sha256}"), style="dim"))
    parts.append(Syntax(rule.text, "toml", background_color="default", word_wrap=True))
    return Group(*parts)


def _said(text: str, w: Wording) -> str:
    """What a rule's file says in English, marked where the reader's language is another."""
    return str(w.translated(text, None)[0])


def _title(rule: Rule, w: Wording) -> str:
    return plain(rule.title if w.language == "en" else w.rule(rule.id, rule.title))
