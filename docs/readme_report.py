"""Writes the report of the sample portfolio and the table of topics into README.md, as the program makes them: `make docs`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AS_OF = "2026-11-29"
SHOWN = 10


THIN = {
    "empty": "no fact",
    "few": "few companies",
    "single": "mostly one publisher",
    "weak": "mostly single media reports",
    "old": "mostly unconfirmed for two years",
    "silent": "few answers",
}


def report() -> str:
    """From the portfolio's score down to the tenth company, 100 columns wide."""
    lines = _screener("screen", "datasets/sample/portfolio.csv", "--lang", "en").splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("score "))
    last = next(number for number, line in enumerate(lines) if line.startswith(f" {SHOWN} "))
    return "\n".join(lines[first : last + 1]) + "\n"


def topics() -> str:
    """What `screener data coverage` counts, one row a topic."""
    lines = ["| topic | companies | high, severe | facts | answers | newest | thin |", "|---|---|---|---|---|---|---|"]
    for row in json.loads(_screener("data", "coverage", "--format", "json"))["topics"]:
        thin = ", ".join(THIN[word] for word in row["thin"]) or "–"
        numbers = " | ".join(str(row[name]) for name in ("companies", "exposed", "facts", "answers"))
        lines.append(f"| `{row['topic']}` | {numbers} | {row['newest'] or '–'} | {thin} |")
    return "\n".join(lines) + "\n"


def _screener(*arguments: str) -> str:
    command = [sys.executable, "-m", "screener", *arguments, "--as-of", AS_OF, "-q"]
    environment = os.environ | {"COLUMNS": "100"}
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


def main() -> None:
    """Puts the report between the first fences of text, and the table where the last one was."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    text = re.sub(r"```text\n.*?```", lambda _: f"```text\n{report()}```", text, count=1, flags=re.DOTALL)
    text = re.sub(r"^\| topic \|.*?\n(?=\n)", lambda _: topics(), text, flags=re.DOTALL | re.MULTILINE)
    readme.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
