"""What findings give for regulatory tables: indicators of the SFDR, and goods that forced-labour law may ask about.

Sources: Delegated Regulation (EU) 2022/1288, Annex I, Table 1 (indicators 10 and 14) and Table 3 (indicator 13);
Regulation (EU) 2024/3015; Uyghur Forced Labor Prevention Act, Pub. L. 117-78. A finding is no violation: indicators are
stated as approximations, with what they rest on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from screener.report import document as doc
from screener.report.wording import Wording
from screener.schema.vocabulary import BANDS

_FORCED_LABOUR: Final = ("xinjiang-forced-labour", "dprk-forced-labour")
_ELEVATED: Final = BANDS.index("elevated")


def indicators(companies: Sequence[doc.Company], covered: float, w: Wording) -> list[doc.Indicator]:
    """The indicators that can be computed, with their weights (0-1), and those that cannot, with the reason.

    `covered` is the weight of the lines that were matched.
    """
    grave = [c for c in companies if any(t.live and BANDS.index(t.band) >= _ELEVATED for t in c.topics)]
    labour = [c for c in companies if any(t.live and t.band != "none" and t.topic in _FORCED_LABOUR for t in c.topics)]
    known: dict[str, list[doc.Company] | None] = {"sfdr-10": grave, "sfdr-14": None, "sfdr-social-13": labour}
    return [
        doc.Indicator(
            indicator=name,
            name=w(f"regulation.{name}"),
            weight=None if found is None else round(sum(c.weight or 0.0 for c in found), 6),
            companies=0 if found is None else len(found),
            covered=round(covered, 6),
            words=w(f"regulation.{name}-note"),
        )
        for name, found in known.items()
    ]


def product_hits(companies: Sequence[doc.Company]) -> list[doc.ProductHit]:
    """Goods of live forced-labour findings by product and code: who buys them, directly or not, and which law asks.

    UFLPA asks about goods from Xinjiang or from its list; Regulation (EU) 2024/3015 about all goods of forced labour.
    """
    found: dict[tuple[str, str, str], tuple[dict[str, doc.Company], set[str]]] = {}
    for company in companies:
        for f in company.findings:
            if f.topic not in _FORCED_LABOUR or f.status == "ended" or f.relation == "group":
                continue
            for step in (step for step in f.path if step.relation == "buys_from" and step.product):
                key = (step.product or "", step.hs_code or "", step.origin_region or "")
                buyers, laws = found.setdefault(key, ({}, {"eu-2024-3015"}))
                buyers[company.company_id] = company
                laws |= {"uflpa"} if f.topic == _FORCED_LABOUR[0] else set()
    return [
        doc.ProductHit(
            product=product,
            hs_code=code or None,
            origin_region=origin or None,
            laws=sorted(laws),
            company_ids=sorted(buyers),
            companies=[buyers[c].name for c in sorted(buyers)],
            weight=round(sum(c.weight or 0.0 for c in buyers.values()), 6),
        )
        for (product, code, origin), (buyers, laws) in sorted(found.items(), key=lambda item: item[0])
    ]
