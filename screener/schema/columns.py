"""Columns of schema classes, several at once: columns of one kind that follow each other stand on one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Kind = TypeVar("Kind")


def of(kind: Callable[..., Kind], number: int, *, nullable: bool = False, **rules: Any) -> tuple[Kind, ...]:
    """So many columns of one kind, such as `dy.String`, under the same rules."""
    return tuple(kind(nullable=nullable, **rules) for _ in range(number))
