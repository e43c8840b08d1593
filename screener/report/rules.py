"""Rules on the terminal."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.syntax import Syntax
from rich.text import Text

from screener.report.phrases import phrase
from screener.report.serialise import dump
from screener.report.tables import NUMBER, TEXT, WORD, plain_table
from screener.report.text import plain
from screener.report.wording import Wording
from screener.rules.load import Rule


def rules_table(rules: Sequence[Rule], w: Wording) -> RenderableType:
    """All rules, one table per topic: id, severity, involvement and title."""
    heads = [("rule", WORD), ("severity", NUMBER), ("involvement", WORD), ("title", TEXT)]
    parts: list[RenderableType] = []
    for topic in dict.fromkeys(rule.topic for rule in rules):
        rows = [
            (r.id, f"{r.severity:.1f}", phrase(r.involvement), Text(plain(w.rule(r.id, r.title))))
            for r in rules
            if r.topic == topic
        ]
        parts += [plain_table(heads, rows, title=w.label("topics", topic), header=False), ""]
    return Group(*parts)


def rules_json(rules: Sequence[Rule]) -> str:
    """The same as the document `screener/rules/1`."""
    fields = ("id", "topic", "title", "status", "severity", "involvement", "modified", "sha256", "file")
    listed = [{name: getattr(rule, name) for name in fields} | {"tests": len(rule.tests)} for rule in rules]
    return dump({"schema": "screener/rules/1", "rules": listed}, indent=2)


def rule_page(rule: Rule, w: Wording) -> RenderableType:
    """One rule in words, then its file verbatim."""
    # The file is in English, which is said to readers of another language.
    mark = w("format.language_mark")
    reason = f": {plain(rule.severity_reason)}{mark}" if rule.severity_reason else ""
    about = f"{rule.id} · {w.label('topics', rule.topic)} · {phrase(rule.status)} · "
    weight = phrase(f"severity {rule.severity:g}") + reason
    parts: list[RenderableType] = [
        Text(plain(w.rule(rule.id, rule.title)), style="bold"),
        Text(about + phrase(f"modified {rule.modified}")),
        Text(weight + "\n" + phrase(f"involvement {phrase(rule.involvement)}") + "\n"),
        Text(plain(rule.description) + mark + "\n"),
    ]
    lists = {"Legal basis": rule.legal_basis, "References": rule.references, "May be wrong when": rule.false_positives}
    for title, items in lists.items():
        if items:
            parts += [Text(phrase(title), style="bold"), *(Text(f"  · {plain(item)}") for item in items)]
    parts.append(Text("\n" + phrase(f"The file {rule.file}, SHA-256 {rule.sha256}"), style="dim"))
    parts.append(Syntax(rule.text, "toml", background_color="default", word_wrap=True))
    return Group(*parts)
