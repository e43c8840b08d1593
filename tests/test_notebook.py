"""docs/notebook.md runs as it stands, and goes from a holdings frame to a chart in twenty lines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest


def test_the_notebook_runs(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = re.findall(
        r"^```python\n(.*?)^```",
        (checkout / "docs" / "notebook.md").read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    assert len([line for line in blocks[0].splitlines() if line.strip()]) <= 20
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    out = capsys.readouterr().out
    assert re.search(r"^myanmar-gas +20% █{8}$", out, re.MULTILINE)
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith('<!doctype html>\n<html lang="ko"')
    assert names["run"].holdings.height == 6
    assert names["stakes"].height == 3
