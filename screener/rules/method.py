"""The parameters of the method, read from `rules/method.toml` and checked.

All factors and shares are fractions 0-1, bands are on the scale of 0-100, spans are months, money is USD.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from screener.errors import ScreenerError
from screener.graph.ownership import UNITS
from screener.rules.load import Rule, read_toml
from screener.rules.regimes import OwnershipTest, read_regimes
from screener.schema.vocabulary import BANDS, GRADES

DAYS_A_MONTH: Final = 30.436875  # mean length of a month in the Gregorian calendar

_TEST: Final = {
    **dict.fromkeys(("list_id", "test_id"), pl.String()),
    "threshold": pl.Int64(),
    **dict.fromkeys(("inclusive", "aggregate", "operators"), pl.Boolean()),
    **dict.fromkeys(("since", "until"), pl.Date()),
}
_UNIT: Final = (0.0, 1.0)
_MONTHS: Final = (0.1, 1200)
# section -> key -> (least, greatest), in the order in which reports print them; any other key is an error, so that a
# typing mistake is not silently ignored.
_RANGES: Final[dict[str, dict[str, tuple[float, float]]]] = {
    "quality": dict.fromkeys(GRADES, (0.0, 0.999)),
    "confidence": {"disputed": _UNIT},
    "involvement": dict.fromkeys(("cause", "contribute", "linked"), _UNIT),
    "graph": dict.fromkeys(("control_share", "influence_share"), _UNIT)
    | {"max_hops": (1, 50), "max_tiers": (1, 12)}
    | dict.fromkeys(("tier_decay", "unknown_input_share", "partner_floor", "unknown_stake", "group_weight"), _UNIT),
    "magnitude": dict.fromkeys(("neutral", "least"), _UNIT)
    | dict.fromkeys(("floor_usd", "ceiling_usd"), (1.0, 1e15))
    | {"floor_revenue": (1e-9, 1.0), "ceiling_revenue": (1e-9, 10.0)},
    "recency": {"ended_half_life_months": _MONTHS, "stale_months": (0, 1200), "unconfirmed_grace_months": (0, 1200)}
    | {"unconfirmed_half_life_months": _MONTHS, "unconfirmed_floor": _UNIT},
    "overall": {"further_topics": _UNIT},
    "bands": dict.fromkeys(BANDS[1:], (0.0, 100.0)),
    "coverage": {"fresh_months": (1, 1200), "good_tables": (1, 6), "fair_tables": (1, 6)},
    "sensitivity": {"draws": (10, 100_000), "seed": (0, 2**31), "relative_range": (0.0, 0.9)}
    | {"low_quantile": (0.0, 0.5), "high_quantile": (0.5, 1.0)},
}


@dataclass(frozen=True)
class Method:
    """The parameters by section, their version, their file's SHA-256, and the ownership tests of `regimes.toml`."""

    version: str
    sha256: str
    quality: dict[str, float]
    confidence: dict[str, float]
    involvement: dict[str, float]
    graph: dict[str, float]
    magnitude: dict[str, float]
    recency: dict[str, float]
    overall: dict[str, float]
    bands: dict[str, float]
    coverage: dict[str, float]
    sensitivity: dict[str, float]
    ownership_tests: tuple[OwnershipTest, ...] = ()

    def graph_tables(self) -> dict[str, pl.DataFrame]:
        """The tables of parameters that SQL reads.

        `parameter`: one row of [graph], [confidence] and [recency], its spans in days. `grade_quality`: grade, quality
        (its reliability, 0-1). `ownership_test`: see graph/owned_by_listed.sql.
        """
        recency = {
            key.removesuffix("_months"): value * (DAYS_A_MONTH if key.endswith("_months") else 1)
            for key, value in self.recency.items()
        }
        tests = [
            {name: getattr(test, name) for name in ("inclusive", "aggregate", "since", "until")}
            | {"list_id": name, "test_id": test.id, "operators": test.control}
            | {"threshold": None if test.share is None else round(test.share * UNITS)}
            for test in self.ownership_tests
            for name in test.lists
        ]
        return {
            "parameter": pl.DataFrame(self.graph | self.confidence | recency),
            "grade_quality": pl.DataFrame({"grade": list(self.quality), "quality": list(self.quality.values())}),
            "ownership_test": pl.DataFrame(tests, schema=_TEST),
        }


def read_method(folders: Sequence[Path]) -> Method:
    """The method of the last folder that has a `method.toml`.

    Raises:
        ScreenerError: no TOML, a missing or unknown section or key, one out of its range, bands out of order.
    """
    path = [path for folder in folders if (path := folder / "method.toml").is_file()][-1]
    content, written = read_toml(path, str(path))
    version = written.pop("version", None)
    if not isinstance(version, str):
        raise ScreenerError("the version is missing", where=str(path), do='add version = "…"')
    sections = {
        section: _section(written.get(section), ranges, f"{path} [{section}]") for section, ranges in _RANGES.items()
    }
    if unknown := sorted(set(written) - set(_RANGES)):
        raise ScreenerError(
            "unknown section", where=str(path), found=unknown[0], do=f"sections are {', '.join(_RANGES)}"
        )
    for low, high in (("floor_usd", "ceiling_usd"), ("floor_revenue", "ceiling_revenue")):
        if (least := sections["magnitude"][low]) >= sections["magnitude"][high]:
            what, do = f"{low} is not below the ceiling", f"let {high} be larger"
            raise ScreenerError(what, where=f"{path} [magnitude]", found=least, do=do)
    ends = list(sections["bands"].values())
    if ends != sorted(ends):
        do = "let each begin above the one before"
        raise ScreenerError("the bands are out of order", where=f"{path} [bands]", found=ends, do=do)
    tests = tuple(read_regimes(folders))
    return Method(version, hashlib.sha256(content).hexdigest(), **sections, ownership_tests=tests)


def _section(given: Any, ranges: Mapping[str, tuple[float, float]], where: str) -> dict[str, float]:
    if not isinstance(given, dict):
        raise ScreenerError("the section is missing", where=where, do=f"give it the keys {', '.join(ranges)}")
    for key, value in given.items():
        if key not in ranges:
            raise ScreenerError("unknown key", where=where, found=key, do=f"keys are {', '.join(ranges)}")
        low, high = ranges[key]
        if type(value) not in (int, float) or not low <= value <= high:
            what = f"{key} is not a number from {low:g} to {high:g}"
            raise ScreenerError(what, where=where, found=value, do="correct it")
    if missing := [key for key in ranges if key not in given]:
        raise ScreenerError("a key is missing", where=where, found=missing[0], do="add it")
    return {key: given[key] for key in ranges}


def span(rule: Rule, method: Method) -> tuple[float, float]:
    """The scale of a rule's amounts, floor and ceiling in US dollars a year: its own ends, else those of the method."""
    own, general = rule.magnitude, method.magnitude
    return own.floor_usd or general["floor_usd"], own.ceiling_usd or general["ceiling_usd"]


def check_spans(rules: Sequence[Rule], method: Method) -> None:
    """Checks the scale of each rule's amounts.

    Raises:
        ScreenerError: a floor is not below the ceiling.
    """
    for rule in rules:
        low, high = span(rule, method)
        if low >= high:
            what, do = "floor_usd is not below the ceiling", "give both ends, the smaller as floor_usd"
            raise ScreenerError(what, where=f"{rule.file} magnitude", found=f"{low:g} to {high:g}", do=do)
