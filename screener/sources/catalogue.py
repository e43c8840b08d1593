"""All sources: whatever a module of this package makes a `Source` of is one. Registries come first, so that what follows can be joined to them."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import Final

from screener.errors import ScreenerError
from screener.sources.source import Source

_ORDER: Final = ("registry", "government", "official_list", "un_body", "ngo", "customs")


def _found() -> dict[str, Source]:
    modules = [
        importlib.import_module(f"{__package__}.{module.name}")
        for module in pkgutil.iter_modules([str(Path(__file__).parent)])
        if f"{__package__}.{module.name}" != __name__
    ]
    made = {value.id: value for module in modules for value in vars(module).values() if isinstance(value, Source)}
    return dict(sorted(made.items(), key=lambda item: (_place(item[1].publisher_kind), item[0])))


def _place(kind: str) -> int:
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


def find(name: str) -> tuple[Source, str]:
    """The source of a name such as `dart` or `opensanctions:us_ofac_sdn`, and the variant.

    Raises:
        ScreenerError: there is no such source, or it has no variants.
    """
    import difflib

    base, _, variant = name.partition(":")
    if base not in SOURCES:
        near = difflib.get_close_matches(base, SOURCES, 1)
        raise ScreenerError(
            "no such source",
            where=name,
            do=f"do you mean {near[0]}?" if near else "run `screener fetch` to see them all",
        )
    if variant and not SOURCES[base].variants:
        raise ScreenerError("this source has no parts to choose from", where=name, do=f"fetch {base}")
    return SOURCES[base], variant


# Last: modules of this package that look sources up import this one.
SOURCES: Final[dict[str, Source]] = _found()
