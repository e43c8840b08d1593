"""All sources by id."""

from __future__ import annotations

from typing import Final

from screener.errors import ScreenerError
from screener.sources import (
    bis,
    bods,
    cbp,
    curated,
    customs,
    dart,
    dart_filings,
    data_go_kr,
    eu,
    gleif,
    krx_kind,
    ofac,
    opensanctions,
    supply_hub,
    trade,
    uflpa,
    uk,
    un,
)
from screener.sources.source import Source

SOURCES: Final = {
    source.id: source
    for source in (
        dart.SOURCE,
        krx_kind.SOURCE,
        data_go_kr.SOURCE,
        gleif.SOURCE,
        *dart_filings.SOURCES,
        curated.FTC,
        uflpa.SOURCE,
        cbp.SOURCE,
        ofac.SOURCE,
        bis.SOURCE,
        eu.SOURCE,
        uk.SOURCE,
        un.SOURCE,
        curated.OHCHR,
        curated.NBIM,
        opensanctions.SOURCE,
        supply_hub.SOURCE,
        bods.SOURCE,
        customs.SOURCE,
        trade.SOURCE,
    )
}


def find(name: str) -> tuple[Source, str]:
    """The source of a name such as `dart` or `opensanctions:us_ofac_sdn`, and the variant.

    Raises:
        ScreenerError: there is no such source, or it has no variants.
    """
    import difflib

    base, _, variant = name.partition(":")
    if base not in SOURCES:
        near = difflib.get_close_matches(base, SOURCES, 1)
        do = f"do you mean {near[0]}?" if near else "run `screener fetch` to see them all"
        raise ScreenerError("no such source", where=name, do=do)
    if variant and not SOURCES[base].variants:
        raise ScreenerError("this source has no parts to choose from", where=name, do=f"fetch {base}")
    return SOURCES[base], variant
