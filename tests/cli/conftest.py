"""The small world for the command line's tests: that of the reports."""

from __future__ import annotations

from tests.report.conftest import world as world
