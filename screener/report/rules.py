"""Rules on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.syntax import Syntax
from rich.text import Text

from screener.report.tables import NUMBER, TEXT, WORD, plain_table
from screener.report.text import plain
from screener.report.wording import wording
from screener.rules.load import Rule


def rules_table(rules: Sequence[Rule]) -> RenderableType:
    """All rules, a table a topic: id, severity, involvement and title."""
    heads = [("rule", WORD), ("severity", NUMBER), ("involvement", WORD), ("title", TEXT)]
    parts: list[RenderableType] = []
    for topic in dict.fromkeys(rule.topic for rule in rules):
        rows = [(r.id, f"{r.severity:.1f}", r.involvement, plain(r.title)) for r in rules if r.topic == topic]
        parts += [plain_table(heads, rows, title=wording().label("topics", topic), header=False), ""]
    return Group(*parts)


def rule_page(rule: Rule) -> RenderableType:
    """One rule in words, then its file."""
    topic = wording().label("topics", rule.topic)
    reason = f": {plain(rule.severity_reason)}" if rule.severity_reason else ""
    parts: list[RenderableType] = [
        Text(plain(rule.title), style="bold"),
        f"{rule.id} · {topic} · {rule.status} · modified {rule.modified}",
        f"severity {rule.severity:g}{reason}\ninvolvement {rule.involvement}\n",
        plain(rule.description) + "\n",
    ]
    lists = {"Legal basis": rule.legal_basis, "References": rule.references, "May be wrong when": rule.false_positives}
    for title, items in lists.items():
        if items:
            parts += [Text(title, style="bold"), *(f"  · {plain(item)}" for item in items)]
    parts.append(Text(f"\nThe file {rule.file}, SHA-256 {rule.sha256}", style="dim"))
    parts.append(Syntax(rule.text, "toml", background_color="default", word_wrap=True))
    return Group(*parts)
