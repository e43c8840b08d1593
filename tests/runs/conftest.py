"""A folder that the program takes for the shipped one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.golden.world import HERE, inside


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Path]:
    """Where the shipped datasets and rules lie, as far as the program knows; with the topics of the small world."""
    shutil.copytree(HERE / "datasets" / "topic", tmp_path / "datasets" / "topic")
    (tmp_path / "rules").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        inside(patch, tmp_path)
        yield tmp_path
