"""Reads `rules/regimes.toml`: the test by which each list's regime counts a firm as listed because of its owners."""

import datetime as dt
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from screener.errors import ScreenerError
from screener.paths import shipped

FILE = "regimes.toml"


class OwnershipTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The share from which a firm counts as listed: one entry of `rules/regimes.toml`.

    lists: ids, or `*` for those that no other test names. since, until (`from` and `to`): first and last day. share:
        0-1; without it ownership is ignored. inclusive: the share itself is enough. aggregate: holdings of several
        listed owners are added up. control: control suffices.
    basis: `own` is this program's own test. text, text_ko: the test in words.
    """

    id: str
    regime: str
    lists: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    since: dt.date | None = msgspec.field(name="from", default=None)
    until: dt.date | None = msgspec.field(name="to", default=None)
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    inclusive: bool = False
    aggregate: bool = False
    control: bool = False
    basis: Literal["statute", "guidance", "own"]
    text: str
    text_ko: str
    source_title: str
    source_url: Annotated[str, msgspec.Meta(pattern="^https?://")]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    test: list[OwnershipTest]


def read_regimes(folders: Sequence[Path]) -> list[OwnershipTest]:
    """The ownership tests of the last folder that has a `regimes.toml`; of the shipped one if none has.

    Raises:
        ScreenerError: not TOML, a wrong, missing or unknown key, a duplicate id, or two tests of one list on one day.
    """
    path = [folder / FILE for folder in (shipped("rules"), *folders) if (folder / FILE).is_file()][-1]
    try:
        tests = msgspec.toml.decode(path.read_bytes(), type=_File).test
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        what = "the ownership tests cannot be read"
        raise ScreenerError(what, where=str(path), found=error, do="fix the file") from error
    for other, test in itertools.combinations(tests, 2):
        if test.id == other.id:
            raise ScreenerError("two tests have this id", where=str(path), found=test.id, do="rename one")
        starts, ends = ([getattr(t, name) for t in (test, other)] for name in ("since", "until"))
        overlap = max(day or dt.date.min for day in starts) <= min(day or dt.date.max for day in ends)
        if overlap and (both := set(test.lists) & set(other.lists)):
            what, do = "two tests of one list apply on the same day", "let one end (to) before the other begins (from)"
            raise ScreenerError(what, where=f"{path} {test.id}", found=f"{min(both)}, as in {other.id}", do=do)
    return tests
