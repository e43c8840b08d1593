"""The small world as a fixture, and the option that renews the golden reports.

Renew with `pytest tests/golden --renew-golden`, then read the difference (`git diff tests/golden/expected`) before it is committed: every
changed line is a change that a reader of reports will see.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--renew-golden` (known when pytest is given the folder tests/golden)."""
    parser.addoption(
        "--renew-golden",
        action="store_true",
        default=False,
        help="write the golden reports anew instead of comparing them",
    )
