"""Writes reports/screener.schema.json, the JSON Schema of every report, from the document's types."""

from __future__ import annotations

import json
from pathlib import Path

from screener.report.document import schema


def text() -> str:
    """The schema as it ships."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    (Path(__file__).parents[1] / "reports" / "screener.schema.json").write_text(text(), encoding="utf-8")
