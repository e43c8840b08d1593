"""Other matchers, to compare with: nomenklatura's logic-v2 and RapidFuzz. They are extras of development; where one is absent it is said."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

PROBES = [
    ("KANGWON ENERGY Co., Ltd.", "강원에너지"),
    ("POSCO INTL CORP.,LTD", "POSCO International"),
    ("Samsung Electronics", "삼성전자"),
    ("KoreaGasCorporation", "한국가스공사"),
    ("Hyundai Engineering & Construction", "HYUNDAI ENG & CONST CO LTD"),
]


def logic_v2() -> Callable[[Sequence[tuple[str, str]]], list[float]] | None:
    """Scores of pairs by logic-v2 as it ships, or None (said on the standard error) where nomenklatura is not installed."""
    try:
        from followthemoney import model
        from nomenklatura.matching.logic_v2.model import LogicV2
    except ImportError:
        print("nomenklatura is not installed: no comparison with logic-v2 (pip install nomenklatura)", file=sys.stderr)
        return None
    config = LogicV2.default_config()
    made: dict[str, Any] = {}

    def entity(name: str) -> Any:
        if name not in made:
            proxy = model.make_entity("Company")
            proxy.id = str(len(made))
            proxy.add("name", name)
            made[name] = proxy
        return made[name]

    return lambda pairs: [float(LogicV2.compare(entity(a), entity(b), config).score) for a, b in pairs]


def rapidfuzz_scores(pairs: Sequence[tuple[str, str]]) -> list[float]:
    """WRatio of each pair, 0–1, after RapidFuzz's own preparation."""
    from rapidfuzz import fuzz, utils
    from rapidfuzz.process import cpdist

    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    return [float(x) / 100 for x in cpdist(left, right, scorer=fuzz.WRatio, processor=utils.default_process)]


def logic_v2_speed() -> float | None:
    """Pairs a second of logic-v2 on this machine."""
    scores = logic_v2()
    return None if scores is None else _speed(scores, 4000)


def rapidfuzz_speed() -> float:
    """Pairs a second of RapidFuzz's WRatio on this machine."""
    return _speed(rapidfuzz_scores, 200_000)


def _speed(scores: Callable[[Sequence[tuple[str, str]]], list[float]], count: int) -> float:
    pairs = (PROBES * (count // len(PROBES) + 1))[:count]
    scores(pairs[:50])
    started = time.perf_counter()
    scores(pairs)
    return count / (time.perf_counter() - started)
