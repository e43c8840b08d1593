"""The small world for the tests of reports, with one store for all of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.golden.world import World, inside
from tests.once import answers_once


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The program in the small world."""
    with pytest.MonkeyPatch.context() as patch:
        inside(patch)
        answers_once(patch)
        yield World(tmp_path_factory.mktemp("cli") / "s.duckdb")
