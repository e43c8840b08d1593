"""Writes the excerpt of a report in README.md anew, from the sample portfolio."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[1]


def excerpt(report: str) -> str:
    """From the portfolio's score to the first company's strongest path."""
    begins = re.search(r"^score \d", report, flags=re.MULTILINE)
    ends = re.search(r"^2 .*\n", report, flags=re.MULTILINE)
    return report[begins.start() if begins else 0 : ends.start() if ends else None]


if __name__ == "__main__":
    portfolio = str(_CHECKOUT / "datasets" / "sample" / "portfolio.csv")
    command = [
        sys.executable,
        "-m",
        "screener",
        "screen",
        portfolio,
        "--as-of",
        "2026-11-24",
        "--lang",
        "en",
        "--quiet",
    ]
    environment = {**os.environ, "COLUMNS": "100"}
    ran = subprocess.run(command, cwd=_CHECKOUT, env=environment, capture_output=True, text=True, check=True)
    page = _CHECKOUT / "README.md"
    text = page.read_text(encoding="utf-8")
    block = f"```text\n{excerpt(ran.stdout)}```"
    page.write_text(re.sub(r"```text\n.*?```", lambda _: block, text, count=1, flags=re.DOTALL), encoding="utf-8")
