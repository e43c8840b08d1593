"""A folder that the program takes for the shipped one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.golden.world import inside


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Path]:
    """Where the shipped datasets and rules lie, as far as the program knows; empty at first."""
    (tmp_path / "datasets").mkdir()
    (tmp_path / "rules").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        inside(patch, tmp_path)
        yield tmp_path
