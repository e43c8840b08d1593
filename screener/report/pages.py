"""HTML and Markdown, rendered by Jinja2 from the same document that `--format json` gives.

Templates stand in `reports/`. HTML is escaped by Jinja's autoescaping; Markdown by the filter `md`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from screener.paths import shipped
from screener.report.machine import dump
from screener.report.paths_html import paths_svg
from screener.report.text import plain
from screener.report.words import (
    BAND_MARKS,
    NOTICE,
    RESPONSE_WORDS,
    STATUS_WORDS,
    TOPIC_NAMES,
    dollars,
    percent,
    status_words,
)
from screener.rules.load import Rule


def render(fmt: str, document: dict[str, Any], rules: Sequence[Rule], title: str) -> str:
    """The page of a document.

    Args:
        fmt: `html` or `md`.
        document: of `screener.report.machine` (screening, list, show).
        rules: for the titles of the rules.
        title: heading of the page.
    """
    environment = Environment(
        loader=FileSystemLoader(shipped("reports")),
        autoescape=fmt == "html",
        undefined=StrictUndefined,
        trim_blocks=fmt == "html",
        lstrip_blocks=fmt == "html",
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "percent": percent,
        "dollars": dollars,
        "status": lambda f: status_words(f["status"], f["ended_on"], f["last_confirmed_on"], stale=f["stale"]),
        "is_web": lambda url: bool(re.match(r"^https?://[^\s<>\"]+$", url)),
        "picture": paths_svg,
        "md": _markdown_safe,
        "md_url": lambda url: url.replace("<", "%3C").replace(">", "%3E"),
    }
    # Through JSON and back: days become texts, and what the page shows is what the document says.
    data = _plain_texts(json.loads(dump({"portfolio": None, "unmatched": [], "set_aside": [], "notes": []} | document)))
    weights: dict[str, float] = {}
    for line in data.get("holdings", []):
        if line["weight"] is not None:
            weights[line["company_id"]] = weights.get(line["company_id"], 0.0) + line["weight"]
    return environment.get_template(f"page.{fmt}.j2").render(
        d=data,
        weights=weights,
        title=plain(title),
        notice=NOTICE,
        topics=TOPIC_NAMES,
        marks=BAND_MARKS,
        statuses=STATUS_WORDS,
        responses=RESPONSE_WORDS,
        titles={rule.id: rule.title for rule in rules},
    )


def _plain_texts(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list):
        return [_plain_texts(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain_texts(item) for key, item in value.items()}
    return value


def _markdown_safe(text: str) -> str:
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|~])", r"\\\1", text)
    return escaped.replace("<", "&lt;").replace(">", "&gt;")
