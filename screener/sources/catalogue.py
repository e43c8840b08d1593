"""All sources by id, as catalogue.toml has them."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Final

import msgspec

from screener.errors import ScreenerError
from screener.sources.source import Source

_ENTRIES: Final = msgspec.toml.decode(Path(__file__).with_suffix(".toml").read_bytes(), type=dict[str, Source])
SOURCES: Final = {name: msgspec.structs.replace(source, id=name) for name, source in _ENTRIES.items()}


def find(name: str) -> tuple[Source, str]:
    """The source of a name such as `dart` or `opensanctions:us_ofac_sdn`, and the variant.

    Raises:
        ScreenerError: there is no such source, or it has no variants.
    """
    base, _, variant = name.partition(":")
    if base not in SOURCES:
        near = difflib.get_close_matches(base, SOURCES, 1)
        do = f"do you mean {near[0]}?" if near else "run `screener fetch` to see them all"
        raise ScreenerError("no such source", where=name, do=do)
    if variant and not SOURCES[base].variants:
        raise ScreenerError("this source has no parts to choose from", where=name, do=f"fetch {base}")
    return SOURCES[base], variant
