"""Screens South Korean companies for exposure to forced labour, military revenue and other abuses.

>>> import screener
>>> run = screener.screen("datasets/sample/portfolio.csv", as_of="2026-11-24")
>>> "POSCO International" in run.companies.filter(topic="myanmar-gas")["name"]
True

`screen` screens a portfolio, `open` opens the base; `screener.api` documents both. Importing the package loads nothing
but this file, and leaves the process as it is.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from screener.errors import ScreenerError

if TYPE_CHECKING:
    from screener.api import Base, Dossier, Run, open, screen

__version__ = "0.1.0"
__all__ = ["Base", "Dossier", "Run", "ScreenerError", "open", "screen"]


def __getattr__(name: str) -> Any:
    """The names of `screener.api`, which is loaded when one of them is asked for."""
    if name in __all__:
        return getattr(importlib.import_module("screener.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
