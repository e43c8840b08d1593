"""Reads `rules/regimes.toml`: by which test each list's regime takes a firm for listed because of who owns it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import msgspec

from screener.errors import ScreenerError
from screener.graph.parameters import OwnershipTest
from screener.paths import shipped

FILE = "regimes.toml"


class _File(msgspec.Struct, forbid_unknown_fields=True):
    test: list[OwnershipTest]


def read_regimes(folders: Sequence[Path]) -> list[OwnershipTest]:
    """The ownership tests of the last folder that has a `regimes.toml`; of the shipped one if none has.

    Raises:
        ScreenerError: no TOML, a wrong, missing or unknown key, an id that stands twice, or two tests of one list on
        one day.
    """
    path = [folder / FILE for folder in (shipped("rules"), *folders) if (folder / FILE).is_file()][-1]
    try:
        tests = msgspec.toml.decode(path.read_bytes(), type=_File).test
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ScreenerError(
            "the ownership tests cannot be read", where=str(path), found=error, do="mend the file"
        ) from error
    for number, test in enumerate(tests):
        for other in tests[:number]:
            if test.id == other.id:
                raise ScreenerError("two tests have this id", where=str(path), found=test.id, do="rename one")
            if (both := set(test.lists) & set(other.lists)) and _meet(test, other):
                raise ScreenerError(
                    "two tests of one list hold on the same day",
                    where=f"{path} {test.id}",
                    found=f"{min(both)}, as in {other.id}",
                    do="let one end (to) before the other begins (from)",
                )
    return tests


def _meet(one: OwnershipTest, other: OwnershipTest) -> bool:
    return (one.since or dt.date.min) <= (other.until or dt.date.max) and (other.since or dt.date.min) <= (
        one.until or dt.date.max
    )
